"""References: matplotlib's hue-saturation-value, scipy's affine_transform and distributions, Pillow's codecs."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from matplotlib import colors
from PIL import Image
from scipy import ndimage

from edgeval.data.corruptions import IMAGES as CORRUPTIONS, SEVERITIES, corrupted
from edgeval.data.dataset import Dataset, Split
from edgeval.errors import UsageError

GREY = np.full((40, 32, 32, 3), 128, np.uint8)


def dataset(images: np.ndarray) -> Dataset:
    split = Split(images, np.zeros(len(images), np.int64))
    return Dataset("planted", "npz:planted.npz", split, split, ("one", "two"))


def smooth(count: int = 6, height: int = 32, width: int = 32) -> np.ndarray:
    """Images with structure at all scales, as photographs have it."""
    noise = np.random.default_rng(3).normal(size=(count, height, width, 3))
    field = sum(ndimage.gaussian_filter(noise, (0, s, s, 0), mode="wrap") * s for s in (1, 2, 4, 8))
    return np.clip(128 + 90 * field, 0, 255).astype(np.uint8)


def seen(images: np.ndarray, corruption: str, severity: int) -> np.ndarray:
    return corrupted(dataset(images), corruption, severity).test.samples


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_severity_grows_and_equal_calls_give_equal_images(corruption: str) -> None:
    clean = smooth()
    distance = [np.abs(seen(clean, corruption, s).astype(float) - clean).mean() for s in SEVERITIES]
    assert distance == sorted(distance) and distance[0] > 0
    again = corrupted(dataset(clean), corruption, 3)
    assert np.array_equal(again.test.samples, seen(clean, corruption, 3))
    assert again.info().sha256 != dataset(clean).info().sha256
    assert np.array_equal(again.train.samples, clean)


@settings(max_examples=25)
@given(
    name=st.sampled_from(sorted(CORRUPTIONS)),
    severity=st.sampled_from(SEVERITIES),
    height=st.integers(8, 70),
    width=st.integers(8, 70),
    fill=st.sampled_from([0, 255, None]),
)
def test_any_image_gives_an_image(
    name: str, severity: int, height: int, width: int, fill: int | None
) -> None:
    clean = smooth(2, height, width) if fill is None else np.full((2, height, width, 3), fill, np.uint8)
    result = seen(clean, name, severity)
    assert result.shape == clean.shape and result.dtype == np.uint8


def test_noise_has_its_distribution() -> None:
    gaussian = seen(GREY, "gaussian_noise", 3) / 255 - 128 / 255
    assert gaussian.std() == pytest.approx(0.08, rel=0.02) and abs(gaussian.mean()) < 1e-3
    shot = seen(GREY, "shot_noise", 5) / 255
    assert shot.mean() == pytest.approx(128 / 255, rel=0.01)
    assert shot.var() == pytest.approx(128 / 255 / 50, rel=0.05)  # Poisson: variance of k / c is rate / c
    impulse = seen(GREY, "impulse_noise", 5)
    assert np.mean(impulse == 0) == pytest.approx(0.035, rel=0.1)
    assert np.mean(impulse == 255) == pytest.approx(0.035, rel=0.1)
    assert np.mean(impulse == 128) == pytest.approx(0.93, rel=0.01)


@pytest.mark.parametrize("corruption", ["defocus_blur", "motion_blur", "zoom_blur", "pixelate", "contrast"])
def test_an_even_image_has_nothing_to_blur(corruption: str) -> None:
    assert np.array_equal(seen(GREY, corruption, 5), GREY)


def test_defocus_is_a_convolution_with_a_disk() -> None:
    point = np.zeros((1, 33, 33, 3), np.uint8)
    point[0, 16, 16] = 255
    kernel = seen(point, "defocus_blur", 5)[0, :, :, 0] / 255
    assert kernel.sum() == pytest.approx(1, abs=0.05)
    assert kernel[16, 16] == pytest.approx(1 / 9, abs=0.01)  # radius 1.5 covers nine pixels, hardly softened
    assert np.array_equal(kernel, kernel.T) and np.array_equal(kernel, kernel[::-1])


def test_motion_blur_draws_a_line_of_its_own_angle() -> None:
    point = np.zeros((60, 33, 33, 3), np.uint8)
    point[:, 16, 16] = 255
    lines = seen(point, "motion_blur", 5)[..., 0].astype(float)
    y, x = np.mgrid[-16:17, -16:17]
    mass = lines.sum(axis=(1, 2))
    angle = np.degrees(np.arctan2((lines * y).sum(axis=(1, 2)) / mass, (lines * x).sum(axis=(1, 2)) / mass))
    assert np.abs(angle).max() < 50 and angle.std() == pytest.approx(90 / np.sqrt(12), rel=0.25)
    assert mass / 255 == pytest.approx(1, abs=0.05)


def test_zoom_blur_is_scipys_affine_transform() -> None:
    clean = smooth(3)
    images = clean / 255.0
    zoomed = [
        ndimage.affine_transform(
            images, [1, 1 / z, 1 / z, 1], [0, 15.5 * (1 - 1 / z), 15.5 * (1 - 1 / z), 0], order=1
        )
        for z in (1, 1.01, 1.02, 1.03, 1.04, 1.05)
    ]
    expected = 255 * (images + sum(zoomed)) / 7
    assert np.abs(seen(clean, "zoom_blur", 1) - expected).max() <= 0.51


def test_brightness_raises_the_value_alone() -> None:
    clean = smooth()
    clean[0, 0, 0] = 0
    hsv = colors.rgb_to_hsv(clean / 255.0)
    hsv[..., 2] = np.minimum(hsv[..., 2] + 0.15, 1)
    assert np.abs(seen(clean, "brightness", 3) - 255 * colors.hsv_to_rgb(hsv)).max() <= 0.51


def test_contrast_shrinks_each_channel_towards_its_mean() -> None:
    clean = smooth()
    changed = seen(clean, "contrast", 2).astype(float)
    assert changed.std(axis=(1, 2)) == pytest.approx(clean.std(axis=(1, 2)) / 2, rel=0.02)
    assert changed.mean(axis=(1, 2)) == pytest.approx(clean.mean(axis=(1, 2)), abs=0.3)


def test_jpeg_is_pillows() -> None:
    clean = smooth(2)
    file = io.BytesIO()
    Image.fromarray(clean[1]).save(file, "JPEG", quality=50)
    assert np.array_equal(seen(clean, "jpeg_compression", 4)[1], np.asarray(Image.open(file)))


def test_fog_differs_from_image_to_image_and_keeps_the_range() -> None:
    foggy = seen(GREY, "fog", 4).astype(float)
    assert foggy.std(axis=(1, 2, 3)).min() > 5
    assert not np.array_equal(foggy[0], foggy[1])
    assert np.ptp(foggy, axis=3).max() == 0  # fog is grey


def test_unknown_names_are_told() -> None:
    with pytest.raises(UsageError, match="did you mean 'gaussian_noise'"):
        corrupted(dataset(GREY), "gausian_noise", 1)
    with pytest.raises(UsageError, match="severity 6"):
        corrupted(dataset(GREY), "fog", 6)
