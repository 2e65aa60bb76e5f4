"""What the gate could not judge, and why: then the verdict is "incomplete" and the exit code 2 (docs/CI.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edgeval.cases.align import candidates
from edgeval.cases.case import Comparison, ModelCase
from edgeval.errors import UsageError
from edgeval.gate.baseline import Baseline
from edgeval.gate.policy import Policy
from edgeval.gate.terms import OWN, REFERENCE, Terms
from edgeval.gate.verdict import MISSING, Check, absent, rule_prefix

NO_OTHER = (
    "nothing was judged: the reference model is not judged by its own stage; add a stage or another model"
)


def accepted_baseline(terms: Terms) -> Baseline:
    """The baseline of the terms; UsageError where none is named."""
    if terms.baseline is None:
        raise UsageError("a gate against a baseline needs its file; name it with --baseline")
    return terms.baseline


def unjudged(comparison: Comparison, terms: Terms, policy: Policy) -> Iterator[Check]:
    """The checks of stages that have nothing to be judged by: that is never a pass in silence."""
    if terms.against == REFERENCE:
        return
    find = _one_stage if terms.against == OWN else _not_in_baseline
    for case in comparison.cases:
        for stage, model, why in find(comparison, case, terms):
            yield from (
                absent(rule, case.id, stage, model, stage, why, terms.against) for rule in policy.rules
            )


def _one_stage(comparison: Comparison, case: ModelCase, terms: Terms) -> Iterator[tuple[str, str, str]]:
    if len(case.stages) == 1:
        why = f"{case.id} has only the stage {case.stages[0]}; add another, or judge it by a baseline with --baseline"
        yield case.stages[0], case.id, why


def _not_in_baseline(comparison: Comparison, case: ModelCase, terms: Terms) -> Iterator[tuple[str, str, str]]:
    baseline = accepted_baseline(terms)
    model = baseline.model_for(case.id, len(comparison.cases) == 1, terms.baseline_model)
    stages = candidates(case)
    for stage in stages:
        if baseline.stage_for(model, case, stage) is None:
            yield stage, model, _why_not(case, stage, stages, baseline, model)


def _why_not(case: ModelCase, stage: str, stages: Sequence[str], baseline: Baseline, model: str) -> str:
    known = baseline.stages(model)
    has = f"{baseline.file} has {model} at stage {', '.join(known)}, not at {stage}"
    parts = [later for later in stages[1:] if later in known]
    if stage != stages[0] or not parts:
        return f"{has}; choose the stages with --stages or --target, or accept a new baseline"
    covered = {
        name: min(len(seen.ids) for seen in case.of_stage(name).values()) for name in (stage, parts[0])
    }
    return (
        f"{has}: {parts[0]} ran on {covered[parts[0]]} of {covered[stage]} samples here, so {stage}, the last complete "
        f"stage, is judged too; run {parts[0]} on all samples as for the baseline, or accept a baseline of such a run"
    )


def reasons_of(policy: Policy, checks: Sequence[Check]) -> list[str]:
    """Why nothing, or not all, could be judged; empty where all could."""
    absent = [check for check in checks if check.status == MISSING]
    if absent or any(check.seen is not None for check in checks):
        return _by_reason(absent)
    if not policy.rules:
        return [
            f"{policy.source} has no rule, so nothing was judged; give it rules, or remove it for the default policy"
        ]
    if not checks:
        return [NO_OTHER]
    return [f"no rule had anything to judge: {text}" for text in _by_reason(checks)]


def _by_reason(checks: Sequence[Check]) -> list[str]:
    """One sentence for each reason, with the rules that it holds for."""
    rules: dict[str, dict[str, None]] = {}
    for check in checks:
        why = check.message.removeprefix(rule_prefix(check.rule))
        rules.setdefault(why, {})[f"'{check.rule}'"] = None
    return [f"{'rule' if len(ids) == 1 else 'rules'} {', '.join(ids)}: {why}" for why, ids in rules.items()]
