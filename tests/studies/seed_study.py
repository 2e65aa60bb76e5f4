"""The simulation behind docs/GATE.md, part two: different networks, and several seeds of the same ones.

`python -m tests.studies.seed_study` prints the tables of the page; test_seed_study.py compares them with it. Every
rule is the default policy for one judged model: a class that lost more than 5 points with p <= 4 %, or an accuracy
that fell by more than 1 point with p <= 1 %. Classes have 100 images.
"""

from __future__ import annotations

import numpy as np

from edgeval.metrics.inference.class_drops import class_p_values, net_loss_p_values
from edgeval.metrics.inference.gate_power import DropRules
from edgeval.metrics.inference.seed_drops import SeedDrops, SeedSpread, drops_of_accuracies
from edgeval.metrics.inference.statistics import mcnemar_exact
from tests.studies.former import former_rules_fail, former_seed_drops
from tests.studies.worlds import Seeds, disagreement

LEVELS, ALLOWANCES = (0.04, 0.01), (0.05, 0.01)  # classes, accuracy
RUNS, QUICK_RUNS = 4000, 150
KNOWN = 3  # seeds of an earlier baseline
SEEDS = {"2 and 1": (0, 2, 1), "3 and 1": (0, 3, 1), "5 and 1": (0, 5, 1), "3 and 3": (0, 3, 3),
         "1 and 1": (KNOWN, 1, 1)}  # fmt: skip
SETTINGS = {"alike": {}, "x1.65": {"unequal": 1.65}, "2 points": {"unequal": 1.35, "luck": 0.13}}
COLUMNS = ["images alone", *(f"{name}: {which}" for name in SETTINGS for which in ("before", "now")),
           "found: before", "now"]  # fmt: skip
LOST = 0.6  # of the right answers of one class: 40 points


def warns(seen: SeedDrops) -> np.ndarray:
    """Of which classes some loss is shown and, last, of the accuracy: bool (classes + 1,)."""
    above = np.append(seen.drops, seen.accuracy_drop) > _per_rule(ALLOWANCES, seen) + 1e-9
    p_values = np.append(seen.class_p_values(), seen.accuracy_p_value())
    return np.asarray(above & (p_values <= _per_rule(LEVELS, seen)))


def fails(seen: SeedDrops) -> np.ndarray:
    """Of which a loss beyond the allowance is shown."""
    classes = seen.class_beyond_p_values(np.full(len(seen.drops), ALLOWANCES[0]))
    p_values = np.append(classes, seen.accuracy_beyond_p_value(ALLOWANCES[1]))
    return np.asarray(p_values <= _per_rule(LEVELS, seen))


def _per_rule(pair: tuple[float, float], seen: SeedDrops) -> np.ndarray:
    return np.append(np.full(len(seen.drops), pair[0]), pair[1])


def run_rates(where: Seeds, groups: tuple[int, int, int], runs: int, lost: float = 0.0) -> list[float]:
    """Percent of runs: images alone, before, now warning or failing, now failing. With `lost` those that find the
    first class."""
    known, before, _ = groups
    outcomes = []
    for right in where.batches(sum(groups), runs):
        if lost:
            kept = np.random.default_rng(1).random((len(right), 1, where.images)) >= lost
            right[:, known + before :, 0] &= kept
        judged = right[:, known:]
        accuracies, flips = right.mean(axis=3), disagreement(judged)
        images = images_alone(judged[:, 0], judged[:, before], where)
        for row, flip, alone in zip(accuracies, flips, images, strict=True):
            shown = _shown(row, flip, groups, np.full(where.classes, where.images))
            outcomes.append([alone, *(bool(one[0] if lost else one.any()) for one in shown)])
    return (100 * np.mean(outcomes, axis=0)).tolist()


def _shown(
    row: np.ndarray, flips: np.ndarray, groups: tuple[int, int, int], sizes: np.ndarray
) -> list[np.ndarray]:
    """Of one world before, now with a warning at least, and failing."""
    known, before, _ = groups
    sides = row[known : known + before], row[known + before :]
    earlier = row[:known]
    spread = (
        SeedSpread(earlier.var(axis=0, ddof=1), earlier.mean(axis=1).var(ddof=1), known - 1)
        if known
        else None
    )
    now = drops_of_accuracies(*sides, flips, sizes, spread)
    return [warns(former_seed_drops(*sides, flips, sizes)), warns(now) | fails(now), fails(now)]


def images_alone(before: np.ndarray, after: np.ndarray, where: Seeds) -> np.ndarray:
    """The test of images on one seed of each side, as if no seed ever differed: (b, classes, images) to bool (b,)."""
    lost, gained = (before & ~after).sum(axis=2), (after & ~before).sum(axis=2)
    rules = DropRules(ALLOWANCES[0], LEVELS[0], ALLOWANCES[1], LEVELS[1])
    return former_rules_fail(lost, gained, np.full(where.classes, where.images), rules)


def other_networks_table(runs: int = RUNS) -> dict[tuple[str, ...], list[float]]:
    """(classes, seeds) -> percent: false alarms in each setting before and now, how often 40 lost points are found."""
    rows = {}
    for classes in (2, 10, 100):
        count = runs if classes < 100 else runs // 2
        for name, groups in SEEDS.items():
            levels = [run_rates(Seeds(classes, **extra), groups, count) for extra in SETTINGS.values()]
            found = run_rates(Seeds(classes), groups, max(count // 4, 100), LOST)
            both = [rate for one in levels for rate in one[1:3]]
            rows[str(classes), name] = [levels[0][0], *both, *found[1:3]]
    return rows


CLASSES, IMAGES = 10, 100
LABELS = np.repeat(np.arange(CLASSES), IMAGES)
SIZES = np.full(CLASSES, IMAGES)
SAME_RUNS = 2000


def _policy(drops: np.ndarray, p_values: np.ndarray, lost: int, gained: int) -> bool:
    classes = (drops > ALLOWANCES[0] + 1e-9) & (p_values <= LEVELS[0])
    accuracy = drops.mean() > ALLOWANCES[1] + 1e-9 and mcnemar_exact(lost, gained) <= LEVELS[1]
    return bool(classes.any() or accuracy)


def same_networks(seeds: int, alike: float, flips: float, run: int) -> np.ndarray:
    """Net losses, int (seeds, images), without a change: an image flips by chance, in all seeds alike with `alike`."""
    rng = np.random.default_rng(run)
    common = rng.random(len(LABELS)) < alike
    draw = np.where(common, rng.random(len(LABELS)), rng.random((seeds, len(LABELS))))
    return (draw < flips / 2).astype(int) - (draw > 1 - flips / 2)


def same_networks_table(runs: int = SAME_RUNS) -> dict[tuple[str, ...], list[float]]:
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
    from tests.studies.gate_study import print_table

    print_table(["number of classes", "seeds", *COLUMNS], other_networks_table())
    print(flush=True)
    print_table(["alike", "flips", "pooled seeds", "edgeval"], same_networks_table())
