"""Which documents of a folder are of the same predictions, so that one page may show them together."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]

TOLERANCE = 1e-9  # of an accuracy that both documents computed from the same predictions


def same_predictions(comparison: Document, analysis: Document) -> bool:
    """Whether both documents say the same of the stages of whole test sets that both have."""
    if analysis["dataset"] is None or analysis["dataset"]["sha256"] != comparison["dataset"]["sha256"]:
        return False
    compared = {model["id"]: model["stages"] for model in comparison["models"]}
    whole = {stage["stage"] for stage in analysis["stages"] if stage["whole"]}
    return all(
        abs(compared[row["model"]][entry["stage"]]["accuracy"] - row["accuracy"]) < TOLERANCE
        for entry in analysis["triage"]
        if entry["stage"] in whole
        for row in entry["models"]
        if entry["stage"] in compared.get(row["model"], {})
    )


def same_models(comparison: Document, robustness: Document) -> bool:
    """Whether the corrupted images are of the comparison's data set and were shown to its model files.

    False also where the two have no model, seed and stage in common, and for a document without hashes.
    """
    if robustness["dataset"]["sha256"] != comparison["dataset"]["sha256"]:
        return False
    compared = {
        (model["id"], origin["seed"], origin["stage"]): origin["model_sha256"]
        for model in comparison["models"]
        for origin in model["provenance"]
    }
    evaluated = {
        (row["model"], row["seed"], row["stage"]): row["model_sha256"] for row in robustness.get("models", [])
    }
    shared = compared.keys() & evaluated.keys()
    return bool(shared) and all(compared[key] == evaluated[key] for key in shared)


def same_accuracies(analysis: Document, robustness: Document) -> bool:
    """The same beside an analysis alone, which has no hashes: by the clean accuracies, where both used all images."""
    dataset = analysis["dataset"]
    if dataset is None or dataset["sha256"] != robustness["dataset"]["sha256"]:
        return False
    whole = {stage["stage"] for stage in analysis["stages"] if stage["whole"]}
    clean = {
        (entry["stage"], row["model"]): row["accuracy"]
        for entry in robustness["stages"]
        for row in entry["models"]
        if entry["stage"] in whole and robustness["samples"] == dataset["samples"]
    }
    return all(
        abs(clean[entry["stage"], row["model"]] - row["accuracy"]) < TOLERANCE
        for entry in analysis["triage"]
        for row in entry["models"]
        if (entry["stage"], row["model"]) in clean
    )
