"""The simulation behind docs/GATE.md: what gates on class drops find, and how often they cry wolf.

`python -m tests.studies.gate_study` prints the tables of the page; test_gate_study.py compares them with it.
Every rule sees the same simulated flips. A rule takes lost and gained, integers (runs, classes), and the class
sizes (classes,), and gives bool (runs,): does the comparison fail?
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import special

from edgeval.gate.checks.power import drop_rules
from edgeval.gate.policy import default_policy
from edgeval.metrics.inference.class_drops import LEVEL, any_regressed
from edgeval.metrics.inference.gate_power import simulate_flips, smallest_drop_found

Rule = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
MINIMUM_DROP = 0.05
RULES = drop_rules(default_policy(), judged=1)
assert RULES is not None
SOME_RULES = replace(RULES, class_some=True, accuracy_some=True)
RUNS, SEED = 10_000, 0
FLIP_RATES = (0.01, 0.02, 0.05, 0.10)


def naive(lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """No class may drop 5 points."""
    return ((lost - gained) / sizes >= MINIMUM_DROP - 1e-9).any(axis=1)


def holm_mcnemar(lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Holm over exact one-sided McNemar tests: something fails if the smallest p is at most level / classes."""
    return _bonferroni(_tail(lost, lost + gained))


def holm_mid_p(lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Holm over McNemar's mid-p."""
    return _bonferroni((_tail(lost, lost + gained) + _tail(lost + 1, lost + gained)) / 2)


def exact_min_p(lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The exact distribution of the smallest McNemar p given all flips; at least as strong as Tarone's method."""
    flips = lost + gained
    smallest = _tail(lost, flips).min(axis=1)
    attained = np.zeros(
        (len(flips), flips.max() + 1)
    )  # the largest p that n flips can attain up to `smallest`
    for n in range(1, flips.max() + 1):
        steps = np.append(0.0, _tail(np.arange(n, -1, -1), np.full(n + 1, n)))
        attained[:, n] = steps[np.searchsorted(steps, smallest * (1 + 1e-12), side="right") - 1]
    chances = attained[np.arange(len(flips))[:, None], flips]
    return 1 - np.prod(1 - chances, axis=1) <= LEVEL


def pooled_rate(lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Bonferroni over z tests that take the flip rate of all classes for that of each (unconditional)."""
    rate = (lost + gained).sum(axis=1, keepdims=True) / sizes.sum()
    return _bonferroni(special.ndtr(-(lost - gained) / np.sqrt(np.maximum(sizes * rate, 1e-9))))


def max_t(lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """edgeval's test of classes alone, with the whole level."""
    return any_regressed(lost, gained, sizes, MINIMUM_DROP)


def warns(lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The default policy for one judged model, classes with 4 %, accuracy with 1 %: some loss is shown, or more."""
    return SOME_RULES.fails(lost, gained, sizes)


def fails(lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The same: a loss beyond the allowance is shown."""
    return RULES.fails(lost, gained, sizes)


def _tail(lost: np.ndarray, flips: np.ndarray) -> np.ndarray:
    return special.bdtrc(lost - 1.0, flips, 0.5)


def _bonferroni(p_values: np.ndarray) -> np.ndarray:
    return p_values.min(axis=1) <= LEVEL / p_values.shape[1]


MAIN_RULES: dict[str, Rule] = {"naive": naive, "Holm, McNemar": holm_mcnemar, "warns": warns, "fails": fails}
ALL_RULES: dict[str, Rule] = {
    "naive": naive,
    "pooled flip rate": pooled_rate,
    "Holm, McNemar": holm_mcnemar,
    "Holm, mid-p": holm_mid_p,
    "exact min-p": exact_min_p,
    "maxT": max_t,
}


def drop_of(classes: int, index: int | None, points: float) -> np.ndarray:
    drops = np.zeros(classes)
    if index is not None:
        drops[index] = points / 100
    return drops


def rates(
    rules: dict[str, Rule], sizes: np.ndarray, flip_rate: float | np.ndarray, drops: np.ndarray, runs: int
) -> list[float]:
    """Percent of runs that fail under each rule."""
    lost, gained = simulate_flips(sizes, flip_rate, drops, runs, SEED)
    return [100 * float(np.mean(rule(lost, gained, sizes))) for rule in rules.values()]


def main_table(runs: int = RUNS) -> dict[tuple[str, ...], list[float]]:
    """(classes, flips) -> false alarms of the rules, detection of a 20-point drop, smallest drops (points) found by
    warning and by failing."""
    rows = {}
    for classes in (10, 20, 100):
        sizes = np.full(classes, 100)
        for flip_rate in FLIP_RATES:
            false_alarms = rates(MAIN_RULES, sizes, flip_rate, drop_of(classes, None, 0), runs)
            found = rates(MAIN_RULES, sizes, flip_rate, drop_of(classes, 0, 20), runs)
            smallest = [smallest_drop_found(sizes, 0, flip_rate, rules) for rules in (SOME_RULES, RULES)]
            rows[str(classes), f"{flip_rate:.0%}"] = [
                *false_alarms, *found, *(100 * (drop or np.nan) for drop in smallest),
            ]  # fmt: skip
    return rows


def hard_table(runs: int = RUNS) -> dict[tuple[str, ...], list[float]]:
    """Settings that break assumptions: (setting, what is counted) -> percent of runs that fail, all rules."""
    equal, unequal = np.full(100, 100), np.repeat([20, 50, 100, 300], 25)
    spread = np.geomspace(0.01, 0.25, 100)
    cases = {
        ("flips 10 % in all classes", "no change"): (equal, 0.10, None, 0),
        ("flips 10 % in all classes", "20 points lost"): (equal, 0.10, 0, 20),
        ("flips 1 % to 25 %", "no change"): (equal, spread, None, 0),
        ("flips 1 % to 25 %", "20 points lost, class of 1 %"): (equal, spread, 0, 20),
        ("flips 1 % to 25 %", "20 points lost, class of 25 %"): (equal, spread, 99, 20),
        ("20 to 300 images, flips 5 %", "no change"): (unequal, 0.05, None, 0),
        ("20 to 300 images, flips 5 %", "40 points lost, 20 images"): (unequal, 0.05, 0, 40),
        ("20 to 300 images, flips 5 %", "20 points lost, 50 images"): (unequal, 0.05, 25, 20),
        ("20 to 300 images, flips 5 %", "10 points lost, 300 images"): (unequal, 0.05, 75, 10),
    }
    return {
        name: rates(ALL_RULES, sizes, flip_rate, drop_of(100, index, points), runs)
        for name, (sizes, flip_rate, index, points) in cases.items()
    }


def print_table(header: list[str], rows: dict[tuple[str, ...], list[float]]) -> None:
    print("| " + " | ".join(header) + " |")
    print("|" + " --- |" * len(header))
    for name, values in rows.items():
        print("| " + " | ".join([*name, *(f"{value:.1f}" for value in values)]) + " |")


if __name__ == "__main__":
    print_table(["classes", "flips", *list(MAIN_RULES) * 2, "smallest: warns", "fails"], main_table())
    print()
    print_table(["setting", "change", *ALL_RULES], hard_table())
