"""The simulation behind docs/GATE.md, part five: a gate that runs at every build of a year.

`python -m tests.studies.year_study` prints the tables of the page; test_year_study.py compares them with it. 10
classes of 100 images, the class rule of the default policy (5 points, 4 %), flips 5 %.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import special

from edgeval.metrics.inference.gate_power import DropRules
from tests.studies.former import former_rules_fail

BUILDS, COMMITS, SINKING = 250, 60, 0.005  # a class loses 0.5 points a commit
SIZES, FLIPS = np.full(10, 100), 0.05
RULES = DropRules(0.05, 0.04)
RUNS, QUICK_RUNS = 1000, 60
YEAR_COLUMNS = ["before", "warns", "fails", "e-values"]
SINKING_COLUMNS = ["caught", "after commits", "points lost"]


def builds(
    runs: int, steps: int, recurring: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(lost, gained) against a fixed baseline, int64 (runs, steps, classes): a share of the flips is the same in all
    builds, the rest new in each."""
    shape = (runs, steps, len(SIZES))
    sides = []
    for _ in range(2):
        kept = rng.binomial(SIZES, FLIPS / 2 * recurring, (runs, 1, len(SIZES)))
        sides.append(kept + rng.binomial(SIZES, FLIPS / 2 * (1 - recurring), shape))
    return sides[0], sides[1]


def e_process_alarms(lost: np.ndarray, gained: np.ndarray) -> np.ndarray:
    """Whether an e-process of any class passes classes / level within the year: bool (runs,).

    The evidence that a flip is lost more often than gained, P(lost) uniform on 1/2 to 1, multiplied over the builds as
    if their flips were new each time (Ville's inequality).
    """
    a, b = lost.cumsum(axis=1) + 1.0, gained.cumsum(axis=1) + 1.0
    log_e = (a + b - 1) * np.log(2) + special.betaln(a, b) + np.log(special.betaincc(a, b, 0.5) + 1e-300)
    return np.asarray((log_e >= np.log(len(SIZES) / RULES.class_level)).any(axis=(1, 2)))


def year_table(runs: int = RUNS) -> dict[tuple[str, ...], list[float]]:
    """(recurring flips, builds) -> percent of years without a change that have an alarm."""
    rows = {}
    for recurring in (0.0, 0.5, 1.0):
        lost, gained = builds(runs, BUILDS, recurring, np.random.default_rng(0))
        flat = lost.reshape(-1, len(SIZES)), gained.reshape(-1, len(SIZES))
        some, beyond = former_rules_fail(*flat, SIZES, RULES), RULES.fails(*flat, SIZES)
        alarms = [some, some | beyond, beyond]
        rates = [one.reshape(runs, BUILDS).any(axis=1) for one in alarms]
        rows[f"{recurring:.0%}", str(BUILDS)] = [
            100 * float(one.mean()) for one in (*rates, e_process_alarms(lost, gained))
        ]
    return rows


def sinking_table(runs: int = RUNS) -> dict[tuple[str, ...], list[float]]:
    """(baseline, outcome) -> percent of histories in which the sinking class is caught within the commits; the median
    commit of those, and what the class had lost by then. "anchor": fixed, beside a moving one, with half the level."""
    rows = {}
    for baseline in ("moving", "fixed", "anchor"):
        rules = replace(RULES, class_level=RULES.class_level / 2) if baseline == "anchor" else RULES
        rng = np.random.default_rng(0)
        shape = (runs, COMMITS, len(SIZES))
        # Two builds' flips meet where the baseline moves: twice as many as against a fixed network.
        rate = FLIPS if baseline == "moving" else FLIPS / 2
        lost, gained = rng.binomial(SIZES, rate, shape), rng.binomial(SIZES, rate, shape)
        gone = rng.binomial(SIZES[0], SINKING, (runs, COMMITS))
        lost[:, :, 0] += gone if baseline == "moving" else gone.cumsum(axis=1)
        lost = np.minimum(lost, SIZES - gained)
        flat = lost.reshape(-1, len(SIZES)), gained.reshape(-1, len(SIZES))
        for name, rule in (
            ("warns", former_rules_fail(*flat, SIZES, rules)),
            ("fails", rules.fails(*flat, SIZES)),
        ):
            alarms = rule.reshape(runs, COMMITS)
            caught = alarms.any(axis=1)
            commits = alarms.argmax(axis=1)[caught] + 1
            median = float(np.median(commits)) if caught.any() else float("nan")
            rows[baseline, name] = [100 * float(caught.mean()), median, 100 * SINKING * median]
    return rows


if __name__ == "__main__":
    from tests.studies.gate_study import print_table

    print_table(["flips that recur", "builds", *YEAR_COLUMNS], year_table())
    print()
    print_table(["baseline", "outcome", *SINKING_COLUMNS], sinking_table())
