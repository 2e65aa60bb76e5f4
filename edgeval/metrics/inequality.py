"""How unequally accuracy is spread over the classes, and how much of that is chance."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks


def gini(class_accuracy: Any) -> float:
    """Gini coefficient sum_i sum_j |a_i - a_j| / (2 C^2 mean(a)) of the accuracies of C classes.

    class_accuracy: (C,) of fractions, masked where a class has no samples; such classes do not take part.
    From 0 (all equal) to 1 - 1/C (one class has everything); 0 where all accuracies are 0, for they are equal.

    >>> gini(np.array([0.0, 1.0]))
    0.5
    """
    values = np.ma.compressed(np.ma.asarray(class_accuracy))
    if values.size == 0:
        raise DataError("no class has samples; there is no Gini coefficient")
    values = np.sort(checks.fractions("class accuracy", values))
    total = values.sum()
    if total == 0:
        return 0.0
    # With sorted values the double sum is 2 sum_i (2i - C - 1) a_i, i from 1.
    weights = 2 * np.arange(1, len(values) + 1) - len(values) - 1
    return max(0.0, float(weights @ values / (len(values) * total)))


def gini_rows(class_accuracy: np.ndarray) -> np.ndarray:
    """The Gini coefficient along the last axis: float64 (..., C) without masked classes to (...)."""
    values = np.sort(class_accuracy, axis=-1)
    classes = values.shape[-1]
    total = values.sum(axis=-1)
    weighted = values @ (2 * np.arange(1, classes + 1) - classes - 1.0)
    return np.where(total > 0, weighted / np.maximum(classes * total, 1e-300), 0.0)


def gini_without_noise(class_accuracy: Any, class_sizes: np.ndarray) -> float:
    """Estimate of the Gini that endless test images would show: what is left when sampling noise is taken out.

    Testing on n_i images adds a variance of a_i (1 - a_i) / (n_i - 1) to a class's accuracy. The deviations from
    the mean are shrunk so that their variance is the observed one less this, and Gini is linear in them. 0 where
    chance alone explains what is seen. Classes with fewer than two images do not take part.

    class_accuracy: (C,), masked where a class has no samples; class_sizes: integers (C,).
    """
    accuracies, sizes = np.ma.asarray(class_accuracy), checks.counts("class sizes", class_sizes)
    checks.same_length(class_accuracy=accuracies, class_sizes=sizes)
    tested = (sizes > 1) & ~np.ma.getmaskarray(accuracies)
    values, sizes = np.asarray(accuracies.data, float)[tested], sizes[tested]
    if len(values) < 2:
        return 0.0
    noise, seen = float(np.mean(values * (1 - values) / (sizes - 1))), float(values.var(ddof=1))
    return gini(values) * max(0.0, 1 - noise / seen) ** 0.5 if seen > 0 else 0.0


def gini_interval(
    class_accuracy: Any, class_sizes: np.ndarray, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval of the Gini that endless images of these classes would show, from one network's test.

    The spread of the classes beyond that of sampling is a variance component: the deviations' sum of squares over the
    sampling variance is noncentral chi square with C - 1 degrees of freedom, whose noncentrality is bounded by
    inverting its distribution; Gini is linear in the square root of it. It begins at 0 where chance explains what is
    seen. Arguments and classes as in `gini_without_noise`. Coverage by simulation is in docs/ANALYSIS.md.
    """
    accuracies, sizes = np.ma.asarray(class_accuracy), checks.counts("class sizes", class_sizes)
    checks.same_length(class_accuracy=accuracies, class_sizes=sizes)
    tested = (sizes > 1) & ~np.ma.getmaskarray(accuracies)
    values, sizes = np.asarray(accuracies.data, float)[tested], sizes[tested]
    if len(values) < 2 or values.var() == 0:
        return 0.0, 0.0
    noise, freedom = float(np.mean(values * (1 - values) / (sizes - 1))), len(values) - 1
    squares = float(values.var(ddof=1)) * freedom
    if noise == 0:  # every class is all right or all wrong
        return gini(values), gini(values)
    bounds = [_noncentrality(squares / noise, freedom, (1 + sign * confidence) / 2) for sign in (1, -1)]
    low, high = (gini(values) * (bound * noise / squares) ** 0.5 for bound in bounds)
    return low, high


def _noncentrality(seen: float, freedom: int, share: float) -> float:
    """The noncentrality with which a noncentral chi square is at most `seen` with probability `share`; at least 0."""
    from scipy import optimize, special

    def excess(noncentrality: float) -> float:
        return float(special.chndtr(seen, freedom, noncentrality)) - share

    if excess(0.0) <= 0:
        return 0.0
    high = 4 * seen + 10
    while excess(high) > 0:
        high *= 2
    return float(optimize.brentq(excess, 0.0, high))


def equal_classes_p(class_accuracy: Any, class_sizes: np.ndarray) -> float:
    """p of "all classes are equally hard": chi square test of homogeneity of the right predictions of the classes.

    class_accuracy: (C,), masked where a class has no samples; class_sizes: integers (C,). 1 where fewer than two
    classes have samples, or all predictions are right, or all wrong.
    """
    from scipy import special

    accuracies, sizes = np.ma.asarray(class_accuracy), checks.counts("class sizes", class_sizes)
    checks.same_length(class_accuracy=accuracies, class_sizes=sizes)
    tested = (sizes > 0) & ~np.ma.getmaskarray(accuracies)
    values, sizes = np.asarray(accuracies.data, float)[tested], sizes[tested]
    overall = float(values @ sizes / sizes.sum()) if sizes.size else 0.0
    if len(values) < 2 or not 0 < overall < 1:
        return 1.0
    statistic = float(sizes @ (values - overall) ** 2) / (overall * (1 - overall))
    return float(special.chdtrc(len(values) - 1, statistic))


def gini_null(accuracy: float, class_sizes: np.ndarray) -> float:
    """Expected Gini if every class had the same accuracy: what the size of the test set alone produces.

    accuracy: fraction; class_sizes: integers (C,), test images of each class, unequal ones allowed; classes
    without images do not take part. The right predictions of class i are binomial(n_i, accuracy), and the
    result is E[sum_ij |a_i - a_j|] / (2 C^2 accuracy). The numerator is exact: E|X - Y| is the integral of
    F(1 - G) + G(1 - F) over the distribution functions. That the mean accuracy varies too is left out; this
    is below 1 % of the result from about 50 right predictions in all on, and 0.1 % from 500.

    The paper (section 5.5) has about 0.067 and 0.032 for the smallest and the largest ScaleCNN: these are the
    values with C (C - 1) for C^2 at the accuracies 0.4171 and 0.7532. With C^2, as in `gini`, they are 1 % lower.

    >>> round(gini_null(0.42, np.full(100, 100)), 4)
    0.0656
    """
    checks.fraction("accuracy", accuracy)
    sizes = checks.counts("class sizes", class_sizes)
    sizes = sizes[sizes > 0]
    if sizes.size == 0:
        raise DataError("no class has samples; there is no Gini coefficient")
    if accuracy == 0:
        return 0.0
    kinds, classes_of_kind = np.unique(sizes, return_counts=True)
    steps = np.unique(np.concatenate([np.arange(size + 1) / size for size in kinds]))
    below = np.stack([_distribution(size, accuracy, steps[:-1]) for size in kinds])
    cumulated = classes_of_kind @ below
    itself = classes_of_kind @ (below * (1 - below))
    density = cumulated * (sizes.size - cumulated) - itself
    return float(2 * density @ np.diff(steps) / (2 * sizes.size**2 * accuracy))


def _distribution(size: int, accuracy: float, steps: np.ndarray) -> np.ndarray:
    """P(X / size <= step) of a binomial X at each step."""
    from scipy import special

    cumulated = special.bdtr(np.arange(size + 1.0), size, accuracy)
    # The small excess keeps step * size from falling below the integer it stands for.
    return cumulated[np.floor(steps * size + 1e-9).astype(np.int64)]
