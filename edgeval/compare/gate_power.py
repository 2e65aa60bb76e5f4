"""What the gate would have found: false alarms and smallest drops, by simulation at the flips seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgeval.compare.judged import Judged
from edgeval.compare.policy import DIFFERENCE, Policy, Rule
from edgeval.metrics.gate_power import (
    POWER,
    RUNS,
    DropRules,
    failure_rate,
    smallest_accuracy_drop_found,
    smallest_drop_beyond_spread,
    smallest_drop_found,
)

SEED = 0


def power_of(policy: Policy, judged: Sequence[Judged]) -> dict[str, Any] | None:
    """The gate's `power` for the judged model that flips most; None without a tested rule about classes."""
    class_rule, accuracy_rule = (_tested(policy, metric) for metric in ("class_accuracy", "accuracy"))
    if class_rule is None or not judged:
        return None
    item = max(judged, key=flip_rate)
    rules = _drop_rules(policy, class_rule, accuracy_rule, len(judged))
    found = _by_flips(item, rules) if item.paired else _by_spread(item, rules)
    result = {
        "model": item.candidate.model,
        "stage": item.candidate.stage,
        "flip_rate": flip_rate(item),
        "level": rules.class_level + rules.accuracy_level,
        "runs": RUNS,
        "seed": SEED,
        "power": POWER,
        # Each judged model may raise a false alarm of its own.
        "false_alarm_rate": min(policy.level, len(judged) * found.pop("false_alarm_rate")),
        **found,
    }
    return {**result, "message": message(result)}


def message(power: dict[str, Any]) -> str:
    """The power in one sentence."""
    drop, accuracy = power["smallest_class_drop"], power["smallest_accuracy_drop"]
    found = "no drop of a class" if drop is None else f"a drop of {drop:.0f} points in one class"
    overall = "" if accuracy is None else f" and of {accuracy:.1f} points in accuracy"
    where = f"{power['model']} {power['stage']}"
    return (
        f"With {100 * power['flip_rate']:.1f} % of the images lost or gained ({where}) the gate finds {found}"
        f"{overall} in {100 * power['power']:.0f} % of runs, and fails at most "
        f"{100 * power['false_alarm_rate']:.1f} % of runs without a change (simulated, {power['runs']} runs)"
    )


def _tested(policy: Policy, metric: str) -> Rule | None:
    return next((rule for rule in policy.rules if rule.metric == metric and rule.test == DIFFERENCE), None)


def _drop_rules(policy: Policy, class_rule: Rule, accuracy_rule: Rule | None, judged: int) -> DropRules:
    return DropRules(
        (class_rule.allowance or 0.0) / 100,
        policy.level_of(class_rule, judged) or 0.0,
        None if accuracy_rule is None else (accuracy_rule.allowance or 0.0) / 100,
        0.0 if accuracy_rule is None else policy.level_of(accuracy_rule, judged) or 0.0,
    )


def flip_rate(item: Judged) -> float:
    """Fraction of images that one side gets right and the other wrong, mean over the seeds or seed pairs."""
    return float(np.mean([lost | gained for lost, gained in zip(*item.lost_gained, strict=True)]))


def _typical(item: Judged) -> list[int]:
    """The smallest, the median and the largest class with samples."""
    order = [index for index in np.argsort(item.sizes, kind="stable") if item.sizes[index]]
    return [int(order[0]), int(order[len(order) // 2]), int(order[-1])]


def _by_flips(item: Judged, rules: DropRules) -> dict[str, Any]:
    """For the same networks: as if one network flipped images at random. Several seeds find smaller drops."""
    rate, sizes = flip_rate(item), item.sizes
    drops = {
        index: smallest_drop_found(sizes, index, rate, rules, seed=SEED)
        for index in dict.fromkeys(_typical(item))
    }
    accuracy = (
        None
        if rules.accuracy_allowance is None
        else smallest_accuracy_drop_found(sizes, rate, rules, seed=SEED)
    )
    false_alarms = failure_rate(sizes, rate, np.zeros(len(sizes)), rules, seed=SEED)
    return {"false_alarm_rate": false_alarms, **_drops(item, drops, accuracy)}


def _by_spread(item: Judged, rules: DropRules) -> dict[str, Any]:
    """For different networks: with the standard errors that the seeds gave."""
    seen = item.seed_drops
    classes = int(np.count_nonzero(item.sizes))
    drops = {
        index: smallest_drop_beyond_spread(
            float(seen.errors[index]),
            seen.freedom,
            rules.class_allowance or 0.0,
            rules.class_level / classes,
            seed=SEED,
        )
        if np.isfinite(seen.errors[index])
        else None
        for index in dict.fromkeys(_typical(item))
    }
    accuracy = (
        None
        if rules.accuracy_allowance is None
        else smallest_drop_beyond_spread(
            seen.accuracy_error,
            seen.accuracy_freedom,
            rules.accuracy_allowance,
            rules.accuracy_level,
            seed=SEED,
        )
    )
    return {"false_alarm_rate": rules.class_level + rules.accuracy_level, **_drops(item, drops, accuracy)}


def _drops(item: Judged, drops: dict[int, float | None], accuracy: float | None) -> dict[str, Any]:
    def points(drop: float | None) -> float | None:
        return None if drop is None or drop > 1 else 100 * drop

    return {
        "smallest_accuracy_drop": points(accuracy),
        "smallest_class_drop": points(drops[_typical(item)[1]]),
        "classes": [
            {
                "index": index,
                "name": item.classes[index],
                "samples": int(item.sizes[index]),
                "smallest_drop": points(drop),
            }
            for index, drop in drops.items()
        ],
    }
