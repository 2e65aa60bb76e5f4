"""What a gate on class drops can find, and how often it cries wolf, by simulation for given class sizes.

The model: a sample flips from right to wrong or back with probability `flip_rate`, either way equally likely;
that is what rounding, or another seed, does. A class with a real drop loses that fraction of its samples on top.
"""

from __future__ import annotations

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks
from edgeval.metrics.class_drops import LEVEL, any_regressed

RUNS = 2000  # a rate of 5 % is known to +-0.5 points (one standard error), one of 80 % to +-0.9


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
    minimum_drop: float,
    level: float = LEVEL,
    runs: int = RUNS,
    seed: int = 0,
) -> float:
    """Fraction of simulated comparisons that fail; without drops it is the rate of false alarms."""
    lost, gained = simulate_flips(sizes, flip_rate, drops, runs, seed)
    return float(np.mean(any_regressed(lost, gained, sizes, minimum_drop, level)))


def smallest_drop_found(
    sizes: np.ndarray,
    index: int,
    flip_rate: float | np.ndarray,
    minimum_drop: float,
    level: float = LEVEL,
    power: float = 0.8,
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
        return failure_rate(sizes, flip_rate, drops, minimum_drop, level, runs, seed) >= power

    largest = int(size * (1 - np.broadcast_to(flip_rate, sizes.shape)[index]))
    if largest == 0 or not found(largest):
        return None
    missed = 0
    while largest - missed > 1:
        middle = (missed + largest) // 2
        missed, largest = (missed, middle) if found(middle) else (middle, largest)
    return largest / size
