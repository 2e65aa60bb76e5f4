"""Which preprocessing made the figures of a comparison, in words."""

from __future__ import annotations

from edgeval.documents.compare import ComparisonDocument, Provenance
from edgeval.records import preprocessing_from

UNKNOWN = "not known (imported)"


def preprocessing_words(document: ComparisonDocument) -> str:
    """The formula from a pixel to the input; by model where the models differ."""
    models: dict[str, list[str]] = {}
    for model in document["models"]:
        told = dict.fromkeys(_formula(origin) for origin in model["provenance"])
        for formula in told:
            models.setdefault(formula, []).append(model["id"])
    if len(models) == 1:
        return next(iter(models))
    return "; ".join(f"{formula}: {', '.join(ids)}" for formula, ids in models.items())


def _formula(origin: Provenance) -> str:
    told = origin.get("preprocessing")  # absent in a document of an older edgeval
    return UNKNOWN if told is None else str(preprocessing_from(told))
