"""Spectra: how fast that of the images decays, lambda_k ~ k^-beta, and how many directions activations use
(paper, sections 3.1, 3.2 and 9)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks
from edgeval.metrics.scaling import t_interval

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
    line = log_line(np.arange(first, last + 1), values[first - 1 : last])
    return SpectralDecay(-line.slope, line.standard_error or 0.0, line.r2 or 0.0, first, last)


@dataclass(frozen=True)
class LogLine:
    """y ~ x^slope by least squares of log y on log x. `standard_error` and `ci95` (t with points - 2 degrees of
    freedom) are None for two points, `r2` where all y are equal."""

    slope: float
    standard_error: float | None
    ci95: tuple[float, float] | None
    r2: float | None


def log_line(x: np.ndarray, y: np.ndarray) -> LogLine:
    """Fit at least two points (m,), all above 0, that differ in x; DataError otherwise."""
    x, y = checks.finite("x", x), checks.finite("y", y)
    checks.same_length(x=x, y=y)
    if min(x.min(), y.min()) <= 0 or np.ptp(x) == 0:
        raise DataError("a power law needs two different points above 0")
    u, v = np.log(x) - np.log(x).mean(), np.log(y) - np.log(y).mean()
    spread, total = float(u @ u), float(v @ v)
    slope = float(u @ v) / spread
    residual = float(np.sum((v - slope * u) ** 2))
    freedom = len(x) - 2
    error = (residual / freedom / spread) ** 0.5 if freedom else None
    interval = None if error is None else t_interval(slope, error, freedom)
    return LogLine(slope, error, interval, 1 - residual / total if total > 0 else None)


@dataclass(frozen=True)
class StableRank:
    """||A||_F^2 / ||A||_2^2 of a matrix with its column means subtracted, as the PCA of the images has it, and of
    the matrix as it is, in which the mean of ReLU activations counts as the largest direction."""

    centred: float
    raw: float


def stable_rank_of_moments(rows: int, total: np.ndarray, products: np.ndarray) -> StableRank:
    """The stable ranks of a matrix from the sum of its rows (columns,) and the sum of their outer products
    (columns, columns). 0 where all entries are 0, or equal to their mean. DataError below two rows.
    """
    if rows < 2:
        raise DataError(f"{rows} row(s) have no spread; a stable rank needs two")
    return StableRank(
        _trace_to_largest(products - np.outer(total, total) / rows), _trace_to_largest(products)
    )


def _trace_to_largest(products: np.ndarray) -> float:
    largest = float(np.linalg.eigvalsh(products)[-1])
    return (
        float(np.trace(products)) / largest
        if largest > 1e-12 * max(1.0, float(np.abs(products).max()))
        else 0.0
    )
