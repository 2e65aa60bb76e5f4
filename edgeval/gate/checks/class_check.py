"""Checks of rules about every class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeval.gate.intervals import class_intervals
from edgeval.gate.judged import Judged
from edgeval.gate.policy import BEYOND, NON_INFERIORITY, SOME, ClassRule, Rule
from edgeval.gate.verdict import (
    FAIL,
    IGNORED,
    PASS,
    ROUNDING,
    WARN,
    Check,
    ClassColumns,
    against,
    broken,
    outcome,
    status_of,
)
from edgeval.metrics.inference.class_drops import net_loss_p_values
from edgeval.metrics.inference.noninferiority import beyond_p_values, effective_counts, margin_p_values
from edgeval.metrics.inference.statistics import holm

NAMED = 5  # classes in a message


@dataclass(frozen=True)
class _Classes:
    """float64 (classes,), points and fractions; `failed` bool (classes,): what may fail; `outcomes` of a test of a
    change, None for non-inferiority and for a class without samples."""

    drops: np.ndarray
    limits: np.ndarray
    p_values: np.ndarray
    p_loss: np.ndarray | None
    failed: np.ndarray
    outcomes: list[str | None]


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
        outcome=seen.outcomes[first],
        p_loss=columns.p_loss[first],
        level=level,
        classes=columns,
        against=judged.against,
    )


def _judged_classes(rule: Rule, judged: Judged, level: float) -> _Classes:
    before, after = (judged.class_accuracy(side) for side in (judged.baseline, judged.candidate))
    limits = np.array([_allowed(rule, name, 100 * b) for name, b in zip(judged.classes, before, strict=True)])
    drops = 100 * (before - after)
    known = judged.sizes > 0
    if rule.test == NON_INFERIORITY:
        p_values = _margin_p_values(judged, limits / 100)
        return _Classes(drops, limits, p_values, None, (p_values > level) & known, [None] * len(drops))
    p_loss = _loss_p_values(judged)
    p_values = _beyond_p_values(judged, limits / 100) if limits.any() else p_loss
    above = np.nan_to_num(drops) > limits + ROUNDING
    outcomes = [
        outcome(bool(a), float(beyond), float(some), level) if there else None
        for a, beyond, some, there in zip(above, p_values, p_loss, known, strict=True)
    ]
    failing = (BEYOND,) if rule.fails_on == BEYOND else (BEYOND, SOME)
    failed = np.array([one in failing for one in outcomes])
    return _Classes(drops, limits, p_values, p_loss, failed, outcomes)


def _allowed(rule: Rule, name: str, baseline: float) -> float:
    own = rule.classes.get(name, ClassRule()).allowance
    return rule.allowed(np.nan_to_num(baseline)) if own is None else own


def _margin_p_values(judged: Judged, margins: np.ndarray) -> np.ndarray:
    """Of "a drop of the margin at least", each class for itself.

    All classes have to be shown, so a margin needs no adjustment (Berger 1982, intersection-union test).
    """
    if not judged.paired:
        return judged.seed_drops.class_margin_p_values(margins)
    return margin_p_values(*_effective(judged), margins)


def _beyond_p_values(judged: Judged, margins: np.ndarray) -> np.ndarray:
    """Of "a drop of the margin at most", adjusted for all classes with samples."""
    if not judged.paired:
        return judged.seed_drops.class_beyond_p_values(margins)
    known, result = judged.sizes > 0, np.ones(len(judged.classes))
    result[known] = holm(beyond_p_values(*_effective(judged), margins)[known])
    return result


def _effective(judged: Judged) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return effective_counts(*judged.lost_gained, judged.labels, len(judged.classes), judged.groups)


def _loss_p_values(judged: Judged) -> np.ndarray:
    """Of "no drop", adjusted for all classes."""
    if judged.paired:
        return net_loss_p_values(judged.net_losses, judged.labels, len(judged.classes), judged.groups)
    return judged.seed_drops.class_p_values()


def _columns(rule: Rule, judged: Judged, seen: _Classes) -> ClassColumns:
    flips = judged.flips()
    unknown: list[int | None] = [None] * len(judged.classes)
    lost, gained = (unknown, unknown) if flips is None else (flips[0].tolist(), flips[1].tolist())
    known = judged.sizes > 0
    unknown_p: list[float | None] = [None] * len(judged.classes)

    def column(values: np.ndarray) -> list[float | None]:
        return [float(value) if there else None for value, there in zip(values, known, strict=True)]

    return ClassColumns(
        index=list(range(len(judged.classes))),
        name=list(judged.classes),
        status=[_status(rule, judged, seen, index) for index in range(len(judged.classes))],
        seen=column(seen.drops),
        limit=column(seen.limits),
        p_value=column(seen.p_values),
        outcome=seen.outcomes,
        p_loss=unknown_p if seen.p_loss is None else column(seen.p_loss),
        lost=lost,
        gained=gained,
        samples=judged.sizes.tolist(),
        before=column(judged.class_accuracy(judged.baseline)),
        after=column(judged.class_accuracy(judged.candidate)),
        interval=class_intervals(judged),
    )


def _status(rule: Rule, judged: Judged, seen: _Classes, index: int) -> str:
    if not judged.sizes[index]:
        return IGNORED
    severity = rule.classes.get(judged.classes[index], ClassRule()).severity or rule.severity
    shown = seen.outcomes[index]
    if shown is not None:
        return status_of(rule, judged, severity, shown)
    return broken(rule, judged, severity) if seen.failed[index] else PASS


def _message(rule: Rule, judged: Judged, seen: _Classes, first: int, level: float) -> str:
    order = np.argsort(-(np.nan_to_num(seen.drops) - seen.limits), kind="stable")
    classes = int(np.count_nonzero(judged.sizes))
    for chosen, what in _claims(rule, seen):
        names = [_named(judged, seen, index) for index in order if chosen[index]]
        if names:
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            return f"{len(names)} of {classes} classes {what} (level {level:.2g}): {', '.join(names[:NAMED])}{more}"
    what = (
        "every class is shown to be within its margin"
        if rule.test == NON_INFERIORITY
        else "no class is shown to have lost more than allowed"
    )
    return f"{what} (level {level:.2g}); nearest is {_named(judged, seen, first)}"


def _claims(rule: Rule, seen: _Classes) -> list[tuple[np.ndarray, str]]:
    """What may be said of classes, the worst first: bool (classes,), words."""
    if rule.test == NON_INFERIORITY:
        return [(seen.failed, "are not shown to be within the margin")]
    outcomes = np.array([one or "" for one in seen.outcomes])
    return [
        (outcomes == BEYOND, "lost more than allowed, and not by chance"),
        (outcomes == SOME, "lost for real, and it is not shown that it is within what is allowed"),
    ]


def _named(judged: Judged, seen: _Classes, index: int) -> str:
    loss = "" if seen.p_loss is None else f", of any loss {seen.p_loss[index]:.2g}"
    return (
        f"{judged.classes[index]} {0.0 - seen.drops[index]:+.1f} points ({seen.limits[index]:g} allowed, "
        f"p = {seen.p_values[index]:.2g}{loss})"
    )
