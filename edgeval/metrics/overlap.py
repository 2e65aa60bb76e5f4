"""Which samples fail: overlap of error sets, its references, and the flips between two stages.

An error set is a bool mask (n,) over the samples of one test set, True where the prediction is wrong.
All masks of one call are about the same samples in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks


def jaccard(errors_a: np.ndarray, errors_b: np.ndarray) -> float:
    """|A n B| / |A u B| of two error sets, from 0 to 1.

    Two empty sets are equal, so their Jaccard is 1: no sample tells the two models apart.

    >>> jaccard(np.array([True, True, False]), np.array([True, False, True]))
    0.3333333333333333
    """
    a, b = _pair(errors_a, errors_b)
    union = int(np.count_nonzero(a | b))
    return int(np.count_nonzero(a & b)) / union if union else 1.0


def jaccard_matrix(errors_a: np.ndarray, errors_b: np.ndarray) -> np.ndarray:
    """Jaccard of every mask of A with every mask of B: bool (a, n) and bool (b, n) to float64 (a, b)."""
    a, b = checks.masks("errors_a", errors_a, ndim=2), checks.masks("errors_b", errors_b, ndim=2)
    if a.shape[1] != b.shape[1]:
        raise DataError(
            f"masks cover {a.shape[1]} and {b.shape[1]} samples; both must be about the same samples"
        )
    # A matrix product counts the common errors of all pairs; float32 counts exactly up to 2^24 samples.
    exact = "f4" if a.shape[1] < 2**24 else "f8"
    common = np.matmul(a.astype(exact), b.astype(exact).T).astype(np.float64)
    union = a.sum(axis=1)[:, None] + b.sum(axis=1)[None, :] - common
    return np.where(union > 0, common / np.maximum(union, 1), 1.0)


def cross_seed_jaccard(errors: np.ndarray) -> np.ndarray:
    """Jaccard of every two seeds of one size: bool (seeds, n) to float64 (seeds * (seeds - 1) / 2,).

    It is the part of the errors that another seed reproduces, the yardstick for every other Jaccard. Empty
    where there is one seed.
    """
    matrix = jaccard_matrix(errors, errors)
    return matrix[np.triu_indices(len(matrix), k=1)]


@dataclass(frozen=True)
class Overlap:
    """Jaccard over all seed pairs with its references; `std` is the spread of the pairs (population).

    `independence` and `containment` belong to the mean error rates of the two sides. `cross_seed_a` and
    `cross_seed_b` are the mean Jaccard between seeds of one side, None where it has one seed.
    """

    mean: float
    std: float
    pairs: int
    independence: float
    containment: float
    cross_seed_a: float | None
    cross_seed_b: float | None


def overlap(errors_a: np.ndarray, errors_b: np.ndarray) -> Overlap:
    """Overlap of candidate A and reference B over all pairs of seeds: bool (seeds_a, n) and (seeds_b, n)."""
    pairs = jaccard_matrix(errors_a, errors_b)
    rate_a, rate_b = float(np.mean(errors_a)), float(np.mean(errors_b))
    return Overlap(
        mean=float(pairs.mean()),
        std=float(pairs.std()),
        pairs=pairs.size,
        independence=independence(rate_a, rate_b),
        containment=containment(rate_a, rate_b),
        cross_seed_a=_mean(cross_seed_jaccard(errors_a)),
        cross_seed_b=_mean(cross_seed_jaccard(errors_b)),
    )


def independence(error_rate_a: float, error_rate_b: float) -> float:
    """Jaccard of two independent error sets: e_A e_B / (e_A + e_B - e_A e_B) (paper, equation 10).

    1 where both rates are 0, as jaccard has it for two empty sets.

    >>> round(independence(0.583, 0.247), 2)
    0.21
    """
    a, b = checks.fraction("error_rate_a", error_rate_a), checks.fraction("error_rate_b", error_rate_b)
    union = a + b - a * b
    return a * b / union if union > 0 else 1.0


def containment(error_rate_a: float, error_rate_b: float) -> float:
    """Jaccard where the smaller error set lies within the larger one: min(e) / max(e) (paper, section 5.4).

    It is the largest Jaccard that these error rates allow; 1 where both are 0.

    >>> round(containment(0.583, 0.247), 2)
    0.42
    """
    a, b = checks.fraction("error_rate_a", error_rate_a), checks.fraction("error_rate_b", error_rate_b)
    return min(a, b) / max(a, b) if max(a, b) > 0 else 1.0


def contained_fraction(inner: np.ndarray, outer: np.ndarray) -> float:
    """|inner n outer| / |inner|: the part of one model's errors that the other makes too; 1 where there are none.

    With the larger model's errors as `inner` it says how far a smaller model only adds errors.
    """
    inner, outer = _pair(inner, outer)
    size = int(np.count_nonzero(inner))
    return int(np.count_nonzero(inner & outer)) / size if size else 1.0


def flips(errors_before: np.ndarray, errors_after: np.ndarray) -> tuple[int, int]:
    """(lost, gained): samples that were right and became wrong, and the reverse.

    >>> flips(np.array([False, False, True]), np.array([True, False, False]))
    (1, 1)
    """
    before, after = _pair(errors_before, errors_after)
    return int(np.count_nonzero(~before & after)), int(np.count_nonzero(before & ~after))


def _pair(errors_a: np.ndarray, errors_b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b = checks.masks("first error mask", errors_a), checks.masks("second error mask", errors_b)
    checks.same_length(first=a, second=b)
    return a, b


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if values.size else None
