"""References: torchvision's crop and flip, and Cutout as DeVries and Taylor (2017) define it."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402
from scipy.stats import chisquare  # noqa: E402

from edgeval.records import Preprocessing  # noqa: E402
from edgeval.torchvision_import import torchvision_module  # noqa: E402
from edgeval.training import augment  # noqa: E402


@pytest.fixture()
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(5)


def numbered(count: int, height: int, width: int) -> torch.Tensor:
    """Images in which every pixel differs from its neighbours and none is black."""
    return (
        (torch.arange(count * height * width * 3) % 251 + 1).to(torch.uint8).reshape(count, height, width, 3)
    )


def test_crops_are_torchvisions_random_crops(generator: torch.Generator) -> None:
    """Every crop must be one of the 81 that RandomCrop(padding=4) can give of its image, all equally often."""
    functional = torchvision_module("transforms.functional")
    images = numbered(2, 12, 10)
    possible = [
        [functional.crop(functional.pad(image.permute(2, 0, 1), [4] * 4), top, left, 12, 10).permute(1, 2, 0)
         for top in range(9) for left in range(9)]
        for image in images
    ]  # fmt: skip
    keys = [[crop.numpy().tobytes() for crop in crops] for crops in possible]
    assert all(len(set(of_image)) == 81 for of_image in keys)
    picks = torch.arange(2).repeat(2000)
    crops = augment.random_crops(augment.padded(images, 4), picks, 4, generator)
    seen = [
        keys[pick].index(crop.numpy().tobytes()) for pick, crop in zip(picks.tolist(), crops, strict=True)
    ]
    assert chisquare(np.bincount(seen, minlength=81)).pvalue > 1e-4


def test_without_padding_a_crop_is_the_image(generator: torch.Generator) -> None:
    images = numbered(3, 8, 8)
    crops = augment.random_crops(augment.padded(images, 0), torch.tensor([2, 0]), 0, generator)
    assert torch.equal(crops, images[[2, 0]])


def test_flips_are_torchvisions_flips_of_half_of_the_images(generator: torch.Generator) -> None:
    functional = torchvision_module("transforms.functional")
    images = numbered(1000, 6, 8)
    flipped = augment.random_flip(images, generator)
    mirrored = functional.hflip(images.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    changed = (flipped != images).flatten(1).any(1)
    assert torch.equal(flipped[changed], mirrored[changed])
    assert torch.equal(flipped[~changed], images[~changed])
    assert 0.44 < changed.float().mean() < 0.56


@pytest.mark.parametrize("size", [1, 3, 8])
def test_cutout_blackens_one_square_around_a_point_of_the_image(
    size: int, generator: torch.Generator
) -> None:
    """The definition: centre anywhere in the image, the square clipped at the border."""
    height, width = 12, 9
    images = torch.full((3000, height, width, 3), 200, dtype=torch.uint8)
    holes = (augment.cutout(images, size, generator) == 0).all(3).numpy()
    possible = set()
    for y in range(height):
        for x in range(width):
            hole = np.zeros((height, width), bool)
            top, left = y - size // 2, x - size // 2
            hole[max(top, 0) : max(top + size, 0), max(left, 0) : max(left + size, 0)] = True
            possible.add(hole.tobytes())
    assert {hole.tobytes() for hole in holes} == possible
    assert images.min() == 200


def test_input_is_what_the_record_of_preprocessing_says() -> None:
    images = numbered(2, 8, 8)
    scaled = augment.to_input(images, Preprocessing())
    np.testing.assert_array_equal(scaled.permute(0, 2, 3, 1).numpy(), images.numpy().astype(np.float32) / 255)
    assert scaled.is_contiguous(memory_format=torch.channels_last)
    normalised = augment.to_input(images, Preprocessing(mean=0.5, std=0.25))
    np.testing.assert_allclose(normalised.numpy(), (scaled.numpy() - 0.5) / 0.25, rtol=1e-6)


def test_the_generator_decides_alone() -> None:
    images = numbered(16, 8, 8)
    source = augment.padded(images, 2)

    def once(seed: int) -> torch.Tensor:
        own = torch.Generator().manual_seed(seed)
        return augment.cutout(
            augment.random_flip(augment.random_crops(source, torch.arange(16), 2, own), own), 3, own
        )

    first = once(1)
    torch.manual_seed(99)
    assert torch.equal(once(1), first)
    assert not torch.equal(once(2), first)
