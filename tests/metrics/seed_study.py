"""The simulation behind docs/GATE.md, part two: several seeds, and different networks.

`python -m tests.metrics.seed_study` prints the tables of the page; test_seed_study.py compares them with it. Every
rule is the default policy for one judged model: a class that lost more than 5 points with p <= 4 %, or an accuracy
that fell by more than 1 point with p <= 1 %. A world has 10 classes of 100 images.
"""

from __future__ import annotations

import numpy as np

from edgeval.metrics.class_drops import class_p_values, net_loss_p_values
from edgeval.metrics.seed_drops import seed_drops
from edgeval.metrics.statistics import mcnemar_exact

CLASSES, IMAGES = 10, 100
LABELS = np.repeat(np.arange(CLASSES), IMAGES)
SIZES = np.full(CLASSES, IMAGES)
RUNS = 2000
LEVELS, ALLOWANCES = (0.04, 0.01), (0.05, 0.01)  # classes, accuracy
SEEDS = ((1, 1), (2, 1), (3, 1), (3, 3))
SPREADS = (0.0, 0.2, 0.3)  # of a class's bias between seeds, in units of an image's margin
LUCK = 0.04  # the same for all classes of a seed


def networks(seeds: int, world: int, spread: float, luck: float = LUCK) -> np.ndarray:
    """Seeds of one size, bool (seeds, images): each image has a margin, each class of a seed a bias, each seed luck."""
    rng = np.random.default_rng(world)
    margin = rng.normal(1.3, 2.0, (CLASSES, IMAGES))
    bias = rng.normal(0, spread, (seeds, CLASSES, 1)) + rng.normal(0, luck, (seeds, 1, 1))
    return (margin + bias + rng.logistic(0, 0.6, (seeds, CLASSES, IMAGES)) > 0).reshape(seeds, -1)


def lost_in(right: np.ndarray, index: int, share: float, world: int) -> np.ndarray:
    """The same with a share of one class's images lost by every seed."""
    lost = (index == LABELS) & (np.random.default_rng(world).random(len(LABELS)) < share)
    return right & ~lost


def other_networks(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, bool]:
    """edgeval between different networks: which classes fail, bool (classes,), and whether the accuracy does."""
    seen = seed_drops(before, after, LABELS, CLASSES)
    classes = (seen.drops > ALLOWANCES[0] + 1e-9) & (seen.class_p_values() <= LEVELS[0])
    return classes, seen.accuracy_drop > ALLOWANCES[1] + 1e-9 and seen.accuracy_p_value() <= LEVELS[1]


def mcnemar(before: np.ndarray, after: np.ndarray) -> bool:
    """The test of images alone on the first seed of each side, as if no seed ever differed."""
    lost, gained = _by_class(before[0] & ~after[0]), _by_class(after[0] & ~before[0])
    return _policy((lost - gained) / SIZES, class_p_values(lost, gained, SIZES), lost.sum(), gained.sum())


def _by_class(mask: np.ndarray) -> np.ndarray:
    return np.bincount(LABELS[mask], minlength=CLASSES)


def _policy(drops: np.ndarray, p_values: np.ndarray, lost: int, gained: int) -> bool:
    classes = (drops > ALLOWANCES[0] + 1e-9) & (p_values <= LEVELS[0])
    accuracy = drops.mean() > ALLOWANCES[1] + 1e-9 and mcnemar_exact(lost, gained) <= LEVELS[1]
    return bool(classes.any() or accuracy)


def other_networks_table(runs: int = RUNS) -> dict[tuple[str, ...], list[float]]:
    """(seeds, spread) -> percent: false alarms of images alone and of edgeval, how often 40 lost points are found."""
    rows = {}
    for before, after in SEEDS:
        for spread in SPREADS:
            failed = []
            for world in range(runs):
                right = networks(before + after, world, spread)
                first, second = right[:before], right[before:]
                classes, accuracy = other_networks(first, second)
                found, _ = other_networks(first, lost_in(second, 4, 0.6, world))
                failed.append((mcnemar(first, second), classes.any() or accuracy, found[4]))
            rows[f"{before} and {after}", f"{spread:g}"] = (100 * np.mean(failed, axis=0)).tolist()
    return rows


def same_networks(seeds: int, alike: float, flips: float, run: int) -> np.ndarray:
    """Net losses, int (seeds, images), without a change: an image flips by chance, in all seeds alike with `alike`."""
    rng = np.random.default_rng(run)
    common = rng.random(len(LABELS)) < alike
    draw = np.where(common, rng.random(len(LABELS)), rng.random((seeds, len(LABELS))))
    return (draw < flips / 2).astype(int) - (draw > 1 - flips / 2)


def same_networks_table(runs: int = RUNS) -> dict[tuple[str, ...], list[float]]:
    """(alike, flips) -> percent of runs that fail without a change: 3 seeds pooled as if independent, and edgeval."""
    rows = {}
    for alike in (0.0, 0.5, 1.0):
        for flips in (0.02, 0.05, 0.10):
            failed = [_pooled_and_images(same_networks(3, alike, flips, run)) for run in range(runs)]
            rows[f"{alike:.0%}", f"{flips:.0%}"] = (100 * np.mean(failed, axis=0)).tolist()
    return rows


def _pooled_and_images(net: np.ndarray) -> tuple[bool, bool]:
    lost, gained = ((sign * net > 0).sum(axis=0) for sign in (1, -1))
    by_class = [np.bincount(LABELS, weights=part, minlength=CLASSES).astype(int) for part in (lost, gained)]
    drops = (by_class[0] - by_class[1]) / (len(net) * SIZES)
    pooled = _policy(drops, class_p_values(*by_class, len(net) * SIZES), int(lost.sum()), int(gained.sum()))
    summed = net.sum(axis=0)
    classes = (drops > ALLOWANCES[0] + 1e-9) & (net_loss_p_values(summed, LABELS, CLASSES) <= LEVELS[0])
    overall = net_loss_p_values(summed, np.zeros_like(LABELS), 1)[0] <= LEVELS[1]
    return pooled, bool(classes.any() or (drops.mean() > ALLOWANCES[1] + 1e-9 and overall))


if __name__ == "__main__":
    from tests.metrics.gate_study import print_table

    print_table(["seeds", "spread", "images alone", "edgeval", "class found"], other_networks_table())
    print()
    print_table(["alike", "flips", "pooled seeds", "edgeval"], same_networks_table())
