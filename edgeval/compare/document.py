"""The comparison as one document: what compare.json holds and every report is made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, cast

from edgeval import __version__
from edgeval.cases.align import candidates, checked
from edgeval.cases.case import Comparison, DeviceFigures, ModelCase
from edgeval.compare.classes import class_changes, judged_changes
from edgeval.compare.detection import detection
from edgeval.compare.diff import transitions
from edgeval.compare.outputs import output_faults
from edgeval.compare.overlap import jaccard_vs_reference
from edgeval.compare.scaling import family_scaling
from edgeval.compare.split import accuracy_splits
from edgeval.compare.stages import stage_figures
from edgeval.documents.compare import ComparisonDocument
from edgeval.gate.gate import gate, pairs
from edgeval.gate.judged import Judged
from edgeval.gate.suspicious import suspicious
from edgeval.gate.terms import OWN, Terms
from edgeval.records import provenance_document
from edgeval.store import SCHEMA_VERSION


def compare(
    cases: Sequence[ModelCase],
    reference: str | None = None,
    target: str | None = None,
    engine: str | None = None,
    terms: Terms | None = None,
    record_only: bool = False,
) -> ComparisonDocument:
    """Compare models stage by stage, sample by sample and class by class (docs/COMPARE_JSON.md).

    `reference` is a model id; without it each family's largest size is its reference. `record_only`: a regression is
    reported, but is no failure. Equal input gives an equal document. Raises DataError where predictions are not about
    the same samples, UsageError where a name or rule is wrong.
    """
    comparison, terms = checked(cases, reference), terms or Terms()
    verdict, gate_warnings = gate(comparison, terms)
    judged = [] if terms.against == OWN else pairs(comparison, terms)
    doubts = suspicious(comparison)
    first = next(iter(next(iter(comparison.cases[0].seeds.values())).values()))
    splits = accuracy_splits(comparison.cases)
    document = {
        "schema_version": SCHEMA_VERSION,
        "edgeval": __version__,
        "target": target,
        "engine": engine,
        "reference": comparison.reference,
        "record_only": record_only,
        "dataset": first.provenance.dataset.document(),
        "gate": verdict,
        "suspicious": doubts,
        "warnings": list(dict.fromkeys([*doubts, *gate_warnings, *_warnings(comparison)])),
        "models": [
            {
                **_model(comparison, case),
                "class_changes": _changes(comparison, case, judged, terms.against),
                "accuracy_split": splits.get(case.id),
            }
            for case in comparison.cases
        ],
        "scaling": family_scaling(comparison.cases),
    }
    return cast(ComparisonDocument, document)


def _model(comparison: Comparison, case: ModelCase) -> dict[str, Any]:
    stages = {stage: stage_figures(case, stage, comparison.classes) for stage in case.stages}
    for stage, figures in stages.items():
        figures["jaccard_vs_reference"] = _overlap(comparison, case, stage)
    overlaps = [
        figures["jaccard_vs_reference"] for figures in stages.values() if figures["jaccard_vs_reference"]
    ]
    return {
        "id": case.id,
        "family": case.family,
        "params": case.params,
        "macs": case.macs,
        "size_bytes": case.size_bytes,
        "seeds": sorted(case.seeds),
        "validated_stage": case.stages[0],
        "deployed_stage": candidates(case)[0],
        "stages": stages,
        "jaccard_vs_reference": overlaps[-1] if overlaps else None,
        "transitions": transitions(case, comparison.classes),
        **_device(case.device),
        "provenance": list(_provenance(case)),
        **({"detection": detection(case, comparison.classes)} if len(comparison.classes) == 2 else {}),
    }


def _changes(
    comparison: Comparison, case: ModelCase, judged: Sequence[Judged], against: str
) -> dict[str, Any]:
    """What was judged, at the deployed stage where that was; a model's own stages where nothing else judged it."""
    deployed = candidates(case)[0]
    items = [item for item in judged if item.candidate.model == case.id]
    items.sort(key=lambda item: item.candidate.stage != deployed)
    if items:
        return judged_changes(items[0], against)
    return class_changes(case, case.stages[0], deployed, comparison.classes)


def _overlap(comparison: Comparison, case: ModelCase, stage: str) -> dict[str, Any] | None:
    reference = comparison.reference_of.get(case.family)
    return jaccard_vs_reference(case, stage, comparison.case(reference)) if reference else None


def _device(figures: DeviceFigures | None) -> dict[str, Any]:
    """The device's figures, each None where it was not asked for."""
    values = asdict(figures or DeviceFigures())
    return {**values, "operators": list(values["operators"])}


def _provenance(case: ModelCase) -> Iterator[dict[str, Any]]:
    for seed, stages in sorted(case.seeds.items()):
        for stage in (stage for stage in case.stages if stage in stages):
            origin = provenance_document(stages[stage].provenance)
            del origin["dataset"]
            yield {"seed": seed, **origin}


def _warnings(comparison: Comparison) -> Iterator[str]:
    """What a reader must know before trusting a figure: failed samples, missing seeds, partial coverage."""
    whole = max(
        len(seen.ids)
        for case in comparison.cases
        for stages in case.seeds.values()
        for seen in stages.values()
    )
    for case in comparison.cases:
        yield from case.notes
        for stage in case.stages:
            seen = case.of_stage(stage)
            yield from _stage_warnings(f"{case.id} {stage}", case, seen)
    yield from _partial(comparison, whole)


def _stage_warnings(where: str, case: ModelCase, seen: dict[int, Any]) -> Iterator[str]:
    for seed, predictions in seen.items():
        failed = int((predictions.top1 < 0).sum())
        alike = predictions.notes.get("near_identical")
        if alike:
            yield (
                f"{alike} samples of the test set have a near-identical one that counts as another: they flip "
                "together, and false alarms become frequent; name what hangs together with a group (docs/GATE.md)"
            )
        if cut := predictions.notes.get("inputs_cut"):
            yield (
                f"{where} seed {seed}: {100 * cut:.1f} % of the input values lie beyond the model's int8 range and "
                "were cut there; calibrate it on such samples, or check --mean and --std"
            )
        if failed:
            yield f"{where} seed {seed}: {failed} of {len(predictions.ids)} samples failed; they count as wrong"
        yield from (f"{where} seed {seed}: {text}" for text in output_faults(predictions))
    if len(seen) < len(case.seeds):
        yield f"{where}: only {len(seen)} of {len(case.seeds)} seeds have this stage"


def _partial(comparison: Comparison, whole: int) -> Iterator[str]:
    """One line for all models that a stage saw equally many samples of."""
    models: dict[tuple[str, int], list[str]] = {}
    for case in comparison.cases:
        for stage in case.stages:
            covered = min(len(predictions.ids) for predictions in case.of_stage(stage).values())
            if covered < whole:
                models.setdefault((stage, covered), []).append(case.id)
    for (stage, covered), ids in models.items():
        yield f"{', '.join(ids)} {stage}: covers {covered} of {whole} samples"
