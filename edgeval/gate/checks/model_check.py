"""Checks of rules about a whole model."""

from __future__ import annotations

from edgeval.gate.checks.figures import SCALES, Figure, figure
from edgeval.gate.judged import Judged
from edgeval.gate.policy import DIFFERENCE, NON_INFERIORITY, NONE, SOME, Rule
from edgeval.gate.verdict import (
    PASS,
    ROUNDING,
    Check,
    against,
    beyond,
    broken,
    missing,
    outcome,
    status_of,
)

WORST = 3  # classes named beside a drop of the accuracy


def model_check(rule: Rule, judged: Judged, level: float | None) -> Check:
    """One rule of scope "model" on one candidate."""
    seen = figure(rule, judged)
    needs_baseline = rule.kind.relative and (rule.allowance is not None or rule.allowance_percent is not None)
    if seen.after is None or (needs_baseline and seen.before is None):
        what = "figure" if seen.after is None else "figure of the baseline"
        return missing(rule, judged, f"there is no {what} for {rule.metric}")
    value, limit, interval = _compared(rule, seen)
    above = beyond(limit, value) if _floor(rule) else beyond(value, limit)
    shown = None
    if rule.test == DIFFERENCE and seen.p_value is not None:
        p_loss = 1.0 if seen.p_loss is None else seen.p_loss  # a limit is passed or not: there is no "some"
        shown = outcome(above, seen.p_value, p_loss, level or 0.0)
        status = status_of(rule, judged, rule.severity, shown)
    else:
        failed = above if rule.test == NONE else seen.p_value is None or seen.p_value > (level or 0.0)
        status = broken(rule, judged, rule.severity) if failed else PASS
    return Check(
        rule=rule.id,
        metric=rule.metric,
        model=judged.candidate.model,
        stage=judged.candidate.stage,
        baseline=judged.baseline.model,
        baseline_stage=judged.baseline.stage,
        status=status,
        message=_message(rule, judged, value, limit, seen, level, status, shown),
        unit=rule.kind.unit,
        seen=value,
        limit=limit,
        before=seen.before,
        after=seen.after,
        p_value=seen.p_value,
        outcome=shown,
        p_loss=seen.p_loss,
        level=level,
        interval=interval,
        against=judged.against,
    )


def _is_change(rule: Rule) -> bool:
    """Whether `seen` is a change from the baseline: so for tested figures; device figures are bounded themselves."""
    return rule.kind.relative and rule.test != NONE


def _floor(rule: Rule) -> bool:
    return not _is_change(rule) and rule.direction == "drop"


def _compared(rule: Rule, seen: Figure) -> tuple[float, float, tuple[float, float] | None]:
    """(what is compared, with which limit, its interval), all in the rule's unit."""
    scale = SCALES.get(rule.kind.unit, 1.0)
    before, after = scale * (seen.before or 0.0), scale * (seen.after or 0.0)
    interval = None if seen.interval is None else (scale * seen.interval[0], scale * seen.interval[1])
    if _is_change(rule):
        change = before - after if rule.direction == "drop" else after - before
        return change, rule.allowed(before), interval
    bounds = [] if rule.limit is None else [rule.limit]
    if seen.before is not None and (rule.allowance is not None or rule.allowance_percent is not None):
        bounds.append(before + (1 if rule.direction == "rise" else -1) * rule.allowed(before))
    return after, min(bounds) if rule.direction == "rise" else max(bounds), interval


def _message(
    rule: Rule,
    judged: Judged,
    value: float,
    limit: float,
    seen: Figure,
    level: float | None,
    status: str,
    shown: str | None,
) -> str:
    name = rule.metric.replace("_", " ")
    loss = "" if seen.p_loss is None else f", of any loss {seen.p_loss:.2g}"
    chance = "" if seen.p_value is None else f" (p = {seen.p_value:.2g}{loss}, level {level:.2g})"
    unit = "" if rule.kind.unit == "index" else f" {rule.kind.unit}"
    if rule.test == NON_INFERIORITY:
        proof = "shown" if status == PASS else "not shown"
        text = f"{proof} that {name} dropped by less than {limit:g} points; seen {value:.2f}{chance}"
    elif _is_change(rule):
        moved = "fell" if (value > 0) == (rule.direction == "drop") else "rose"
        change = (
            f"{moved} by {_told_apart(abs(value), limit)}{unit}"
            if abs(value) > ROUNDING
            else "did not change"
        )
        text = f"{name} {change}, {limit:.6g} allowed{chance}"
        if shown == SOME:
            text += "; some change is real, and it is not shown that it is within what is allowed"
    else:
        bound = "at least" if _floor(rule) else "at most"
        text = f"{name} is {value:,.6g}{unit}, {bound} {limit:,.6g} allowed{chance}"
    if status != PASS and rule.metric == "accuracy":
        text += _worst(judged)
    return f"{against(judged)}: {text}"


def _told_apart(value: float, limit: float) -> str:
    """With three digits, or as many as show on which side of the limit it is."""
    outside = beyond(value, limit)
    return next(
        (shown for digits in range(3, 12) if beyond(float(shown := f"{value:.{digits}g}"), limit) == outside),
        f"{value:g}",
    )


def _worst(judged: Judged) -> str:
    """The classes that lost most, so that a drop of the accuracy has names."""
    import numpy as np

    drops = 100 * (judged.class_accuracy(judged.baseline) - judged.class_accuracy(judged.candidate))
    order = [index for index in np.argsort(-np.nan_to_num(drops)) if drops[index] > 0][:WORST]
    named = ", ".join(f"{judged.classes[index]} {drops[index]:.1f}" for index in order)
    return f"; most in {named}" if named else ""
