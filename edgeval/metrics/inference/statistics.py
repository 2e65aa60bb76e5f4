"""Tests and intervals for paired outcomes: is a drop real, and how large may it be?

For two models on the same samples, `lost` counts those that only the first gets right, `gained` those that
only the second gets right. All functions of counts take integers or integer arrays with one element per class.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks


def mcnemar_exact(lost: Any, gained: Any, two_sided: bool = False) -> np.ndarray:
    """p-values of the exact McNemar test, float64 of the counts' shape.

    Without a change each of the lost + gained flips is equally likely to go either way, so `lost` is binomial
    (lost + gained, 1/2). One-sided (default, for regressions): P(X >= lost). Two-sided: twice the smaller
    tail, at most 1, as in statsmodels. Without flips p is 1.

    >>> float(mcnemar_exact(5, 0))
    0.03125
    """
    lost, gained = _counts(lost, gained)
    tail = _at_least(lost, lost + gained)
    if not two_sided:
        return tail
    return np.minimum(1.0, 2 * np.minimum(tail, _at_least(gained, lost + gained)))


def _counts(lost: Any, gained: Any) -> tuple[np.ndarray, np.ndarray]:
    lost, gained = checks.counts("lost", lost), checks.counts("gained", gained)
    if lost.shape != gained.shape:
        raise DataError(
            f"lost has shape {lost.shape}, gained {gained.shape}; expected one count of each per class"
        )
    return lost, gained


def _at_least(successes: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """P(X >= successes) for X binomial (trials, 1/2)."""
    from scipy import special

    return np.asarray(special.bdtrc(successes - 1.0, trials, 0.5))


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm's adjusted p-values (m,): reject those <= level, and P(any false rejection) <= level (Holm 1979).

    >>> holm(np.array([0.01, 0.04, 0.03])).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p_values = checks.fractions("p-values", p_values)
    order = np.argsort(p_values)
    scaled = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty_like(scaled)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(scaled))
    return adjusted


def wilson_interval(successes: Any, trials: Any, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Wilson score interval (low, high) of a proportion, within 0 to 1 (Wilson 1927).

    Counts of one shape, successes <= trials. Without trials nothing is known: (0, 1).

    >>> [round(float(bound), 3) for bound in wilson_interval(8, 10)]
    [0.49, 0.943]
    """
    successes, trials = checks.counts("successes", successes), checks.counts("trials", trials)
    if successes.shape != trials.shape or (successes > trials).any():
        raise DataError(
            f"{successes!r:.60} successes of {trials!r:.60} trials; expected at most one success per trial"
        )
    z2 = _normal_quantile(confidence) ** 2
    n = np.maximum(trials, 1)
    p = successes / n
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    # Rounding must not leave the exact end points 0 and 1.
    low = np.where((trials == 0) | (successes == 0), 0.0, np.maximum(centre - half, 0.0))
    high = np.where((trials == 0) | (successes == trials), 1.0, np.minimum(centre + half, 1.0))
    return low, high


def paired_difference_interval(
    both: Any, lost: Any, gained: Any, neither: Any, confidence: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Interval (low, high) of accuracy after - accuracy before on the same samples, within -1 to 1.

    both, lost, gained, neither: counts of samples that both models, only the first, only the second and none
    get right. Newcombe's method 10 (Statistics in Medicine 17, 1998, 2635): the Wilson intervals of the two
    accuracies, squared and added with a correction for their correlation. Sound also for few or no flips, where
    it is wider than it need be. Without samples: (-1, 1).

    >>> [round(float(bound), 4) for bound in paired_difference_interval(59, 6, 16, 80)]
    [0.0046, 0.1186]
    """
    table = [checks.counts("outcomes", cell) for cell in (both, lost, gained, neither)]
    if len({cell.shape for cell in table}) > 1:
        raise DataError("both, lost, gained and neither must have one shape, a class an element")
    both, lost, gained, neither = table
    samples = both + lost + gained + neither
    before, after = (both + lost) / np.maximum(samples, 1), (both + gained) / np.maximum(samples, 1)
    low_before, high_before = wilson_interval(both + lost, samples, confidence)
    low_after, high_after = wilson_interval(both + gained, samples, confidence)
    phi = _newcombe_phi(both, lost, gained, neither)
    down = _added(after - low_after, high_before - before, phi)
    up = _added(high_after - after, before - low_before, phi)
    known = samples > 0
    return np.where(known, after - before - down, -1.0), np.where(known, after - before + up, 1.0)


def _newcombe_phi(both: np.ndarray, lost: np.ndarray, gained: np.ndarray, neither: np.ndarray) -> np.ndarray:
    """Correlation of the two outcomes, a positive one after a continuity correction; 0 where a margin is empty."""
    margins = (both + lost) * (gained + neither).astype(float) * (both + gained) * (lost + neither)
    excess = (both * neither - lost * gained).astype(float)
    samples = both + lost + gained + neither
    corrected = np.where(excess > 0, np.maximum(excess - samples / 2, 0), excess)
    return np.where(margins > 0, corrected / np.sqrt(np.maximum(margins, 1)), 0.0)


def _added(half_a: np.ndarray, half_b: np.ndarray, phi: np.ndarray) -> np.ndarray:
    return np.sqrt(np.maximum(half_a**2 - 2 * phi * half_a * half_b + half_b**2, 0))


def _normal_quantile(confidence: float) -> float:
    from scipy import special

    if not 0 < confidence < 1:
        raise DataError(f"confidence is {confidence}, expected a fraction between 0 and 1, for instance 0.95")
    return float(special.ndtri((1 + confidence) / 2))
