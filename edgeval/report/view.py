"""What the figures of sizes are drawn from: a comparison with its analysis, or an analysis alone in the same form.

A model here has the keys of docs/COMPARE_JSON.md; what an analysis does not hold is None or empty.
"""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]

EXTREMES = tuple(
    f"{end}{k}{what}"
    for end, what in (("bottom", "_accuracy"), ("top", "_class_accuracy"))
    for k in (5, 10, 20)
)
NO_COST = dict.fromkeys(("latency_ms", "instructions", "peak_ram_bytes", "flash_bytes", "fits"))


def view(comparison: Document | None, analysis: Document | None) -> Document:
    """`dataset`, `target`, `engine`, `models` and `scaling` of a report. One of both documents must be there."""
    if comparison is not None:
        scaling = comparison["scaling"] if analysis is None else analysis["scaling"]
        shared = {key: comparison[key] for key in ("dataset", "target", "engine", "models")}
        return {**shared, "scaling": scaling}
    if analysis is None:
        raise ValueError("neither a comparison nor an analysis was given")
    return {
        "dataset": analysis["dataset"]
        or {"name": analysis["source"]["name"], "classes": [], "samples": None},
        "target": None,
        "engine": None,
        "models": [_model(analysis, row) for row in analysis["frontier"]["models"]],
        "scaling": [_fit(analysis, entry) for entry in analysis["scaling"]],
    }


def _fit(analysis: Document, entry: Document) -> Document:
    """With the ids of the models; a table's fit names its sizes within the family."""
    if analysis["source"]["kind"] != "table":
        return entry
    return {**entry, "models": [f"{entry['family']} {size}" for size in entry["models"]]}


def _model(analysis: Document, row: Document) -> Document:
    found = {entry["stage"]: _stage(analysis, entry["stage"], row) for entry in analysis["stages"]}
    stages = {name: figures for name, figures in found.items() if figures}
    return {
        "id": row["model"],
        **{key: row[key] for key in ("family", "params", "macs", "size_bytes")},
        "validated_stage": next(iter(stages)),
        "deployed_stage": analysis["frontier"]["stage"],
        "stages": stages,
        "jaccard_vs_reference": stages[analysis["frontier"]["stage"]]["jaccard_vs_reference"],
        "transitions": [],
        "class_changes": {"from": None, "to": None, "classes": []},
        **{key: row.get(key) for key in NO_COST},
        "operators": [],
    }


def _stage(analysis: Document, stage: str, row: Document) -> Document | None:
    """The figures of one stage; None where the model lacks it."""
    if analysis["source"]["kind"] == "table":
        std = {"accuracy": row.get("accuracy_std"), "gini": None, "ece": None}
        return {**_unknown(), "accuracy": row["accuracy"], "ece": row["ece"], "std": std}
    name = row["model"]
    classes, confidence = (_row(analysis[part], stage, name) for part in ("triage", "calibration"))
    if classes is None:
        return None
    gini, ece = classes["gini"], (confidence or {}).get("ece") or {"mean": None, "std": None}
    return {
        **_unknown(),
        "accuracy": classes["accuracy"],
        "gini": gini["mean"],
        "gini_null": classes["gini_null"],
        "ece": ece["mean"],
        **{key: (classes[key] or {}).get("mean") for key in EXTREMES},
        "std": {"accuracy": classes.get("accuracy_std"), "gini": gini["std"], "ece": ece["std"]},
        "per_class_accuracy": _class_accuracies(analysis, stage, name),
        "jaccard_vs_reference": _overlap(analysis, stage, name),
        **{key: (confidence or {}).get(key) for key in ("reliability", "confidence_source")},
    }


def _unknown() -> Document:
    nothing = ("top5_accuracy", "gini", "gini_null", "ece", "reliability", "jaccard_vs_reference", *EXTREMES)
    return {**dict.fromkeys(nothing), "failed": 0, "per_class_accuracy": []}


def _row(entries: list[Document], stage: str, model: str) -> Document | None:
    rows = [row for entry in entries if entry["stage"] == stage for row in entry["models"]]
    return next((row for row in rows if row["model"] == model), None)


def _class_accuracies(analysis: Document, stage: str, model: str) -> list[float | None]:
    """By index of the class; the analysis has the classes in the order of their difficulty."""
    (heatmap,) = [entry["heatmap"] for entry in analysis["triage"] if entry["stage"] == stage]
    values = heatmap["accuracy"][heatmap["models"].index(model)]
    return [value for _, value in sorted(zip(heatmap["class_indices"], values, strict=True))]


def _overlap(analysis: Document, stage: str, model: str) -> Document | None:
    (entry,) = [entry for entry in analysis["overlap"] if entry["stage"] == stage]
    own = {row["model"]: row["jaccard"] for row in entry["cross_seed"]}
    row = next((row for row in entry["vs_reference"] if row["model"] == model), None)
    if row is None:
        return None
    kept = {key: row[key] for key in ("reference", "std", "pairs", "independence", "containment")}
    seeds = {"cross_seed": own[model], "cross_seed_reference": own[row["reference"]]}
    return {"stage": stage, "mean": row["jaccard"], **kept, **seeds}
