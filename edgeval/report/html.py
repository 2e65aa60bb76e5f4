"""The page: one HTML file that needs nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgeval.report.figures import comparison_figures
from edgeval.report.summary import hit_classes, scope, title, verdict, violation_texts
from edgeval.report.tables import class_table, device_table, loser_table, model_table, transition_table
from edgeval.report.text import MINUS, percent, points

TEMPLATES = Path(__file__).parent / "templates"
SECTIONS = ("losers", "chain", "models", "figures", "classes", "help", "provenance")
SIGNS = {"pass": "M4 13l5 5L20 6", "fail": "M5 5l14 14M19 5L5 19", "none": "M4 12h16"}
HEADLINE = 3  # classes named beside a model


def comparison_page(document: dict[str, Any], compare_sha256: str | None = None) -> str:
    """The report of a comparison document; equal documents give equal text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    from markupsafe import Markup

    return environment.get_template("page.html").render(
        **_context(document),
        compare_sha256=compare_sha256,
        style=Markup((TEMPLATES / "style.css").read_text()),
        script=Markup((TEMPLATES / "script.js").read_text()),
    )


def _context(document: dict[str, Any]) -> dict[str, Any]:
    judged = verdict(document)
    return {
        "document": document,
        "sections": SECTIONS,
        "verdict": judged,
        "sign": SIGNS[judged.state],
        "title": title(document),
        "scope": scope(document),
        "violations": violation_texts(document),
        "losers": loser_table(document),
        "transitions": transition_table(document),
        "models": model_table(document),
        "deployed": ", ".join(dict.fromkeys(model["deployed_stage"] for model in document["models"])),
        "device": device_table(document),
        "device_sources": _device_sources(document),
        "figures": comparison_figures(document),
        "classes": [(model, class_table(model), _headline(model)) for model in document["models"]],
        "steps": _steps(document),
        "several_seeds": any(len(model["seeds"]) > 1 for model in document["models"]),
        "runtimes": _by_stage(document, lambda model, stage: _runtimes(model, stage)),
        "confidence": _by_stage(document, lambda model, stage: [model["stages"][stage]["confidence_source"]]),
        "percent": percent,
        "minus": MINUS,
    }


def _steps(document: dict[str, Any]) -> dict[str, dict[str, dict[str, Any] | None]]:
    """The transition that leads to a stage, by model and stage; None for the first stage."""
    steps: dict[str, dict[str, dict[str, Any] | None]] = {}
    for model in document["models"]:
        arriving = {
            step["to"]: {**step, "verdict_short": verdict_short(step), "hit": hit_classes(step)}
            for step in model["transitions"]
        }
        steps[model["id"]] = {stage: arriving.get(stage) for stage in model["stages"]}
    return steps


def verdict_short(step: dict[str, Any]) -> str:
    """The verdict in two to four words."""
    if step["verdict"] == "differs" and step["largest_difference_steps"]:
        return f"up to {step['largest_difference_steps']} steps"
    return str(step["verdict"])


def _headline(model: dict[str, Any]) -> str:
    rows = [row for row in model["class_changes"]["classes"] if (row["change_points"] or 0) < 0]
    rows.sort(key=lambda row: row["change_points"])
    worst = ", ".join(f"{row['name']} {points(row['change_points'])}" for row in rows[:HEADLINE])
    return worst or "no class lost accuracy"


def _device_sources(document: dict[str, Any]) -> list[str]:
    latencies = [model["latency_ms"] for model in document["models"] if model["latency_ms"]]
    return sorted({f"latency {latency['source']}: {latency['model']}" for latency in latencies})


def _runtimes(model: dict[str, Any], stage: str) -> list[str]:
    origins = [origin for origin in model["provenance"] if origin["stage"] == stage]
    return [
        origin["runtime"]
        + (f", {origin['target']}" if origin["target"] else "")
        + (f", firmware {origin['firmware_sha256'][:12]}" if origin["firmware_sha256"] else "")
        for origin in origins
    ]


def _by_stage(document: dict[str, Any], names_of: Any) -> dict[str, list[str]]:
    """Distinct names by stage over all models, in order of appearance."""
    found: dict[str, dict[str, None]] = {}
    for model in document["models"]:
        for stage in model["stages"]:
            found.setdefault(stage, {}).update(dict.fromkeys(names_of(model, stage)))
    return {stage: list(names) for stage, names in found.items()}
