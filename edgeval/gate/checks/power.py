"""What the gate would have found: false alarms and smallest drops, by simulation at the flips seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from edgeval.gate.judged import Judged
from edgeval.gate.policy import DIFFERENCE, SOME, Policy
from edgeval.metrics.inference.gate_power import (
    POWER,
    RUNS,
    DropRules,
    failure_rate,
    rate_bound,
    smallest_accuracy_drop_found,
    smallest_drop_beyond_spread,
    smallest_drop_found,
)

SEED = 0
PRIOR_IMAGES = 10


def power_of(policy: Policy, judged: Sequence[Judged], tested: int) -> dict[str, Any] | None:
    """The gate's `power` for the judged model that flips most; None without a tested class rule that can fail.

    `tested`: all that share the level, also those that an anchor judges.
    """
    rules = drop_rules(policy, tested)
    failing = [item for item in judged if not item.guesses_spread]
    if rules is None or not failing:
        return None
    item = max(failing, key=flip_rate)
    rate = flip_rate(item)
    found = _by_images(item, rules) if item.paired else _by_spread(item, rules)
    # Each judged model may raise a false alarm of its own; the simulated rate counts with its bound.
    bound = found.pop("false_alarm_bound")
    rate_of_all, bound_of_all = (
        min(policy.level, tested * one) for one in (found["false_alarm_rate"], bound)
    )
    result = {
        "model": item.candidate.model,
        "stage": item.candidate.stage,
        **found,
        "flip_rate": rate,
        "false_alarm_rate": rate_of_all,
        "false_alarm_bound": bound_of_all,
        "horizon": policy.horizon,
        "false_alarms": policy.horizon * bound_of_all,
    }
    return {**result, "message": message(result)}


def message(power: dict[str, Any]) -> str:
    """The power in one sentence."""
    drop, accuracy = power["smallest_class_drop"], power["smallest_accuracy_drop"]
    found = "no drop of a class" if drop is None else f"a drop of {drop:.0f} points in one class"
    overall = "" if accuracy is None else f" and of {accuracy:.1f} points in accuracy"
    where = f"{power['model']} {power['stage']}"
    worst = power["liveliest_class"]
    if worst is not None and worst["smallest_drop"] is not None:
        found += f", or {worst['smallest_drop']:.0f} in {worst['name']} that flips most,"
    return (
        f"With {100 * power['flip_rate']:.1f} % of the images lost or gained ({where}) the gate finds {found}"
        f"{overall} in {100 * power['power']:.0f} % of runs, and fails at most "
        f"{100 * power['false_alarm_bound']:.1f} % of runs without a change (simulated, {power['runs']} runs): "
        f"at most {power['false_alarms']:.1f} false alarms are expected in {power['horizon']} comparisons"
    )


def drop_rules(policy: Policy, judged: int) -> DropRules | None:
    """The policy's tests for differences of classes and accuracy on one of `judged` models; None without the first."""
    tested = {rule.metric: rule for rule in reversed(policy.rules) if rule.test == DIFFERENCE}
    classes, accuracy = tested.get("class_accuracy"), tested.get("accuracy")
    if classes is None:
        return None
    rules = DropRules(
        (classes.allowance or 0.0) / 100,
        policy.level_of(classes, judged) or 0.0,
        class_some=classes.fails_on == SOME,
    )
    if accuracy is None:
        return rules
    return replace(
        rules,
        accuracy_allowance=(accuracy.allowance or 0.0) / 100,
        accuracy_level=policy.level_of(accuracy, judged) or 0.0,
        accuracy_some=accuracy.fails_on == SOME,
    )


def flip_rate(item: Judged) -> float:
    """Fraction of images that one side gets right and the other wrong, mean over the seeds or seed pairs."""
    return float(np.mean([lost | gained for lost, gained in zip(*item.lost_gained, strict=True)]))


def independent_samples(labels: np.ndarray, groups: np.ndarray | None, classes: int) -> np.ndarray:
    """int64 (classes,): samples of each class, or their groups where samples hang together; labels, groups (n,)."""
    if groups is not None:
        labels = np.unique(np.stack([groups, labels]), axis=1)[1]
    return np.bincount(labels, minlength=classes)


def class_flip_rates(item: Judged) -> np.ndarray:
    """Of each class, float64 (classes,), as if ten more of its images had flipped like those of all: where nothing
    flipped something still may."""
    overall = flip_rate(item)
    flips = np.mean([lost | gained for lost, gained in zip(*item.lost_gained, strict=True)], axis=0)
    seen = np.bincount(item.labels, weights=flips, minlength=len(item.classes))
    return np.asarray((seen + PRIOR_IMAGES * overall) / (item.sizes + PRIOR_IMAGES))


def _by_images(item: Judged, rules: DropRules) -> dict[str, Any]:
    sizes = independent_samples(item.labels, item.groups, len(item.classes))
    return by_flips(item.classes, sizes, class_flip_rates(item), rules)


def by_flips(
    classes: Sequence[str], sizes: np.ndarray, rate: float | np.ndarray, rules: DropRules
) -> dict[str, Any]:
    """Power for one network of which a fraction `rate` of the images, of all or of each class, flips at random; several
    seeds find smaller drops.

    classes: names; sizes: integers (classes,).
    """
    rates = np.broadcast_to(rate, sizes.shape)
    liveliest = int(np.argmax(np.where(sizes > 0, rates, -1.0)))
    drops = {
        index: smallest_drop_found(sizes, index, rates, rules, seed=SEED)
        for index in dict.fromkeys((*_in_order(sizes), liveliest))
    }
    tested = rules.accuracy_allowance is not None
    accuracy = smallest_accuracy_drop_found(sizes, rates, rules, seed=SEED) if tested else None
    false_alarms = failure_rate(sizes, rates, np.zeros(len(sizes)), rules, seed=SEED)
    found = _found(classes, sizes, rules, drops, accuracy, false_alarms)
    found["false_alarm_bound"] = rate_bound(false_alarms)
    if rates.min() < rates.max():
        found["liveliest_class"] = next(row for row in found["classes"] if row["index"] == liveliest)
    return {"flip_rate": float(rates @ sizes / sizes.sum()), **found}


def _by_spread(item: Judged, rules: DropRules) -> dict[str, Any]:
    """For different networks: with the standard errors that the seeds gave."""
    seen = item.seed_drops
    level = rules.class_level / np.count_nonzero(item.sizes)

    def smallest(error: float, freedom: float, allowance: float | None, level: float) -> float | None:
        if allowance is None or not np.isfinite(error):
            return None
        drop = smallest_drop_beyond_spread(error, freedom, allowance, level, seed=SEED)
        return drop if drop <= 1 else None

    drops = {
        index: smallest(float(seen.errors[index]), seen.freedom, rules.class_allowance, level)
        for index in dict.fromkeys(_in_order(item.sizes))
    }
    accuracy = smallest(
        seen.accuracy_error, seen.accuracy_freedom, rules.accuracy_allowance, rules.accuracy_level
    )
    # Holm's and the t test's level: what the tests promise, no simulation of theirs.
    false_alarms = rules.class_level + rules.accuracy_level
    return _found(item.classes, item.sizes, rules, drops, accuracy, false_alarms)


def _in_order(sizes: np.ndarray) -> tuple[int, int, int]:
    """The smallest, the median and the largest class with samples."""
    order = [int(index) for index in np.argsort(sizes, kind="stable") if sizes[index]]
    return order[0], order[len(order) // 2], order[-1]


def _found(
    classes: Sequence[str],
    sizes: np.ndarray,
    rules: DropRules,
    drops: dict[int, float | None],
    accuracy: float | None,
    false_alarms: float,
) -> dict[str, Any]:
    """The figures that both kinds of power share, drops in points."""
    rows = [
        {
            "index": index,
            "name": classes[index],
            "samples": int(sizes[index]),
            "smallest_drop": None if drop is None else 100 * drop,
        }
        for index, drop in drops.items()
    ]
    return {
        "level": rules.class_level + rules.accuracy_level,
        "runs": RUNS,
        "seed": SEED,
        "power": POWER,
        "false_alarm_rate": false_alarms,
        "false_alarm_bound": false_alarms,
        "smallest_accuracy_drop": None if accuracy is None else 100 * accuracy,
        "smallest_class_drop": next(
            row["smallest_drop"] for row in rows if row["index"] == _in_order(sizes)[1]
        ),
        "liveliest_class": None,
        "classes": rows,
    }
