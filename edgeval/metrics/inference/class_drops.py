"""Which classes lost accuracy for real? An exact test over all classes of two models on the same samples.

The test is the step-down maxT of Westfall and Young (1993) on the net loss of each class. Its null is that of
McNemar: given which samples flipped, each flip was lost or gained with probability 1/2. Classes flip
independently, so the distribution of the largest statistic is a product of binomials: no resampling, no seed.

Several seeds of the same networks see the same images, and an image that flips in one seed tends to flip in the
others. What is independent is the image: its net loss summed over the seeds has a random sign. The sum over a
class is then a convolution of scaled binomials, still exact, and for one seed it is the binomial.

It finds more than Holm over McNemar (docs/GATE.md): McNemar measures a class's loss against its own flips,
which the loss itself inflates; here it is measured against what chance does in the worst of all classes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

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
    flips = lost + gained
    return _step_down(
        lost - gained, sizes, lambda bars, order: _chance(bars[:, None], flips[order], sizes[order])
    )


def net_loss_p_values(
    net_losses: np.ndarray, labels: np.ndarray, classes: int, groups: np.ndarray | None = None
) -> np.ndarray:
    """The same for several seeds of the same networks: p-values float64 (classes,), exact.

    net_losses: integers (n,), for each image the seeds that lost it minus those that gained it (or any integer
    multiple of their mean); labels: integers (n,), its class. With one seed equal to class_p_values.
    groups: integers (n,), images with one number hang together: what is independent, and has a random sign, is the
    sum over a group's images of a class.

    >>> net_loss_p_values(np.array([3, 3, 1, -2, 0, 0]), np.array([0, 0, 0, 0, 1, 1]), 2).tolist()
    [0.1875, 1.0]
    """
    labels = checks.class_indices("labels", labels, classes)
    net_losses = checks.integers("net losses", net_losses)
    checks.same_length(net_losses=net_losses, labels=labels)
    sizes = np.bincount(labels, minlength=classes)
    if groups is not None:
        net_losses, labels = checks.group_sums(net_losses, labels, checks.integers("groups", groups))
    tails = [_tail(np.abs(net_losses[labels == index])) for index in range(classes)]
    totals = np.array([net_losses[labels == index].sum() for index in range(classes)])

    def chance(bars: np.ndarray, order: np.ndarray) -> np.ndarray:
        columns = [_reached(bars, tails[index], sizes[index]) for index in order]
        return np.stack(columns, axis=1)

    return _step_down(totals, sizes, chance)


def _tail(magnitudes: np.ndarray) -> np.ndarray:
    """P(sum of +-magnitudes >= t) for t = -total ... total + 1, each sign a fair coin."""
    pmf = np.ones(1)
    for size, count in zip(*np.unique(magnitudes[magnitudes > 0], return_counts=True), strict=True):
        pmf = np.convolve(pmf, _coins(int(size), int(count)))
    return np.append(np.minimum(1.0, np.cumsum(pmf[::-1])[::-1]), 0.0)


@lru_cache(maxsize=256)
def _coins(size: int, count: int) -> np.ndarray:
    """Probabilities of size * (2 B - count), B binomial (count, 1/2), for every integer in its range."""
    from scipy import stats

    pmf = np.zeros(2 * size * count + 1)
    pmf[:: 2 * size] = stats.binom.pmf(np.arange(count + 1), count, 0.5)
    pmf.flags.writeable = False  # it is shared by the cache
    return pmf


def _reached(bars: np.ndarray, tail: np.ndarray, size: int) -> np.ndarray:
    """P(net loss / sqrt(size) >= bar) for each bar; 0 for a class without samples, which takes no part."""
    if size == 0:
        return np.zeros(len(bars))
    total = (len(tail) - 2) // 2
    net = np.ceil(bars * np.sqrt(size) - 1e-9)
    return np.asarray(tail[np.clip(net + total, 0, 2 * total + 1).astype(int)])


def regressed(
    lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray, allowance: float, level: float = LEVEL
) -> np.ndarray:
    """Which classes fail, bool (classes,): the drop is real (p <= level) and above `allowance`, a fraction.

    Arguments as in class_p_values. The drop is (lost - gained) / size; 0 for a class without samples.
    """
    lost, gained, sizes = _table(lost, gained, sizes, ndim=1)
    return _large(lost, gained, sizes, allowance) & (class_p_values(lost, gained, sizes) <= level)


def any_regressed(
    lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray, allowance: float, level: float = LEVEL
) -> np.ndarray:
    """Whether any class fails in each of many comparisons: lost, gained (runs, classes) to bool (runs,).

    The same as regressed(...).any() for each run, fast enough for a simulation.
    """
    lost, gained, sizes = _table(lost, gained, sizes, ndim=2)
    statistic = np.where(sizes > 0, (lost - gained) / np.sqrt(np.maximum(sizes, 1)), -np.inf)
    worst = statistic.argmax(axis=1)
    rows = np.arange(len(lost))
    real = _any(_chance(statistic[rows, worst][:, None], lost + gained, sizes)) <= level
    failed = real & _large(lost, gained, sizes, allowance)[rows, worst]
    # A step-down goes on below the worst class, which may be a real but small drop of a large class.
    for run in np.flatnonzero(real & ~failed):
        failed[run] = regressed(lost[run], gained[run], sizes, allowance, level).any()
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


def _large(lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray, allowance: float) -> np.ndarray:
    """Net losses above the allowance; a drop of exactly the allowance is allowed."""
    return (sizes > 0) & (lost - gained > checks.fraction("allowance", allowance) * sizes + 1e-9)


def _step_down(
    net: np.ndarray, sizes: np.ndarray, chance: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> np.ndarray:
    """p-values (classes,); chance(bars (k,), order (k,)) gives P(the class of a column reaches the bar of a row)."""
    statistic = np.where(sizes > 0, net / np.sqrt(np.maximum(sizes, 1)), -np.inf)
    order = np.argsort(-statistic, kind="stable")
    bars = np.where(sizes > 0, statistic, 0.0)[order]
    # Row k: what reaches the k-th largest statistic among the classes from rank k on.
    p_values = _any(np.triu(chance(bars, order)))
    result = np.empty(len(sizes))
    result[order] = np.maximum.accumulate(p_values)
    return np.where(sizes > 0, result, 1.0)


def _chance(bar: np.ndarray, flips: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """P((lost - gained) / sqrt(size) >= bar) where lost is binomial(flips, 1/2); shapes broadcast.

    0 for a class without samples, which takes no part.
    """
    from scipy import special

    # The small allowance counts a class as reaching its own statistic in spite of rounding.
    net = np.ceil(bar * np.sqrt(sizes) - 1e-9)
    fewest_lost = np.ceil((net + flips) / 2)
    return np.where((fewest_lost > flips) | (sizes == 0), 0.0, special.bdtrc(fewest_lost - 1, flips, 0.5))


def _any(chances: np.ndarray) -> np.ndarray:
    """P(at least one of independent events) along the last axis; exact also for tiny probabilities."""
    with np.errstate(divide="ignore"):
        return -np.expm1(np.log1p(-chances).sum(axis=-1))
