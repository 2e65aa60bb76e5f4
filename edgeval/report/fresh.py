"""Which documents of a folder are of the same predictions, so that one page may show them together."""

from __future__ import annotations

from typing import cast

from edgeval.documents.analysis import AnalysisDocument
from edgeval.documents.compare import ComparisonDocument
from edgeval.documents.robustness import RobustnessDocument

Document = ComparisonDocument | AnalysisDocument | RobustnessDocument
Key = tuple[str, int, str]  # model, seed, stage


def same_models(first: Document, second: Document) -> bool:
    """Whether two documents are of one data set and of the same model files.

    Each is a comparison, an analysis or corrupted images. False also where the two have no model, seed and stage in
    common, and for a document without hashes or without a data set.
    """
    mine_of, theirs_of = first["dataset"], second["dataset"]
    if mine_of is None or theirs_of is None or mine_of["sha256"] != theirs_of["sha256"]:
        return False
    mine, theirs = _model_files(first), _model_files(second)
    shared = mine.keys() & theirs.keys()
    return bool(shared) and all(mine[key] == theirs[key] is not None for key in shared)


def _model_files(document: Document) -> dict[Key, str | None]:
    """SHA-256 of the model file by model, seed and stage."""
    if "gate" in document:
        return {
            (model["id"], origin["seed"], origin["stage"]): origin["model_sha256"]
            for model in cast(ComparisonDocument, document)["models"]
            for origin in model["provenance"]
        }
    rows = document.get("models", [])
    return {(row["model"], row["seed"], row["stage"]): row["model_sha256"] for row in rows}
