"""The analysis as one document: what analysis.json holds (docs/ANALYSIS.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from edgeval import __version__
from edgeval.analysis.calibration import calibration, thresholds
from edgeval.analysis.frontier import Candidate, candidates_of_stage, candidates_of_table, frontier, sources
from edgeval.analysis.inputs.costs import Budget
from edgeval.analysis.inputs.measured import Model, Stage, stages_of
from edgeval.analysis.inputs.table import Table
from edgeval.analysis.overlap import overlap, steps, wanted_pairs
from edgeval.analysis.paper.errors import error_statements
from edgeval.analysis.paper.statements import paper_statements
from edgeval.analysis.resample import RESAMPLES, Resampled, resample
from edgeval.analysis.scaling.curves import TABLE_STAGE, Curve, curves_of_stage, curves_of_table
from edgeval.analysis.scaling.exponents import family_tests, scaling
from edgeval.analysis.scaling.ranks import RankedModel, rank_growth
from edgeval.analysis.scaling.spectrum import spectrum
from edgeval.analysis.ship import Floors, size_to_ship
from edgeval.analysis.triage import triage
from edgeval.documents.analysis import AnalysisDocument
from edgeval.documents.fields import ModelFile
from edgeval.errors import DataError, UsageError
from edgeval.records import DatasetInfo
from edgeval.store import SCHEMA_VERSION

SECTIONS = ("overlap", "steps", "triage", "calibration", "thresholds")  # what needs predictions


def analyze_table(table: Table, name: str, floors: Floors | None = None) -> AnalysisDocument:
    """The scaling part, which a table of accuracies suffices for, and the size to ship.

    Raises UsageError where a floor needs what the table has not, DataError where no family has two sizes.
    """
    floors = floors or Floors()
    if floors.min_class_accuracy is not None:
        raise UsageError("a table has no accuracies of classes; --min-class-accuracy needs --grid")
    if floors.of_device:
        raise UsageError(
            "a table has no device figures; limits on latency, RAM and flash need --grid and --target"
        )
    if floors.max_ece is not None and table.ece_unit is None:
        raise UsageError(f"{name} has no column ece; --max-ece needs one")
    curves = curves_of_table(table)
    if not curves:
        raise DataError(f"{name} has no family with two sizes that make errors; there is nothing to fit")
    candidates = candidates_of_table(table)
    entries = scaling(curves)
    document = {
        **_head(
            {"kind": "table", "name": name, "accuracy_unit": table.accuracy_unit, "ece_unit": table.ece_unit}
        ),
        "dataset": None,
        "stages": [{"stage": TABLE_STAGE, "samples": None, "whole": None}],
        "models": [],
        "resamples": None,
        "warnings": [warning for curve in curves for warning in curve.warnings],
        "scaling": entries,
        "family_tests": family_tests(curves),
        **{section: [] for section in SECTIONS},
        "spectrum": None,
        "activation_rank": None,
        **_choice(candidates, TABLE_STAGE, floors),
        "paper": paper_statements(TABLE_STAGE, entries, _eces(candidates)),
    }
    return cast(AnalysisDocument, document)


def analyze_models(
    models: Sequence[Model],
    info: DatasetInfo,
    name: str,
    floors: Floors | None = None,
    images: np.ndarray | None = None,
    warnings: Sequence[str] = (),
    resamples: int = RESAMPLES,
    budget: Budget | None = None,
    ranks: tuple[Sequence[RankedModel], int] = ((), 0),
) -> AnalysisDocument:
    """Everything, for each stage that the models have; `images` are those of the training set, for the spectrum.
    `budget` is that of the target whose figures the models have, None without one; `ranks` as of `read_ranks`.

    Equal input gives an equal document. Raises DataError where the runs are not about the same samples.
    """
    stages = list(stages_of(models, info))
    curves = [curve for stage in stages for curve in curves_of_stage(stage)]
    resampled = {stage.name: resample(stage, wanted_pairs(stage), resamples) for stage in stages}
    entries = scaling(curves)
    judged = next((stage for stage in reversed(stages) if stage.whole), stages[-1])
    decay, spectrum_warnings = _spectrum(images, entries)
    sections = {
        "overlap": [overlap(stage, resampled[stage.name]) for stage in stages],
        "steps": steps(stages, resamples),
        "triage": [triage(stage, resampled[stage.name]) for stage in stages],
        "calibration": [calibration(stage, resampled[stage.name]) for stage in stages],
        "thresholds": thresholds(stages),
    }
    document = {
        **_head({"kind": "grid", "name": name}),
        "dataset": info.document(),
        "stages": [{"stage": s.name, "samples": len(s.ids), "whole": s.whole} for s in stages],
        "models": _model_files(stages),
        "resamples": resamples,
        "warnings": [*warnings, *_warnings(stages, curves), *spectrum_warnings],
        "scaling": entries,
        "family_tests": family_tests(curves),
        **sections,
        "spectrum": decay,
        "activation_rank": rank_growth(*ranks, entries, decay["beta"] if decay else None),
        **_choice(
            candidates_of_stage(judged, resampled[judged.name]), judged.name, floors or Floors(), budget
        ),
        "paper": _statements(stages, entries, resampled, sections),
    }
    return cast(AnalysisDocument, document)


def _head(source: dict[str, Any]) -> dict[str, Any]:
    return {"schema_version": SCHEMA_VERSION, "edgeval": __version__, "source": source}


def _model_files(stages: list[Stage]) -> list[ModelFile]:
    """Which model files were analysed, as robustness.json names them too."""
    return [
        {"model": model_id, "seed": seed, "stage": stage.name, "model_sha256": seen.model_sha256}
        for stage in stages
        for model_id, of_seed in stage.runs.items()
        for seed, seen in of_seed.items()
    ]


def _choice(
    candidates: list[Candidate], stage: str, floors: Floors, budget: Budget | None = None
) -> dict[str, Any]:
    return {
        "frontier": {
            "stage": stage,
            "target": budget.target if budget else None,
            "engine": budget.engine if budget else None,
            "sources": sources(candidates, stage),
            "models": frontier(candidates),
        },
        "size_to_ship": size_to_ship(candidates, floors, budget),
    }


def _statements(
    stages: list[Stage],
    entries: list[dict[str, Any]],
    resampled: dict[str, Resampled],
    sections: dict[str, list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    found = []
    for index, stage in enumerate(stages):
        eces = _eces(candidates_of_stage(stage, resampled[stage.name]))
        own = (sections[name][index] for name in ("overlap", "triage", "calibration"))
        found += [*paper_statements(stage.name, entries, eces), *error_statements(stage, *own)]
    return found


def _eces(candidates: list[Candidate]) -> dict[str, list[float]]:
    """The ECEs of each family of which all sizes have one, smallest first."""
    families = dict.fromkeys(candidate.family for candidate in candidates)
    members = {name: [c.ece for c in candidates if c.family == name] for name in families}
    return {name: [e for e in of if e is not None] for name, of in members.items() if None not in of}


def _warnings(stages: list[Stage], curves: list[Curve]) -> list[str]:
    partial = [
        f"{stage.name}: all its runs share {len(stage.ids)} samples, only these are analysed"
        for stage in stages
        if not stage.whole
    ]
    failed = [
        f"{model_id} seed {seed} {stage.name}: {count} samples failed; they count as wrong"
        for stage in stages
        for model_id, of_seed in stage.runs.items()
        for seed, seen in of_seed.items()
        if (count := int(np.isnan(seen.confidence).sum()))
    ]
    return [*partial, *failed, *(warning for curve in curves for warning in curve.warnings)]


def _spectrum(
    images: np.ndarray | None, entries: list[dict[str, Any]]
) -> tuple[dict[str, Any] | None, list[str]]:
    if images is None:
        return None, []
    try:
        return spectrum(images, entries), []
    except DataError as error:
        return None, [f"no spectrum: {error}"]
