"""The simulation behind docs/GATE.md, part four: samples that hang together.

`python -m tests.studies.groups_study` prints the table of the page; test_groups_study.py compares it with it. 10
classes of 100 images; all images of a group are near-identical and flip together. The class rule of the default
policy: 5 points, 4 %.
"""

from __future__ import annotations

import numpy as np

from edgeval.metrics.inference.class_drops import net_loss_p_values
from edgeval.metrics.inference.noninferiority import beyond_p_values, effective_counts
from edgeval.metrics.inference.statistics import holm

CLASSES, IMAGES = 10, 100
LABELS = np.repeat(np.arange(CLASSES), IMAGES)
ALLOWANCE, LEVEL = 0.05, 0.04
RUNS, QUICK_RUNS = 2000, 100
COLUMNS = ["images alone", "warns", "fails", "found: warns", "fails"]


def groups_of(size: int) -> np.ndarray:
    """int64 (n,): groups of `size` images, each in one class."""
    return np.arange(len(LABELS)) // size


def net_losses(size: int, flips: float, lost: float, rng: np.random.Generator) -> np.ndarray:
    """int64 (n,): a share `flips` of the groups turns over by chance, `lost` of the first class is lost on top."""
    groups = groups_of(size)
    draw = rng.random(groups[-1] + 1)
    down = flips / 2 + np.where(LABELS[groups.searchsorted(np.arange(len(draw)))] == 0, lost, 0.0)
    return ((draw < down).astype(int) - (draw > 1 - flips / 2))[groups]


def shown(net: np.ndarray, groups: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Of which classes some loss above the allowance is shown, and of which one beyond it: bool (classes,)."""
    above = np.bincount(LABELS, weights=net, minlength=CLASSES) > ALLOWANCE * IMAGES + 1e-9
    some = above & (net_loss_p_values(net, LABELS, CLASSES, groups) <= LEVEL)
    counts = effective_counts((net > 0)[None], (net < 0)[None], LABELS, CLASSES, groups)
    return some, holm(beyond_p_values(*counts, ALLOWANCE)) <= LEVEL


def table(runs: int = RUNS) -> dict[tuple[str, ...], list[float]]:
    """(group, flips) -> percent of runs without a change that warn as if images stood alone, warn, fail; percent that
    find 30 lost points."""
    rows = {}
    for size in (1, 2, 5, 10):
        for flips in (0.05, 0.10):
            rng, groups = np.random.default_rng(0), groups_of(size)
            outcomes = []
            for _ in range(runs):
                net = net_losses(size, flips, 0.0, rng)
                alone, _ = shown(net, None)
                some, beyond = shown(net, groups)
                found, found_beyond = shown(net_losses(size, flips, 0.3, rng), groups)
                outcomes.append(
                    [alone.any(), some.any() | beyond.any(), beyond.any(), found[0], found_beyond[0]]
                )
            rows[str(size), f"{flips:.0%}"] = (100 * np.mean(outcomes, axis=0)).tolist()
    return rows


if __name__ == "__main__":
    from tests.studies.gate_study import print_table

    print_table(["images of a group", "flips", *COLUMNS], table())
