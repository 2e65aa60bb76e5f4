"""Corrupted test images in the manner of CIFAR-10-C: what a camera in the field adds to a picture.

Severities and their parameters are those of Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to
Common Corruptions and Perturbations" (2019), for images of 32 x 32; lengths grow with the image. The pixels are not
those of the published CIFAR-10-C: its motion blur is ImageMagick's and its random numbers are not seeded.
Four of its fifteen corruptions are not here: frost (needs photographs), snow, glass blur and elastic transform.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np

SIDE = 32  # the image side that the lengths below belong to

Corruption = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]


def on_pixels(images: np.ndarray, name: str, level: int, rng: np.random.Generator) -> np.ndarray:
    """uint8 of the same shape: grey images are corrupted as three equal colours, and what is transparent stays so."""
    channels = images.shape[3]
    colours = np.repeat(images, 3, axis=3) if channels == 1 else images[..., :3]
    changed = CORRUPTIONS[name](colours / np.float32(255), level, rng)
    pixels = np.rint(np.clip(changed, 0, 1) * 255).astype(np.uint8)
    if channels == 1:
        return np.asarray(np.rint(pixels.mean(axis=3, keepdims=True))).astype(np.uint8)
    return np.concatenate([pixels, images[..., 3:]], axis=3)


# Each takes images float32 (n, height, width, 3) from 0 to 1 and the severity less one, and returns such images, in
# which values may lie outside 0 to 1.


def _gaussian_noise(images: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    deviation = (0.04, 0.06, 0.08, 0.09, 0.10)[level]
    return images + rng.normal(0, deviation, images.shape)


def _shot_noise(images: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    photons = (500, 250, 100, 75, 50)[level]
    return rng.poisson(images * photons) / photons


def _impulse_noise(images: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    share = (0.01, 0.02, 0.03, 0.05, 0.07)[level]
    drawn = rng.random(images.shape)
    return np.where(drawn < share / 2, 0, np.where(drawn < share, 1, images))


def _defocus_blur(images: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    from scipy import ndimage

    radius, softness = ((0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1))[level]
    radius *= _scale(images)
    reach = int(np.ceil(radius)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disk = (x**2 + y**2 <= radius**2).astype(np.float64)
    kernel = ndimage.gaussian_filter(disk / disk.sum(), softness * _scale(images), radius=reach)
    return ndimage.convolve(images, (kernel / kernel.sum())[None, :, :, None], mode="mirror")


def _motion_blur(images: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """A half-Gaussian along a line whose angle, up to 45 degrees from the horizontal, each image has for itself."""
    length, sigma = ((6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5))[level]
    steps = np.arange(round(length * _scale(images)) + 1)
    weights = np.exp(-((steps / (sigma * _scale(images))) ** 2) / 2)
    angle = np.radians(rng.uniform(-45, 45, len(images)))
    blurred = np.zeros_like(images)
    for step, weight in zip(steps, weights / weights.sum(), strict=True):
        blurred += np.float32(weight) * _shifted(images, step * np.sin(angle), step * np.cos(angle))
    return blurred


def _shifted(images: np.ndarray, down: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Each image moved by its own whole number of pixels, the border repeated."""
    count, height, width, _ = images.shape
    rows = np.clip(np.arange(height) - np.rint(down).astype(int)[:, None], 0, height - 1)
    columns = np.clip(np.arange(width) - np.rint(right).astype(int)[:, None], 0, width - 1)
    return images[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]


def _zoom_blur(images: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    largest = (0.05, 0.10, 0.15, 0.20, 0.25)[level]
    zooms = 1 + np.arange(0, largest + 0.005, 0.01)
    return (images + sum(_zoomed(images, zoom) for zoom in zooms)) / (len(zooms) + 1)


def _zoomed(images: np.ndarray, zoom: float) -> np.ndarray:
    """Enlarged about the centre, cut to the old size, bilinear: a weighted sum of rows, then of columns."""
    for axis in (1, 2):
        pixels = np.arange(images.shape[axis])
        centre = pixels.mean()
        seen = centre + (pixels - centre) / zoom
        weights = np.maximum(0, 1 - np.abs(seen[:, None] - pixels)).astype(np.float32)
        images = np.moveaxis(np.tensordot(weights, images, (1, axis)), 0, axis)
    return images


def _fog(images: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    density, decay = ((0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75))[level]
    highest = images.max(axis=(1, 2, 3), keepdims=True)
    count, height, width, _ = images.shape
    haze = _plasma(count, max(height, width), decay, rng)[:, :height, :width, None]
    return (images + density * haze) * highest / (highest + density)


def _plasma(count: int, side: int, decay: float, rng: np.random.Generator) -> np.ndarray:
    """Fractal noise from 0 to 1, float64 (count, >= side, >= side): each octave is finer and weaker by `decay`."""
    field, amplitude = np.zeros((count, 2, 2)), 1.0
    while field.shape[1] < side:
        field = _doubled(_doubled(field, 1), 2)
        field += amplitude * rng.uniform(-1, 1, field.shape)
        amplitude /= decay
    field -= field.min(axis=(1, 2), keepdims=True)
    return field / field.max(axis=(1, 2), keepdims=True)


def _doubled(field: np.ndarray, axis: int) -> np.ndarray:
    """Twice the resolution along an axis, by linear interpolation that wraps around."""
    between = (field + np.roll(field, -1, axis)) / 2
    shape = list(field.shape)
    shape[axis] *= 2
    return np.stack([field, between], axis=axis + 1).reshape(shape)


def _brightness(images: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """The value of hue, saturation and value is raised; hue and saturation stay."""
    more = (0.05, 0.1, 0.15, 0.2, 0.3)[level]
    value = images.max(axis=3, keepdims=True)
    raised = np.minimum(value + more, 1)
    return np.where(value > 0, images * (raised / np.maximum(value, 1e-9)), raised)


def _contrast(images: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    factor = (0.75, 0.5, 0.4, 0.3, 0.15)[level]
    mean = images.mean(axis=(1, 2), keepdims=True)
    return (images - mean) * factor + mean


def _pixelate(images: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    from PIL import Image

    share = (0.95, 0.9, 0.85, 0.75, 0.65)[level]
    height, width = images.shape[1:3]

    def coarse(image: Image.Image) -> Image.Image:
        small = image.resize((int(width * share), int(height * share)), Image.Resampling.BOX)
        return small.resize((width, height), Image.Resampling.BOX)

    return _by_pillow(images, coarse)


def _jpeg_compression(images: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    from PIL import Image

    quality = (80, 65, 58, 50, 40)[level]

    def compressed(image: Image.Image) -> Image.Image:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        return Image.open(file)

    return _by_pillow(images, compressed)


def _by_pillow(images: np.ndarray, change: Callable) -> np.ndarray:
    from PIL import Image

    pixels = np.rint(images * 255).astype(np.uint8)
    return np.stack([np.asarray(change(Image.fromarray(image))) for image in pixels]) / np.float32(255)


def _scale(images: np.ndarray) -> float:
    return min(images.shape[1:3]) / SIDE


CORRUPTIONS: dict[str, Corruption] = {
    "gaussian_noise": _gaussian_noise,
    "shot_noise": _shot_noise,
    "impulse_noise": _impulse_noise,
    "defocus_blur": _defocus_blur,
    "motion_blur": _motion_blur,
    "zoom_blur": _zoom_blur,
    "fog": _fog,
    "brightness": _brightness,
    "contrast": _contrast,
    "pixelate": _pixelate,
    "jpeg_compression": _jpeg_compression,
}
