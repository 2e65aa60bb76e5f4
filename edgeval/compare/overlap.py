"""Overlap of a model's errors with those of its reference, with everything it has to be judged by."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from edgeval.cases.align import rows_of, shared_ids
from edgeval.cases.case import ModelCase
from edgeval.metrics.overlap import cross_seed_jaccard, overlap
from edgeval.records import Predictions


def jaccard_vs_reference(case: ModelCase, stage: str, reference: ModelCase) -> dict[str, Any] | None:
    """Overlap of two models at one stage over all pairs of seeds; None where the reference lacks the stage.

    The reference itself gets the overlap of its own seeds: `mean` is None and only `cross_seed` is there.
    """
    named = {"reference": reference.id, "stage": stage}
    mine, theirs = list(case.of_stage(stage).values()), list(reference.of_stage(stage).values())
    if reference.id == case.id:
        nothing = dict.fromkeys(("mean", "std", "independence", "containment", "pairs"))
        own = _cross_seed(_errors(mine, mine))
        return {**named, **nothing, "cross_seed": own, "cross_seed_reference": own}
    if not theirs:
        return None
    seen = asdict(overlap(_errors(mine, mine + theirs), _errors(theirs, mine + theirs)))
    seen["cross_seed"], seen["cross_seed_reference"] = seen.pop("cross_seed_a"), seen.pop("cross_seed_b")
    return {**named, **seen}


def _cross_seed(errors: np.ndarray) -> float | None:
    pairs = cross_seed_jaccard(errors)
    return float(pairs.mean()) if pairs.size else None


def _errors(predictions: list[Predictions], others: list[Predictions]) -> np.ndarray:
    """Error masks bool (seeds, n) on the samples that all the others cover too."""
    ids = shared_ids(others)
    return np.array([seen.errors[rows_of(seen, ids)] for seen in predictions])
