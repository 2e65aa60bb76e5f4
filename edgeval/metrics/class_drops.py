"""Which classes lost accuracy for real? An exact test over all classes of two models on the same samples.

The test is the step-down maxT of Westfall and Young (1993) on the net loss of each class. Its null is that of
McNemar: given which samples flipped, each flip was lost or gained with probability 1/2. Classes flip
independently, so the distribution of the largest statistic is a product of binomials: no resampling, no seed.

It finds more than Holm over McNemar (docs/GATE.md): McNemar measures a class's loss against its own flips,
which the loss itself inflates; here it is measured against what chance does in the worst of all classes.
"""

from __future__ import annotations

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks

LEVEL = 0.05  # P(any class fails without a real drop), at most


def class_p_values(lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Adjusted one-sided p-values float64 (classes,) of "this class lost accuracy", for all classes together.

    lost, gained: integers (classes,), samples of a class that only the first, only the second model gets right;
    sizes: integers (classes,), its test samples. The statistic is (lost - gained) / sqrt(size): a net loss in
    units that chance makes alike in small and large classes. Rejecting p <= level keeps the probability of any
    false rejection at or below level, for any flip rates and whatever the other classes do. With one class it
    is the exact McNemar test. A class without samples has p = 1.

    >>> class_p_values(np.array([9, 1, 0]), np.array([0, 2, 1]), np.array([50, 50, 50])).round(4).tolist()
    [0.002, 1.0, 1.0]
    """
    lost, gained, sizes = _table(lost, gained, sizes, ndim=1)
    statistic = (lost - gained) / np.sqrt(np.maximum(sizes, 1))
    order = np.argsort(-np.where(sizes > 0, statistic, -np.inf), kind="stable")
    # Row k: what reaches the k-th largest statistic among the classes from rank k on.
    reached = _chance(statistic[order][:, None], (lost + gained)[order], sizes[order])
    p_values = _any(np.triu(reached))
    result = np.empty(len(sizes))
    result[order] = np.maximum.accumulate(p_values)
    return np.where(sizes > 0, result, 1.0)


def regressed(
    lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray, minimum_drop: float, level: float = LEVEL
) -> np.ndarray:
    """Which classes fail, bool (classes,): the drop is real (p <= level) and at least `minimum_drop`, a fraction.

    Arguments as in class_p_values. The drop is (lost - gained) / size; 0 for a class without samples.
    """
    lost, gained, sizes = _table(lost, gained, sizes, ndim=1)
    return _large(lost, gained, sizes, minimum_drop) & (class_p_values(lost, gained, sizes) <= level)


def any_regressed(
    lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray, minimum_drop: float, level: float = LEVEL
) -> np.ndarray:
    """Whether any class fails in each of many comparisons: lost, gained (runs, classes) to bool (runs,).

    The same as regressed(...).any() for each run, fast enough for a simulation.
    """
    lost, gained, sizes = _table(lost, gained, sizes, ndim=2)
    statistic = np.where(sizes > 0, (lost - gained) / np.sqrt(np.maximum(sizes, 1)), -np.inf)
    worst = statistic.argmax(axis=1)
    rows = np.arange(len(lost))
    real = _any(_chance(statistic[rows, worst][:, None], lost + gained, sizes)) <= level
    failed = real & _large(lost, gained, sizes, minimum_drop)[rows, worst]
    # A step-down goes on below the worst class, which may be a real but small drop of a large class.
    for run in np.flatnonzero(real & ~failed):
        failed[run] = regressed(lost[run], gained[run], sizes, minimum_drop, level).any()
    return failed


def _table(
    lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray, ndim: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    lost, gained, sizes = (
        checks.counts(name, values) for name, values in (("lost", lost), ("gained", gained), ("sizes", sizes))
    )
    if lost.ndim != ndim or lost.shape != gained.shape or sizes.shape != lost.shape[-1:] or not lost.size:
        raise DataError(
            f"lost {lost.shape}, gained {gained.shape}, sizes {sizes.shape}; expected one of each a class"
        )
    if (lost + gained > sizes).any():
        raise DataError("a class has more flips than samples; lost and gained must be counts of its samples")
    return lost, gained, sizes


def _large(lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray, minimum_drop: float) -> np.ndarray:
    """Net losses of at least the minimum drop; a drop of exactly the minimum is one."""
    needed = checks.fraction("minimum drop", minimum_drop) * sizes - 1e-9
    return (sizes > 0) & (lost - gained >= needed)


def _chance(statistic: np.ndarray, flips: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """P((lost - gained) / sqrt(size) >= statistic) where lost is binomial(flips, 1/2); shapes broadcast.

    0 for a class without samples, which takes no part.
    """
    from scipy import special

    # The small allowance counts a class as reaching its own statistic in spite of rounding.
    net = np.ceil(statistic * np.sqrt(sizes) - 1e-9)
    fewest_lost = np.ceil((net + flips) / 2)
    return np.where((fewest_lost > flips) | (sizes == 0), 0.0, special.bdtrc(fewest_lost - 1, flips, 0.5))


def _any(chances: np.ndarray) -> np.ndarray:
    """P(at least one of independent events) along the last axis; exact also for tiny probabilities."""
    with np.errstate(divide="ignore"):
        return -np.expm1(np.log1p(-chances).sum(axis=-1))
