"""The simulation behind docs/GATE.md, part three: losses within the allowance, at it and beyond it.

`python -m tests.studies.allowance_study` prints the table of the page; test_allowance_study.py compares it with it.
The default policy: classes may lose 5 points, the accuracy 1.
"""

from __future__ import annotations

import numpy as np

from edgeval.gate.checks.power import drop_rules
from edgeval.gate.policy import default_policy
from edgeval.metrics.inference.gate_power import DropRules
from tests.studies.former import former_rules_fail

RULES = drop_rules(default_policy(), judged=1)
assert RULES is not None
CLASSES_ALONE = DropRules(RULES.class_allowance, RULES.class_level)
RUNS, QUICK_RUNS = 10_000, 1000
WITHIN = 4  # the first rows lose at most what is allowed
COLUMNS = ["before", "fails", "fails or warns"]


def flips(
    sizes: np.ndarray, rate: float, drops: np.ndarray, runs: int, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """(lost, gained), int64 (runs, classes): a share `rate` flips by chance, and `drops` are lost, below 0 gained."""
    rng = np.random.default_rng(seed)
    up, down = rate / 2 + np.maximum(-drops, 0), rate / 2 + np.maximum(drops, 0)
    gained = rng.binomial(sizes, up, (runs, len(sizes)))
    return rng.binomial(sizes - gained, down / (1 - up)), gained


def settings() -> dict[tuple[str, str], tuple[np.ndarray, float, np.ndarray]]:
    """(classes, what is lost) -> (sizes, flip rate, true drops)."""
    ten, hundred, large = np.full(10, 100), np.full(100, 100), np.full(100, 300)

    def one(sizes: np.ndarray, points: float) -> np.ndarray:
        return np.where(np.arange(len(sizes)) == 0, points / 100, 0.0)

    return {
        ("10 of 100", "one class 5 points"): (ten, 0.05, one(ten, 5)),
        ("10 of 100", "all classes 5 points"): (ten, 0.05, np.full(10, 0.05)),
        ("100 of 100", "all classes 5 points"): (hundred, 0.05, np.full(100, 0.05)),
        ("100 of 300", "half lose 3, half gain 3"): (large, 0.05, np.where(np.arange(100) % 2, 0.03, -0.03)),
        ("10 of 100", "one class 10 points"): (ten, 0.05, one(ten, 10)),
        ("10 of 100", "one class 20 points"): (ten, 0.05, one(ten, 20)),
        ("10 of 100", "one class 30 points"): (ten, 0.05, one(ten, 30)),
        ("100 of 100", "one class 20 points"): (hundred, 0.05, one(hundred, 20)),
        ("100 of 100", "one class 30 points"): (hundred, 0.05, one(hundred, 30)),
        ("100 of 300", "one class 20 points"): (large, 0.05, one(large, 20)),
    }


def table(runs: int = RUNS) -> dict[tuple[str, ...], list[float]]:
    """(classes, lost) -> percent of runs: the class rule before; now failing; now failing or warning."""
    rows: dict[tuple[str, ...], list[float]] = {}
    for name, (sizes, rate, drops) in settings().items():
        lost, gained = flips(sizes, rate, drops, runs if len(sizes) < 100 else runs // 4)
        before = former_rules_fail(lost, gained, sizes, CLASSES_ALONE)
        fails = CLASSES_ALONE.fails(lost, gained, sizes)
        rows[name] = [100 * float(np.mean(column)) for column in (before, fails, fails | before)]
    return rows


if __name__ == "__main__":
    from tests.studies.gate_study import print_table

    print_table(["classes of images", "true change", *COLUMNS], table())
