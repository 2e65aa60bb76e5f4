"""The samples that exports of one dataset share: those that calibrate and those that prove parity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeval import store
from edgeval.data import Dataset, Split, calibration_subset
from edgeval.errors import DataError
from edgeval.records import IMAGE, DatasetInfo

CALIBRATION_SAMPLES = 500
CALIBRATION_SEED = 0
PARITY_SAMPLES = 1000  # the binomial standard error of an accuracy is then at most 1.6 points


@dataclass(frozen=True)
class Calibration:
    """Which training samples calibrated: class-balanced positions drawn with `seed`, fewer than `requested`
    where there are not as many; `sha256` is that of the positions as little-endian int64."""

    requested: int
    samples: int
    seed: int
    sha256: str
    train_sha256: str


@dataclass(frozen=True)
class Material:
    """`spec` is what a user types to get the dataset again; `calibration_samples` (n, ...) are of the kind `kind`,
    `parity` a class-balanced part of the test split, `parity_sha256` the hash of its positions."""

    spec: str
    info: DatasetInfo
    kind: str
    sample_shape: tuple[int, ...]
    calibration: Calibration
    calibration_samples: np.ndarray
    parity: Split
    parity_sha256: str


def prepare(dataset: Dataset, calibration_samples: int = CALIBRATION_SAMPLES) -> Material:
    """Draw both subsets; DataError where there are no training samples."""
    if len(dataset.train) == 0:
        raise DataError(
            f"{dataset.spec} has no training samples; calibration needs some (not the test images)"
        )
    chosen = calibration_subset(dataset.train, min(calibration_samples, len(dataset.train)), CALIBRATION_SEED)
    shown = calibration_subset(dataset.test, min(PARITY_SAMPLES, len(dataset.test)), CALIBRATION_SEED)
    train_sha256 = dataset.train_sha256
    return Material(
        spec=dataset.spec,
        info=dataset.info(),
        kind=dataset.kind,
        sample_shape=dataset.sample_shape,
        calibration=Calibration(
            calibration_samples, len(chosen), CALIBRATION_SEED, _positions_sha256(chosen), train_sha256
        ),
        calibration_samples=_whole_range(dataset.train.samples[chosen], dataset.kind),
        parity=Split(dataset.test.samples[shown], dataset.test.labels[shown]),
        parity_sha256=_positions_sha256(shown),
    )


def _positions_sha256(positions: np.ndarray) -> str:
    return store.sha256_bytes(positions.astype("<i8").tobytes())


def _whole_range(images: np.ndarray, kind: str) -> np.ndarray:
    """Images with one black and one white corner, where the subset lacks pixel 0 or 255.

    The input's quantization follows from the smallest and the largest pixel seen; with these it is exact for
    every pixel value. Samples of another kind are left as they are: they have no range that is known beforehand.
    """
    if kind != IMAGE:
        return images
    images = images.copy()
    if images.min() > 0:
        images[0, 0, 0] = 0
    if images.max() < 255:
        images[-1, -1, -1] = 255
    return images
