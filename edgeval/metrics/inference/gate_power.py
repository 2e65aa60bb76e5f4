"""What a gate on drops can find, and how often it cries wolf, by simulation for given class sizes.

The model: a sample flips from right to wrong or back with probability `flip_rate`, either way equally likely;
that is what rounding does. A class with a real drop loses that fraction of its samples on top.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks
from edgeval.metrics.inference.class_drops import LEVEL, any_regressed
from edgeval.metrics.inference.noninferiority import beyond_p_values
from edgeval.metrics.inference.statistics import mcnemar_exact

RUNS = 2000  # a rate of 5 % is known to +-0.5 points (one standard error), one of 80 % to +-0.9
POWER = 0.8


@dataclass(frozen=True)
class DropRules:
    """The tested rules of a policy: allowances are fractions, None switches a rule off; levels add up.

    A rule fails where a loss beyond its allowance is shown, and with `class_some` or `accuracy_some` also where some
    loss is shown and what is seen is above the allowance.
    """

    class_allowance: float | None
    class_level: float = LEVEL
    accuracy_allowance: float | None = None
    accuracy_level: float = 0.0
    class_some: bool = False
    accuracy_some: bool = False

    def fails(self, lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """Whether either rule fails: lost, gained integers (runs, classes) to bool (runs,)."""
        failed = np.zeros(len(lost), bool)
        if self.accuracy_allowance is not None:
            failed |= self.accuracy_fails(lost, gained, sizes)
        if self.class_allowance is not None:
            failed |= self.class_fails(lost, gained, sizes)
        return failed

    def class_fails(self, lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """The class rule alone."""
        allowance, level = self.class_allowance or 0.0, self.class_level
        failed = np.zeros(len(lost), bool)
        if allowance > 0:
            failed = any_beyond(lost, gained, sizes, allowance, level)
        if self.class_some or not allowance:
            failed |= any_regressed(lost, gained, sizes, allowance, level)
        return failed

    def accuracy_fails(self, lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """The accuracy rule alone, over all samples; some loss is the exact McNemar test."""
        allowance, level = self.accuracy_allowance or 0.0, self.accuracy_level
        overall = lost.sum(axis=1), gained.sum(axis=1)
        failed = np.zeros(len(lost), bool)
        if allowance > 0:
            all_lost, all_gained = (column[:, None] for column in overall)
            failed = any_beyond(all_lost, all_gained, sizes.sum(keepdims=True), allowance, level)
        if self.accuracy_some or not allowance:
            large = overall[0] - overall[1] > allowance * sizes.sum() + 1e-9
            failed |= large & (mcnemar_exact(*overall) <= level)
        return failed


def any_beyond(
    lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray, allowance: float, level: float
) -> np.ndarray:
    """Whether for any class a loss beyond the allowance is shown: lost, gained (runs, classes) to bool (runs,).

    Holm's first step, Bonferroni's, decides whether any does.
    """
    tested = np.count_nonzero(sizes)
    above = lost - gained > allowance * sizes + 1e-9
    shown = np.zeros(lost.shape, bool)
    shown[above] = (
        beyond_p_values(lost[above], gained[above], np.broadcast_to(sizes, lost.shape)[above], allowance)
        <= level / tested
    )
    return np.asarray(shown.any(axis=1))


def simulate_flips(
    sizes: np.ndarray, flip_rate: float | np.ndarray, drops: np.ndarray, runs: int = RUNS, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """(lost, gained), two int64 (runs, classes), of simulated comparisons.

    sizes: integers (classes,); flip_rate: a fraction, or one a class (classes,); drops: fractions (classes,), 0
    where nothing changed. flip_rate + drop must not exceed 1 (DataError): a sample that flips cannot be lost too.
    """
    sizes, drops = checks.counts("class sizes", sizes), checks.fractions("drops", drops)
    rates = checks.fractions("flip rates", np.broadcast_to(flip_rate, sizes.shape))
    checks.same_length(sizes=sizes, drops=drops)
    if (rates + drops > 1 + 1e-9).any():
        raise DataError(
            f"a flip rate and a drop add up to {(rates + drops).max():g} of a class; expected at most 1"
        )
    rng = np.random.default_rng(seed)
    shape = (checks.positive("runs", runs), len(sizes))
    gained = rng.binomial(sizes, rates / 2, shape)
    lost = rng.binomial(sizes - gained, np.minimum(1.0, (rates / 2 + drops) / (1 - rates / 2)), shape)
    return lost, gained


def failure_rate(
    sizes: np.ndarray,
    flip_rate: float | np.ndarray,
    drops: np.ndarray,
    rules: DropRules,
    runs: int = RUNS,
    seed: int = 0,
) -> float:
    """Fraction of simulated comparisons that fail; without drops it is the rate of false alarms."""
    lost, gained = simulate_flips(sizes, flip_rate, drops, runs, seed)
    return float(np.mean(rules.fails(lost, gained, sizes)))


def rate_bound(rate: float, runs: int = RUNS, confidence: float = 0.99) -> float:
    """One-sided upper bound of a simulated rate, a fraction (Clopper, Pearson 1934): 0 of 2,000 runs may be 0.2 %."""
    from scipy import special

    count = round(rate * checks.positive("runs", runs))
    return 1.0 if count >= runs else float(special.betaincinv(count + 1, runs - count, confidence))


def smallest_drop_found(
    sizes: np.ndarray,
    index: int,
    flip_rate: float | np.ndarray,
    rules: DropRules,
    power: float = POWER,
    runs: int = RUNS,
    seed: int = 0,
) -> float | None:
    """The smallest drop of class `index`, a fraction, that fails at least `power` of the comparisons.

    In steps of one sample of the class; all other classes are unchanged. None where even the loss of all samples
    that do not flip anyway is not found so often, or the class has no samples.
    """
    sizes = checks.counts("class sizes", sizes)
    size = int(sizes[index])

    def found(samples: int) -> bool:
        drops = np.zeros(len(sizes))
        drops[index] = samples / size
        return failure_rate(sizes, flip_rate, drops, rules, runs, seed) >= power

    largest = int(size * (1 - np.broadcast_to(flip_rate, sizes.shape)[index]))
    steps = _smallest(found, largest)
    return None if steps is None else steps / size


def smallest_accuracy_drop_found(
    sizes: np.ndarray,
    flip_rate: float | np.ndarray,
    rules: DropRules,
    power: float = POWER,
    runs: int = RUNS,
    seed: int = 0,
) -> float | None:
    """The smallest drop of the accuracy, a fraction alike in all classes, that the accuracy rule alone finds.

    In steps of one sample of the test set; None where even the largest is missed too often.
    """
    sizes = checks.counts("class sizes", sizes)
    total = int(sizes.sum())

    def found(samples: int) -> bool:
        drops = np.full(len(sizes), samples / total)
        lost, gained = simulate_flips(sizes, flip_rate, drops, runs, seed)
        return float(np.mean(rules.accuracy_fails(lost, gained, sizes))) >= power

    steps = _smallest(found, int(total * (1 - np.max(flip_rate))))
    return None if steps is None else steps / total


def _smallest(found: Callable[[int], bool], largest: int) -> int | None:
    """The smallest number from 1 to `largest` that is found, by bisection; None where `largest` is not."""
    if largest <= 0 or not found(largest):
        return None
    missed = 0
    while largest - missed > 1:
        middle = (missed + largest) // 2
        missed, largest = (missed, middle) if found(middle) else (middle, largest)
    return largest


def smallest_drop_beyond_spread(
    error: float,
    freedom: float,
    allowance: float,
    level: float,
    power: float = POWER,
    runs: int = RUNS,
    seed: int = 0,
) -> float:
    """The smallest true drop, a fraction, that a test with Student's t shows to be beyond the allowance in at least
    `power` of the runs.

    error: standard error of the drop; freedom: its degrees of freedom; level: of this one class, after adjustment.
    A run sees the drop with a normal error and an estimate of the error.
    """
    from scipy import stats

    rng = np.random.default_rng(seed)
    luck = error * rng.standard_normal(checks.positive("runs", runs))
    estimated = error * np.sqrt(rng.chisquare(freedom, runs) / freedom)
    needed = allowance + stats.t.isf(level, freedom) * estimated - luck
    return float(np.quantile(needed, power, method="higher"))
