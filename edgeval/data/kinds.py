"""The three kinds of sample and the arrays that they are: uint8 pictures, float32 features, quantized model inputs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edgeval.errors import DataError, unknown
from edgeval.records import FEATURES, IMAGE, KINDS, QUANTIZED

COLOURS = (1, 3, 4)  # channels of a picture: grey, RGB, RGBA
QUANTIZED_TYPES = ("int8", "uint8", "int16")
FORMS = {
    IMAGE: "uint8 (n, height, width, channels) with 1, 3 or 4 channels",
    FEATURES: "float32 of one to three dimensions a sample",
    QUANTIZED: "int8, uint8 or int16 of one to three dimensions a sample",
}
CHUNK = 4096  # samples that are looked through at once


def kind_of(samples: np.ndarray, where: str) -> str:
    """The kind that an array has if none is said: float is `features`, int8 and int16 are `quantized`, uint8 of four
    dimensions is `image`. DataError, with `where` in front, for another array."""
    if samples.dtype.kind == "f":
        return FEATURES
    if samples.dtype in (np.int8, np.int16):
        return QUANTIZED
    if samples.dtype == np.uint8 and samples.ndim == 4:
        return IMAGE
    hint = "; say kind='quantized' where these are a model's inputs" if samples.dtype == np.uint8 else ""
    if samples.dtype == np.uint8 and samples.ndim == 3:
        hint = "; grey pictures need a last axis, x[..., np.newaxis], and model inputs kind='quantized'"
    raise DataError(
        f"{where}: samples are {samples.dtype} {samples.shape}, expected {'; or '.join(FORMS.values())}{hint}"
    )


def as_samples(samples: np.ndarray, kind: str, where: str) -> np.ndarray:
    """The array itself, floats as float32; DataError, with `where` in front, where it is not of that kind's form, or
    where a value is NaN or infinite."""
    if kind not in KINDS:
        raise unknown("kind of sample", kind, KINDS, where)
    if not _has_form(samples, kind):
        raise DataError(
            f"{where}: {kind} samples are {samples.dtype} {samples.shape}, expected {FORMS[kind]}"
        )
    if 0 in samples.shape[1:]:
        raise DataError(f"{where}: samples of shape {samples.shape[1:]} are empty")
    if kind != FEATURES:
        return samples
    with np.errstate(over="ignore"):  # what does not fit becomes infinite, which is refused
        floats = samples.astype(np.float32, copy=False)
    for row, at in _not_finite(floats):
        value = samples[row][at]
        raise DataError(
            f"{where}: sample {row} has the value {value} at {tuple(map(int, at))}; features are finite float32 numbers"
        )
    return floats


def _has_form(samples: np.ndarray, kind: str) -> bool:
    if kind == IMAGE:
        return samples.dtype == np.uint8 and samples.ndim == 4 and samples.shape[3] in COLOURS
    if not 2 <= samples.ndim <= 4:
        return False
    return samples.dtype.kind == "f" if kind == FEATURES else samples.dtype.name in QUANTIZED_TYPES


def _not_finite(samples: np.ndarray) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Sample and place in it, of the values that are no finite numbers."""
    for start in range(0, len(samples), CHUNK):
        part = samples[start : start + CHUNK]
        if not np.isfinite(part).all():
            for row, *at in np.argwhere(~np.isfinite(part)).tolist():
                yield start + row, tuple(at)
