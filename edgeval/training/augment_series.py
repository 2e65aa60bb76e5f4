"""Augmentation of sound features and sensor windows, on whole batches, on the device that holds the data.

Batches are float32 (b, time, features) or (b, time, features, channels), already preprocessed: 0 is the mean, and
standard deviations are in units of the training split's.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

AXES = 3  # of an accelerometer, a gyroscope or a magnetometer


def time_shift(batch: Tensor, most: int, generator: Generator) -> Tensor:
    """Every sample moved by its own whole number of steps from -`most` to `most`; the end that is left repeats."""
    steps = batch.shape[1]
    moved = torch.randint(-most, most + 1, (len(batch), 1), generator=generator, device=batch.device)
    picks = (torch.arange(steps, device=batch.device) - moved).clamp_(0, steps - 1)
    return batch[torch.arange(len(batch), device=batch.device)[:, None], picks]


def noise(batch: Tensor, std: float, generator: Generator) -> Tensor:
    """Gaussian noise on every value: jitter of sensors, a noise floor of sound features."""
    return batch + std * _normal(batch.shape, generator)


def gain(batch: Tensor, std: float, every_feature: bool, generator: Generator) -> Tensor:
    """One Gaussian offset a sample: a louder recording adds a constant to each of its logarithmic energies
    (`every_feature`), of a cepstrum to the first coefficient alone."""
    offset = (std * _normal((len(batch), 1), generator)).reshape(-1, *(1,) * (batch.ndim - 2))
    if every_feature:
        return batch + offset.unsqueeze(1)
    moved = batch.clone()
    moved[:, :, 0] += offset
    return moved


def masks(batch: Tensor, most: int, axis: int, generator: Generator) -> Tensor:
    """One band of 0 to `most` neighbouring places of `axis` (1: time, 2: features) set to 0 in every sample, as
    SpecAugment does (Park et al. 2019); a band lies inside the sample."""
    length = batch.shape[axis]
    widths = _integers(min(most, length) + 1, len(batch), generator)
    starts = (_uniform(len(batch), generator) * (length - widths + 1)).long()
    place = torch.arange(length, device=batch.device)
    hidden = (place >= starts[:, None]) & (place < (starts + widths)[:, None])
    shape = [len(batch)] + [length if number == axis else 1 for number in range(1, batch.ndim)]
    return batch.masked_fill(hidden.reshape(shape), 0.0)


def scaling(batch: Tensor, std: float, generator: Generator) -> Tensor:
    """Every channel of every sample multiplied by its own Gaussian factor around 1 (Um et al. 2017)."""
    shape = (len(batch), 1, *batch.shape[2:])
    return batch * (1 + std * _normal(shape, generator))


def rotation(batch: Tensor, degrees: float, generator: Generator) -> Tensor:
    """(b, time, channels) with each three channels turned together about an axis of its own sample: a sensor worn
    another way round (Um et al. 2017). The axis is anywhere, the angle uniform to `degrees`; lengths stay."""
    sensors = batch.shape[2] // AXES
    if sensors == 0:
        return batch
    turned = batch[:, :, : sensors * AXES].unflatten(2, (sensors, AXES))
    matrices = rotations(len(batch), degrees, generator)
    turned = torch.einsum("bij,btsj->btsi", matrices, turned).flatten(2)
    return torch.cat([turned, batch[:, :, sensors * AXES :]], dim=2)


def rotations(count: int, degrees: float, generator: Generator) -> Tensor:
    """float32 (count, 3, 3): Rodrigues' formula for uniform axes and angles from -`degrees` to `degrees`."""
    axis = torch.nn.functional.normalize(_normal((count, AXES), generator), dim=1)
    angle = (2 * _uniform(count, generator) - 1) * math.radians(degrees)
    x, y, z = axis.unbind(1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1).reshape(-1, AXES, AXES)
    sine, cosine = angle.sin()[:, None, None], angle.cos()[:, None, None]
    return torch.eye(AXES, device=axis.device) + sine * cross + (1 - cosine) * (cross @ cross)


def _normal(shape: tuple[int, ...], generator: Generator) -> Tensor:
    return torch.randn(shape, generator=generator, device=generator.device)


def _uniform(count: int, generator: Generator) -> Tensor:
    return torch.rand(count, generator=generator, device=generator.device)


def _integers(high: int, count: int, generator: Generator) -> Tensor:
    return torch.randint(high, (count,), generator=generator, device=generator.device)
