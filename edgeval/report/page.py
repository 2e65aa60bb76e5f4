"""The page: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from edgeval.documents.analysis import AnalysisDocument
from edgeval.documents.compare import ComparedModel, ComparisonDocument, Transition
from edgeval.documents.gate import CheckRow
from edgeval.documents.robustness import RobustnessDocument
from edgeval.report.blocks import Part
from edgeval.report.environment import TEMPLATES, environment, printable
from edgeval.report.figures.all import report_figures
from edgeval.report.images.drill import class_images
from edgeval.report.parts.analysis import analysis_parts
from edgeval.report.parts.robustness import robustness_part
from edgeval.report.parts.ship import ship_part
from edgeval.report.tables.comparison import (
    class_table,
    device_table,
    loser_table,
    model_table,
    transition_table,
)
from edgeval.report.tables.detection import detection_table
from edgeval.report.tables.gate import check_table, class_check_table
from edgeval.report.tables.steps import looked_into, split_table
from edgeval.report.tables.table import Table
from edgeval.report.view import view
from edgeval.report.words import (
    analysis as analysis_words,
    comparison as words,
)
from edgeval.report.words.comparison import hit_classes
from edgeval.report.words.gate import violation_texts
from edgeval.report.words.numbers import MINUS, percent, points
from edgeval.report.words.preprocessing import preprocessing_words

SIGNS = {
    "pass": "M4 13l5 5L20 6",
    "fail": "M5 5l14 14M19 5L5 19",
    "none": "M4 12h16",
    "doubt": "M12 4v10M12 18v2",
}
HEADLINE = 3  # classes named beside a model
Context = dict[str, Any]  # what a template sees
Samples = dict[str, Any]


@dataclass(frozen=True)
class Section:
    """A part of the page: its template, and the name that the list of contents gives it, empty for none."""

    template: str
    label: str
    shown: bool = True


def report_page(
    comparison: ComparisonDocument | None,
    analysis: AnalysisDocument | None = None,
    samples: Samples | None = None,
    compare_sha256: str | None = None,
    robustness: RobustnessDocument | None = None,
) -> str:
    """The report of a comparison, of an analysis, or of both; equal documents give equal text.

    `samples` (edgeval.report.images.samples) are the images of the comparison's classes, where there are any.
    `robustness` (edgeval.analysis.robustness) is what the same models do on corrupted images.
    """
    from markupsafe import Markup

    context = _shared(comparison, analysis, robustness)
    context |= _comparison(comparison, samples) if comparison else {}
    page = (
        environment()
        .get_template("page.html")
        .render(
            **context,
            samples=samples,
            compare_sha256=compare_sha256,
            style=Markup((TEMPLATES / "style.css").read_text()),
            script=Markup((TEMPLATES / "script.js").read_text()),
        )
    )
    return printable(page)


def _shared(
    comparison: ComparisonDocument | None,
    analysis: AnalysisDocument | None,
    robustness: RobustnessDocument | None,
) -> Context:
    """What the page of a comparison and that of an analysis have in common."""
    sizes = view(comparison, analysis)
    figures = report_figures(sizes, analysis, robustness)
    head = _comparison_head(comparison) if comparison else _analysis_head(_known(analysis))
    return {
        **head,
        "sign": SIGNS[head["verdict"].state],
        "document": comparison,
        "analysis": analysis,
        "robustness": robustness,
        "edgeval": (comparison or _known(analysis))["edgeval"],
        "sections": [section for section in _sections(comparison, analysis, figures) if section.shown],
        "sizes": sizes,
        "models": model_table(sizes),
        "deployed": ", ".join(dict.fromkeys(model["deployed_stage"] for model in sizes["models"])),
        "figures": figures,
        "section_figures": figures,  # a name that no macro hides
        "kind_of": lambda block: type(block).__name__,
        "parts": _parts(analysis, robustness),
        "percent": percent,
        "minus": MINUS,
    }


def _parts(analysis: AnalysisDocument | None, robustness: RobustnessDocument | None) -> dict[str, list[Part]]:
    """What the page shares with Markdown, by section."""
    found: dict[str, list[Part]] = {}
    if analysis:
        found |= {"ship": [ship_part(analysis)], "analysis": analysis_parts(analysis)}
    return {**found, "robustness": [robustness_part(robustness)]} if robustness else found


def _comparison_head(document: ComparisonDocument) -> Context:
    return {
        "verdict": words.verdict(document),
        "doubts": words.doubts(document),
        "title": words.title(document),
        "scope": words.scope(document),
        "noun": words.noun(document),
    }


def _known(analysis: AnalysisDocument | None) -> AnalysisDocument:
    """The analysis of a page without a comparison."""
    if analysis is None:
        raise ValueError("neither a comparison nor an analysis was given")
    return analysis


def _analysis_head(analysis: AnalysisDocument) -> Context:
    return {
        "verdict": analysis_words.analysis_verdict(analysis),
        "doubts": [],
        "title": analysis_words.analysis_title(analysis),
        "scope": analysis_words.analysis_scope(analysis),
        "noun": "images",
    }


def _sections(
    comparison: ComparisonDocument | None, analysis: AnalysisDocument | None, figures: Context
) -> tuple[Section, ...]:
    compared = comparison is not None
    device = comparison is not None and device_table(comparison) is not None
    checks = comparison is not None and bool(comparison["gate"].get("checks"))
    warned = analysis is not None and bool(analysis.get("warnings"))
    return (
        Section("losers", "What broke, who lost", compared),
        Section("warnings", "Warnings", not compared and warned),
        Section("chain", "What changed", compared),
        Section("changes", "", bool(figures["changes"])),
        Section("classes", "Class by class", compared),
        Section("ship", "The size to ship", analysis is not None),
        Section("models", "Models"),
        Section("device", "On the device", device),
        Section("sizes", "What size does", bool(figures["sizes"])),
        Section("analysis", "The analysis", analysis is not None),
        Section("robustness", "Corrupted images", bool(figures["robustness"])),
        Section("gate", "The gate's checks", checks),
        Section("help", "How to read this"),
        Section("provenance", "Sources"),
    )


def _comparison(document: ComparisonDocument, samples: Samples | None) -> Context:
    """What only a comparison has."""
    classes = document["dataset"]["classes"]
    return {
        "violations": violation_texts(document),
        "losers": loser_table(document),
        "view": words.view_in_words(document),
        "warnings": words.other_warnings(document),
        "transitions": transition_table(document),
        "split": split_table(document),
        "detection": detection_table(document),
        "looked": looked_into(document),
        "device": device_table(document),
        "device_sources": _device_sources(document),
        "checks": check_table(document["gate"]) if "checks" in document["gate"] else None,
        "class_checks": _class_checks(document["gate"].get("checks", [])),
        "classes": [
            (model, class_table(model, images), _headline(model), " to ".join(words.sides(model)), images)
            for model in document["models"]
            for images in [class_images(samples, model, classes)]
        ],
        "steps": _steps(document),
        "several_seeds": any(len(model["seeds"]) > 1 for model in document["models"]),
        "preprocessing": preprocessing_words(document),
        "runtimes": _by_stage(document, lambda model, stage: _runtimes(model, stage)),
        "confidence": _by_stage(document, lambda model, stage: [model["stages"][stage]["confidence_source"]]),
    }


def _class_checks(checks: list[CheckRow]) -> list[tuple[CheckRow, Table]]:
    judged = [(check, columns) for check in checks if (columns := check["classes"])]
    return [(check, class_check_table(check, of, number)) for number, (check, of) in enumerate(judged)]


def _steps(document: ComparisonDocument) -> dict[str, dict[str, Context | None]]:
    """The transition that leads to a stage, by model and stage; None for the first stage."""
    steps: dict[str, dict[str, Context | None]] = {}
    for model in document["models"]:
        arriving: dict[str, Context] = {
            step["to"]: {**step, "verdict_short": verdict_short(step), "hit": hit_classes(step)}
            for step in model["transitions"]
        }
        steps[model["id"]] = {stage: arriving.get(stage) for stage in model["stages"]}
    return steps


def verdict_short(step: Transition) -> str:
    """The verdict in two to four words."""
    if step["verdict"] == "differs" and step["largest_difference_steps"]:
        return f"up to {step['largest_difference_steps']} steps"
    if step["diverges_at"] is not None:
        return f"diverges at layer {step['diverges_at']['index']}"
    return "quantized" if step["verdict"] == "quantization" else str(step["verdict"])


def _headline(model: ComparedModel) -> str:
    rows = [row for row in model["class_changes"]["classes"] if (row["change_points"] or 0) < 0]
    rows.sort(key=lambda row: row["change_points"] or 0.0)
    worst = ", ".join(f"{row['name']} {points(row['change_points'])}" for row in rows[:HEADLINE])
    return worst or "no class lost accuracy"


def _device_sources(document: ComparisonDocument) -> list[str]:
    latencies = [model["latency_ms"] for model in document["models"] if model["latency_ms"]]
    return sorted({f"latency {latency['source']}: {latency['model']}" for latency in latencies})


def _runtimes(model: ComparedModel, stage: str) -> list[str]:
    origins = [origin for origin in model["provenance"] if origin["stage"] == stage]
    return [
        origin["runtime"]
        + (f", delegate {origin['delegate']}" if origin.get("delegate") else "")
        + (f", {origin['target']}" if origin["target"] else "")
        + (f", firmware {origin['firmware_sha256'][:12]}" if origin["firmware_sha256"] else "")
        for origin in origins
    ]


def _by_stage(
    document: ComparisonDocument, names_of: Callable[[ComparedModel, str], list[str]]
) -> dict[str, list[str]]:
    """Distinct names by stage over all models, in order of appearance."""
    found: dict[str, dict[str, None]] = {}
    for model in document["models"]:
        for stage in model["stages"]:
            found.setdefault(stage, {}).update(dict.fromkeys(names_of(model, stage)))
    return {stage: list(names) for stage, names in found.items()}
