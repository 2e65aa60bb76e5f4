"""The threshold gate: no class and no model may lose more than a number of percentage points.

The candidate is a model's last stage (what is deployed), the baseline its first (what was validated), on the
same samples; drops are means over the seeds. Where the last stages cover only a part of the test set, the
last complete one is judged too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeval.compare.align import rows_of, shared_ids, shared_rows
from edgeval.compare.case import Comparison, GateLimits, ModelCase
from edgeval.errors import UsageError
from edgeval.metrics.overlap import flips_per_class
from edgeval.metrics.statistics import mcnemar_exact
from edgeval.records import Predictions

FEWEST_LOST = (
    5  # 0.5 ** 5 = 0.031: fewer losses without a gain stay above 5 % in the exact one-sided McNemar test
)
ROUNDING = 1e-9  # points; a drop of exactly the limit passes


@dataclass(frozen=True)
class Judged:
    """A candidate against its baseline. `before` and `after`: right and all samples, int64 (seeds, classes).

    `flips`: lost and gained samples over all seeds, int64 (classes,); None for two different networks.
    """

    case: ModelCase
    stage: str
    baseline: str
    baseline_stage: str
    before: tuple[np.ndarray, np.ndarray]
    after: tuple[np.ndarray, np.ndarray]
    flips: tuple[np.ndarray, np.ndarray] | None

    @property
    def class_drops(self) -> np.ndarray:
        """Percentage points float64 (classes,), NaN for a class without samples."""
        return 100 * (_per_class(*self.before).mean(0) - _per_class(*self.after).mean(0))

    @property
    def accuracy_drop(self) -> float:
        """Percentage points."""
        return 100 * (_overall(*self.before).mean() - _overall(*self.after).mean())


def gate(comparison: Comparison, limits: GateLimits) -> tuple[dict[str, Any], list[str]]:
    """The gate's part of the document, and warnings about rules that the data cannot carry.

    Raises UsageError where a limit is not a number of points or a model has nothing to be judged against.
    """
    rules = limits.rules()
    _check(limits)
    judged = list(_judged(comparison, limits)) if rules else []
    violations = [violation for item in judged for violation in _violations(item, rules, comparison.classes)]
    violations.sort(key=lambda violation: violation["limit"] - violation["seen"])
    result = {
        "passed": not violations,
        "against": limits.against,
        "rules": [
            {"rule": rule, "limit": limit, "unit": "percentage points"} for rule, limit in rules.items()
        ],
        "judged": [
            {
                "model": item.case.id,
                "stage": item.stage,
                "baseline": item.baseline,
                "baseline_stage": item.baseline_stage,
            }
            for item in judged
        ],
        "violations": violations,
    }
    return result, [warning for item in judged for warning in _warnings(item, limits, comparison.classes)]


def _check(limits: GateLimits) -> None:
    for rule, limit in limits.rules().items():
        if not (math.isfinite(limit) and 0 <= limit <= 100):
            name = "--" + rule.replace("_", "-")
            raise UsageError(f"{name} is {limit}, expected percentage points from 0 to 100")
    if limits.against not in ("own", "reference"):
        raise UsageError(f"the gate's baseline is '{limits.against}', expected 'own' or 'reference'")


def candidates(case: ModelCase) -> list[str]:
    """The stages to judge: the last that covers the whole test set, and later ones that cover a part of it."""
    stages = case.stages
    covered = {stage: max(len(p.ids) for p in case.of_stage(stage).values()) for stage in stages}
    whole = [stage for stage in stages if covered[stage] == max(covered.values())]
    return list(stages[stages.index(whole[-1]) :])


def _judged(comparison: Comparison, limits: GateLimits) -> Iterator[Judged]:
    for case in comparison.cases:
        base = _baseline(comparison, case, limits)
        first = base.stages[0]
        for stage in candidates(case):
            if (base.id, first) == (case.id, stage):
                if limits.against == "reference":
                    continue
                raise UsageError(
                    f"{case.id} has only the stage {stage}, so a limit has nothing to compare with; add another stage"
                )
            yield _judge(base, first, case, stage, len(comparison.classes))


def _baseline(comparison: Comparison, case: ModelCase, limits: GateLimits) -> ModelCase:
    if limits.against == "own":
        return case
    if comparison.reference is None:
        raise UsageError("a gate against the reference needs one; name it with --reference")
    return comparison.case(comparison.reference_of.get(case.family, comparison.reference))


def _judge(base: ModelCase, first: str, case: ModelCase, stage: str, classes: int) -> Judged:
    before, after = list(base.of_stage(first).values()), list(case.of_stage(stage).values())
    flipped = None
    if base.id == case.id:
        pairs = list(case.of_stages(first, stage).values())
        before, after = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        flipped = _flips(pairs, classes)
    ids = shared_ids(before + after)
    return Judged(
        case, stage, base.id, first, _right(before, ids, classes), _right(after, ids, classes), flipped
    )


def _right(predictions: list[Predictions], ids: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    parts = [(seen.labels[rows], seen.errors[rows]) for seen in predictions for rows in [rows_of(seen, ids)]]
    right = [np.bincount(labels[~errors], minlength=classes) for labels, errors in parts]
    return np.array(right), np.array([np.bincount(labels, minlength=classes) for labels, _ in parts])


def _flips(pairs: list[tuple[Predictions, Predictions]], classes: int) -> tuple[np.ndarray, np.ndarray]:
    totals = np.zeros((2, classes), np.int64)
    for before, after in pairs:
        first, second = shared_rows(before, after)
        totals += flips_per_class(before.labels[first], before.errors[first], after.errors[second], classes)
    return totals[0], totals[1]


def _per_class(right: np.ndarray, samples: np.ndarray) -> np.ndarray:
    return np.where(samples > 0, right / np.maximum(samples, 1), np.nan)


def _overall(right: np.ndarray, samples: np.ndarray) -> np.ndarray:
    return right.sum(1) / samples.sum(1)


def _violations(item: Judged, rules: dict[str, float], classes: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    if (limit := rules.get("max_accuracy_drop")) is not None and item.accuracy_drop > limit + ROUNDING:
        yield _violation(item, "max_accuracy_drop", limit, None, classes)
    if (limit := rules.get("max_class_drop")) is not None:
        for index in np.flatnonzero(item.class_drops > limit + ROUNDING):
            yield _violation(item, "max_class_drop", limit, int(index), classes)


def _violation(
    item: Judged, rule: str, limit: float, index: int | None, classes: tuple[str, ...]
) -> dict[str, Any]:
    part = slice(None) if index is None else slice(index, index + 1)
    before, after = ((right[:, part], samples[:, part]) for right, samples in (item.before, item.after))
    lost, gained = (None, None) if item.flips is None else (int(counts[part].sum()) for counts in item.flips)
    return {
        "rule": rule,
        "model": item.case.id,
        "stage": item.stage,
        "baseline": item.baseline,
        "baseline_stage": item.baseline_stage,
        "class": None if index is None else classes[index],
        "class_index": index,
        "seen": item.accuracy_drop if index is None else float(item.class_drops[index]),
        "limit": limit,
        "accuracy_before": float(_overall(*before).mean()),
        "accuracy_after": float(_overall(*after).mean()),
        "samples": int(after[1][0].sum()),
        "seeds": len(after[0]),
        "lost": lost,
        "gained": gained,
        "p_value": None if lost is None else float(mcnemar_exact(lost, gained)),
    }


def _warnings(item: Judged, limits: GateLimits, classes: tuple[str, ...]) -> Iterator[str]:
    limit = limits.max_class_drop
    if limit is None:
        return
    samples = item.after[1][0]
    exceeding = np.floor(limit * samples / 100 + ROUNDING).astype(int) + 1  # lost images that break the limit
    few = np.flatnonzero((samples > 0) & (exceeding < FEWEST_LOST))
    if len(few):
        worst = few[np.argmin(samples[few])]
        yield (
            f"A class limit of {limit:g} points is noise for {len(few)} of {len(classes)} classes: {exceeding[worst]} "
            f"lost images of '{classes[worst]}' ({samples[worst]} images) exceed it, but fewer than {FEWEST_LOST} "
            "cannot be told from chance"
        )
    if item.flips is not None and len(item.after[0]) > 1:
        yield from _seed_warnings(item, limit, classes)


def _seed_warnings(item: Judged, limit: float, classes: tuple[str, ...]) -> Iterator[str]:
    drops = np.nan_to_num(100 * (_per_class(*item.before) - _per_class(*item.after)))
    for index in np.flatnonzero(
        (drops.max(axis=0) > limit + ROUNDING) & (item.class_drops <= limit + ROUNDING)
    ):
        yield (
            f"{item.case.id} {item.stage}: the mean over the seeds is within the limit, but one seed alone loses "
            f"{drops[:, index].max():.1f} points of class '{classes[index]}' (limit {limit:g})"
        )
