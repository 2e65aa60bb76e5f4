"""Random crop, flip and Cutout on whole batches, on the device that holds the data."""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn import functional

from edgeval.records import Preprocessing


def padded(images: Tensor, padding: int) -> Tensor:
    """uint8 (n, h, w, 3) with `padding` black pixels on every side: what random crops are cut from."""
    return functional.pad(images, (0, 0, padding, padding, padding, padding))


def random_crops(source: Tensor, picks: Tensor, padding: int, generator: Generator) -> Tensor:
    """Crops of the images `picks` (b,) out of `padded(images, padding)`, as uint8 (b, h, w, 3).

    Every one of the (2 padding + 1)^2 positions is equally likely, as in torchvision's RandomCrop.
    """
    height, width = source.shape[1] - 2 * padding, source.shape[2] - 2 * padding
    windows = source.unfold(1, height, 1).unfold(2, width, 1).permute(0, 1, 2, 4, 5, 3)
    top, left = _randint(2 * padding + 1, (2, len(picks)), generator)
    return windows[picks, top, left]


def random_flip(images: Tensor, generator: Generator) -> Tensor:
    """(b, h, w, 3) with every image mirrored left to right with probability 1/2."""
    mirrored = _randint(2, (len(images),), generator).bool()
    return torch.where(mirrored[:, None, None, None], images.flip(2), images)


def cutout(images: Tensor, size: int, generator: Generator) -> Tensor:
    """(b, h, w, 3) with one black square of side `size` in every image.

    Its centre is anywhere in the image, so that it may be cut off by the border (DeVries and Taylor 2017).
    """
    inside = [_band(extent, size, len(images), generator) for extent in images.shape[1:3]]
    hole = inside[0][:, :, None] & inside[1][:, None, :]
    return images.masked_fill(hole[..., None], 0)


def _band(extent: int, size: int, batch: int, generator: Generator) -> Tensor:
    first = _randint(extent, (batch, 1), generator) - size // 2
    position = torch.arange(extent, device=first.device)
    return (position >= first) & (position < first + size)


def to_input(images: Tensor, preprocessing: Preprocessing) -> Tensor:
    """uint8 (b, h, w, 3) to the network's float32 (b, 3, h, w) in channels_last: (p / 255 - mean) / std."""
    scaled = images.permute(0, 3, 1, 2).to(torch.float32).div_(255)
    if preprocessing.is_default:
        return scaled
    return scaled.sub_(_of_channels(preprocessing.mean, scaled)).div_(_of_channels(preprocessing.std, scaled))


def _of_channels(told: tuple[float, ...], images: Tensor) -> Tensor:
    """(1 or c, 1, 1): one number for all channels or one for each."""
    return torch.tensor(told, dtype=torch.float32, device=images.device)[:, None, None]


def _randint(high: int, shape: tuple[int, ...], generator: Generator) -> Tensor:
    return torch.randint(high, shape, generator=generator, device=generator.device)
