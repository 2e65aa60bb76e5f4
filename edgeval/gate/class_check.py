"""Checks of rules about every class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeval.gate.judged import Judged
from edgeval.gate.policy import NON_INFERIORITY, ClassRule, Rule
from edgeval.gate.verdict import FAIL, IGNORED, PASS, WARN, Check, ClassColumns, against, broken
from edgeval.metrics.class_drops import net_loss_p_values
from edgeval.metrics.noninferiority import effective_counts, margin_p_values

ROUNDING = 1e-9  # points
NAMED = 5  # classes in a message


@dataclass(frozen=True)
class _Classes:
    """float64 (classes,), points and fractions; `failed` bool (classes,): beyond the allowance, and for real."""

    drops: np.ndarray
    limits: np.ndarray
    p_values: np.ndarray
    failed: np.ndarray


def class_check(rule: Rule, judged: Judged, level: float | None) -> Check:
    """One rule of scope "class" on one candidate."""
    seen = _judged_classes(rule, judged, level or 0.0)
    columns = _columns(rule, judged, seen)
    status = next((one for one in (FAIL, WARN) if one in columns.status), PASS)
    excess = np.where(judged.sizes > 0, seen.drops - seen.limits, -np.inf)
    first = int(np.lexsort((-excess, ~seen.failed))[0])  # the failing class that is furthest beyond its limit
    return Check(
        rule=rule.id,
        metric=rule.metric,
        model=judged.candidate.model,
        stage=judged.candidate.stage,
        baseline=judged.baseline.model,
        baseline_stage=judged.baseline.stage,
        status=status,
        message=f"{against(judged)}: {_message(rule, judged, seen, first, level or 0.0)}",
        unit=rule.kind.unit,
        seen=float(seen.drops[first]),
        limit=float(seen.limits[first]),
        before=columns.before[first],
        after=columns.after[first],
        p_value=float(seen.p_values[first]),
        level=level,
        classes=columns,
    )


def _judged_classes(rule: Rule, judged: Judged, level: float) -> _Classes:
    before, after = (judged.class_accuracy(side) for side in (judged.baseline, judged.candidate))
    limits = np.array([_allowed(rule, name, 100 * b) for name, b in zip(judged.classes, before, strict=True)])
    drops = 100 * (before - after)
    p_values = _p_values(rule, judged, limits / 100)
    if rule.test == NON_INFERIORITY:
        failed = p_values > level
    else:
        failed = (np.nan_to_num(drops) > limits + ROUNDING) & (p_values <= level)
    return _Classes(drops, limits, p_values, failed & (judged.sizes > 0))


def _allowed(rule: Rule, name: str, baseline: float) -> float:
    own = rule.classes.get(name, ClassRule()).allowance
    return rule.allowed(np.nan_to_num(baseline)) if own is None else own


def _p_values(rule: Rule, judged: Judged, margins: np.ndarray) -> np.ndarray:
    """Of "no drop", adjusted for all classes; for non-inferiority of "a drop of the margin", each class for itself.

    All classes have to be shown, so a margin needs no adjustment (Berger 1982, intersection-union test).
    """
    classes = len(judged.classes)
    if rule.test == NON_INFERIORITY:
        if not judged.paired:
            return judged.seed_drops.class_margin_p_values(margins)
        return margin_p_values(*effective_counts(*judged.lost_gained, judged.labels, classes), margins)
    if judged.paired:
        return net_loss_p_values(judged.net_losses, judged.labels, classes)
    return judged.seed_drops.class_p_values()


def _columns(rule: Rule, judged: Judged, seen: _Classes) -> ClassColumns:
    flips = judged.flips()
    unknown: list[int | None] = [None] * len(judged.classes)
    lost, gained = (unknown, unknown) if flips is None else (flips[0].tolist(), flips[1].tolist())
    known = judged.sizes > 0

    def column(values: np.ndarray) -> list[float | None]:
        return [float(value) if there else None for value, there in zip(values, known, strict=True)]

    return ClassColumns(
        index=list(range(len(judged.classes))),
        name=list(judged.classes),
        status=[_status(rule, judged, seen, index) for index in range(len(judged.classes))],
        seen=column(seen.drops),
        limit=column(seen.limits),
        p_value=column(seen.p_values),
        lost=lost,
        gained=gained,
        samples=judged.sizes.tolist(),
        before=column(judged.class_accuracy(judged.baseline)),
        after=column(judged.class_accuracy(judged.candidate)),
    )


def _status(rule: Rule, judged: Judged, seen: _Classes, index: int) -> str:
    if not judged.sizes[index]:
        return IGNORED
    if not seen.failed[index]:
        return PASS
    severity = rule.classes.get(judged.classes[index], ClassRule()).severity or rule.severity
    return broken(rule, judged, severity)


def _message(rule: Rule, judged: Judged, seen: _Classes, first: int, level: float) -> str:
    proof = rule.test == NON_INFERIORITY
    order = np.argsort(-(np.nan_to_num(seen.drops) - seen.limits), kind="stable")
    failed = [_named(judged, seen, index) for index in order if seen.failed[index]]
    classes = int(np.count_nonzero(judged.sizes))
    if failed:
        what = (
            "are not shown to be within the margin" if proof else "lost more than allowed, and not by chance"
        )
        more = f" and {len(failed) - NAMED} more" if len(failed) > NAMED else ""
        return f"{len(failed)} of {classes} classes {what} (level {level:.2g}): {', '.join(failed[:NAMED])}{more}"
    what = (
        "every class is shown to be within its margin"
        if proof
        else "no class lost more than allowed beyond chance"
    )
    return f"{what} (level {level:.2g}); nearest is {_named(judged, seen, first)}"


def _named(judged: Judged, seen: _Classes, index: int) -> str:
    return (
        f"{judged.classes[index]} {0.0 - seen.drops[index]:+.1f} points ({seen.limits[index]:g} allowed, "
        f"p = {seen.p_values[index]:.2g})"
    )
