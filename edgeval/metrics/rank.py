"""Do two changes hit the same classes? Rank correlation of class means without the noise that they share."""

from __future__ import annotations

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks

HALVINGS = 200
FEWEST_CLASSES = 5  # below, the interval says nothing


def halved_rank_correlation(
    first: np.ndarray, second: np.ndarray, labels: np.ndarray, halvings: int = HALVINGS, seed: int = 0
) -> float:
    """Spearman's correlation over classes of the mean of `first` and the mean of `second`, each from other images.

    first, second float (n,), one value a sample, for example how much was lost there; labels integers (n,). The
    samples of each class are halved at random; the class means of `first` come from one half, those of `second`
    from the other, so that a class which happens to have hard images does not count as an agreement. The result is
    the mean over `halvings`. With `second` equal to `first` it says how well half of the images repeat an order.
    Classes with one sample do not take part; 0 where all classes have one mean. DataError below two classes.
    """
    labels, sizes = _classes(labels)
    first, second = checks.finite("first", first), checks.finite("second", second)
    checks.same_length(labels=labels, first=first, second=second)
    tested = sizes > 1
    if tested.sum() < 2:
        raise DataError("a rank correlation needs two classes with two samples or more")
    rng = np.random.default_rng(seed)
    seen = []
    for _ in range(checks.positive("halvings", halvings)):
        half = _half(labels, sizes, rng)
        means = [_means(values, labels, rows)[tested] for values, rows in ((first, half), (second, ~half))]
        seen.append(spearman(*means))
    return float(np.mean(seen))


def _classes(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels renumbered without gaps int64 (n,), and the size of each class."""
    _, dense, sizes = np.unique(checks.integers("labels", labels), return_inverse=True, return_counts=True)
    return dense, sizes


def _half(labels: np.ndarray, sizes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """bool (n,): a random half of each class, the smaller one where its size is odd."""
    order = np.lexsort((rng.random(len(labels)), labels))
    place = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    half = np.empty(len(labels), bool)
    half[order] = place < np.repeat(sizes // 2, sizes)
    return half


def _means(values: np.ndarray, labels: np.ndarray, rows: np.ndarray) -> np.ndarray:
    count = np.bincount(labels[rows], minlength=int(labels.max()) + 1)
    total = np.bincount(labels[rows], weights=values[rows], minlength=len(count))
    return total / np.maximum(count, 1)


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's rank correlation of two (m,), ties with their mean rank; 0 where one of them is constant.

    >>> spearman(np.array([1.0, 2.0, 4.0]), np.array([10.0, 20.0, 15.0]))
    0.5
    """
    from scipy import stats

    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(stats.rankdata(first), stats.rankdata(second))[0, 1])


def rank_correlation_interval(rho: float, classes: int) -> tuple[float, float] | None:
    """95 % interval of Spearman's correlation over `classes`, taken as a sample of classes.

    Fisher's z with the standard error of Bonett and Wright (Psychometrika 65, 2000, 23). None for fewer than five.

    >>> [round(bound, 2) for bound in rank_correlation_interval(0.5, 28)]
    [0.13, 0.75]
    """
    if classes < FEWEST_CLASSES:
        return None
    bounded = float(np.clip(rho, -0.999999, 0.999999))
    half = 1.959964 * ((1 + bounded**2 / 2) / (classes - 3)) ** 0.5
    return float(np.tanh(np.arctanh(bounded) - half)), float(np.tanh(np.arctanh(bounded) + half))
