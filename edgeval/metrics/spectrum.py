"""How fast the spectrum of images decays: eigenvalues of their covariance, lambda_k ~ k^-beta (paper, section 3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks

FIRST, LAST = 10, 500  # eigenvalues the paper fits, counted from 1 (section 3.4)
LARGEST_MATRIX = 4096  # side of the matrix whose eigenvalues are computed
CHUNK = 4096  # images at once


@dataclass(frozen=True)
class SpectralDecay:
    """Least squares of log eigenvalue on log k. `standard_error` is that of the line, as the paper gives it;
    neighbouring eigenvalues are not independent, so it is smaller than beta's own uncertainty."""

    beta: float
    standard_error: float
    r2: float
    first: int
    last: int


def covariance_eigenvalues(images: np.ndarray) -> np.ndarray:
    """Eigenvalues float64, largest first, of the covariance of images (n, ...), which are flattened.

    Up to 4,096 values an image, all images are used. Larger ones are spread evenly over 4,096 of the images,
    whose Gram matrix has the same non-zero eigenvalues. The mean image is subtracted. DataError for one image.
    """
    rows = np.asarray(images).reshape(len(images), -1)
    if len(rows) < 2:
        raise DataError(f"{len(rows)} image(s) have no covariance; expected at least two")
    if rows.shape[1] > LARGEST_MATRIX:
        rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), LARGEST_MATRIX)).astype(int)]
        centred = rows - rows.mean(axis=0, dtype=np.float64)
        matrix = centred @ centred.T
    else:
        matrix = _scatter(rows)
    return np.maximum(np.linalg.eigvalsh(matrix / (len(rows) - 1))[::-1], 0.0)


def _scatter(rows: np.ndarray) -> np.ndarray:
    mean = rows.mean(axis=0, dtype=np.float64)
    matrix = np.zeros((rows.shape[1], rows.shape[1]))
    for start in range(0, len(rows), CHUNK):
        centred = rows[start : start + CHUNK] - mean
        matrix += centred.T @ centred
    return matrix


def spectral_decay(eigenvalues: np.ndarray, first: int = FIRST, last: int = LAST) -> SpectralDecay:
    """beta of eigenvalues number `first` to `last` (from 1, largest first); DataError where one of them is not
    above 0 (fewer images or fewer pixels than `last`).

    >>> round(spectral_decay(np.arange(1, 601) ** -1.5).beta, 6)
    1.5
    """
    values = checks.finite("eigenvalues", eigenvalues)
    positive = int(np.count_nonzero(values > values.max() * 1e-12))
    if positive < last:
        raise DataError(
            f"the images have {positive} eigenvalues above 0, the fit needs {last}; it takes more than {last} images"
        )
    k = np.arange(first, last + 1)
    x, y = np.log(k), np.log(values[first - 1 : last])
    centred = x - x.mean()
    spread = float(centred @ centred)
    slope = float(centred @ y) / spread
    residual = float(np.sum((y - y.mean() - slope * centred) ** 2))
    total = float(np.sum((y - y.mean()) ** 2))
    return SpectralDecay(-slope, (residual / (len(x) - 2) / spread) ** 0.5, 1 - residual / total, first, last)
