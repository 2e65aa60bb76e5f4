"""Every candidate with what judges it: its own first stage, the reference, an accepted baseline, and the anchor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from edgeval.cases.align import candidates
from edgeval.cases.case import Comparison, ModelCase
from edgeval.errors import UsageError
from edgeval.gate.baseline import Baseline
from edgeval.gate.judged import Judged, by_network, by_seed, judge, outcomes
from edgeval.gate.terms import ANCHOR, BASELINE, OWN, REFERENCE, Terms
from edgeval.gate.unjudged import accepted_baseline


def pairs(comparison: Comparison, terms: Terms) -> list[Judged]:
    """Every candidate with its baseline, on the samples of both."""
    choose = {OWN: _by_itself, REFERENCE: _by_reference, BASELINE: _by_baseline}
    if terms.against not in choose:
        raise UsageError(f"the gate's baseline is '{terms.against}', expected one of {', '.join(choose)}")
    return [item for case in comparison.cases for item in choose[terms.against](comparison, case, terms)]


def anchored(comparison: Comparison, terms: Terms) -> list[Judged]:
    """Every candidate that the anchor has, with it; empty without an anchor."""
    if terms.anchor is None:
        return []
    return [
        item
        for case in comparison.cases
        if (model := _anchor_model(terms.anchor, comparison, case)) is not None
        for item in _accepted(comparison, case, terms.anchor, model, terms.policy.yardstick, ANCHOR)
    ]


def not_anchored(comparison: Comparison, terms: Terms) -> Iterator[str]:
    """A sentence for each candidate that the anchor does not have: nobody watches it for slow changes."""
    if terms.anchor is None:
        return
    for case in comparison.cases:
        model = _anchor_model(terms.anchor, comparison, case)
        if model is None or all(terms.anchor.stage_for(model, case, one) is None for one in candidates(case)):
            yield (
                f"{terms.anchor.file} does not have {case.id} at stage {', '.join(candidates(case))}, so it is not "
                "watched for slow changes; accept an anchor with it (edgeval baseline accept --anchor --replace)"
            )


def _anchor_model(anchor: Baseline, comparison: Comparison, case: ModelCase) -> str | None:
    """The anchor's model of the same name, or its only one where the candidate is the only one too."""
    if case.id in anchor.models:
        return case.id
    return anchor.models[0] if len(comparison.cases) == len(anchor.models) == 1 else None


def _by_itself(comparison: Comparison, case: ModelCase, terms: Terms) -> Iterator[Judged]:
    first = case.stages[0]
    for stage in candidates(case):
        if stage != first:
            before, after = outcomes(case, first), outcomes(case, stage)
            rows = by_seed(before, after)
            yield judge(replace(before, device=None), after, comparison.classes, terms.policy.yardstick, rows)


def _by_reference(comparison: Comparison, case: ModelCase, terms: Terms) -> Iterator[Judged]:
    if comparison.reference is None:
        raise UsageError("a gate against the reference needs one; name it with --reference")
    base = comparison.case(comparison.reference_of.get(case.family, comparison.reference))
    for stage in candidates(case):
        if (base.id, base.stages[0]) == (case.id, stage):
            continue
        before, after = outcomes(base, base.stages[0]), outcomes(case, stage)
        rows = by_seed(before, after) if base.id == case.id else []
        yield judge(before, after, comparison.classes, terms.policy.yardstick, rows, against=REFERENCE)


def _by_baseline(comparison: Comparison, case: ModelCase, terms: Terms) -> Iterator[Judged]:
    baseline = accepted_baseline(terms)
    model = baseline.model_for(case.id, len(comparison.cases) == 1, terms.baseline_model)
    yield from _accepted(comparison, case, baseline, model, terms.policy.yardstick, BASELINE)


def _accepted(
    comparison: Comparison, case: ModelCase, baseline: Baseline, model: str, yardstick: str, against: str
) -> Iterator[Judged]:
    """The candidates of a case with the stages of an accepted state that judge them."""
    baseline.check(next(iter(case.of_stage(case.stages[0]).values())).provenance.dataset)
    for stage in candidates(case):
        judging = baseline.stage_for(model, case, stage)
        if judging is not None:
            before, after = baseline.entries[model, judging], outcomes(case, stage)
            rows, known = by_network(before, after), baseline.spreads.get((model, judging))
            yield judge(before, after, comparison.classes, yardstick, rows, known, against)
