"""Which documents of a folder are of the same predictions, so that one page may show them together."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]
Key = tuple[str, int, str]  # model, seed, stage


def same_models(first: Document, second: Document) -> bool:
    """Whether two documents are of one data set and of the same model files.

    Each is a comparison, an analysis or corrupted images. False also where the two have no model, seed and stage in
    common, and for a document without hashes or without a data set.
    """
    datasets = [document["dataset"] for document in (first, second)]
    if None in datasets or datasets[0]["sha256"] != datasets[1]["sha256"]:
        return False
    mine, theirs = _model_files(first), _model_files(second)
    shared = mine.keys() & theirs.keys()
    return bool(shared) and all(mine[key] == theirs[key] is not None for key in shared)


def _model_files(document: Document) -> dict[Key, str | None]:
    """SHA-256 of the model file by model, seed and stage."""
    rows = document.get("models", [])
    if rows and "provenance" in rows[0]:  # a comparison
        return {
            (model["id"], origin["seed"], origin["stage"]): origin["model_sha256"]
            for model in rows
            for origin in model["provenance"]
        }
    return {(row["model"], row["seed"], row["stage"]): row["model_sha256"] for row in rows}
