"""Do small models make more errors, or other errors? Overlap of error sets between sizes, families and stages."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from edgeval.analysis.inputs.measured import Stage, paired_runs
from edgeval.analysis.resample import Pair, Resampled, resample_steps
from edgeval.metrics.inference.bootstrap import percentile_interval
from edgeval.metrics.overlap import (
    contained_fraction,
    containment,
    cross_seed_jaccard,
    independence,
    jaccard,
    jaccard_matrix,
)

HIGH_OVERLAP = 0.90  # H2, paper, section 4.1


def references(stage: Stage) -> dict[str, str]:
    """Model id -> its reference: the largest size of its family; a family of one size refers to the largest other."""
    families = stage.families()
    largest = {family: models[-1].id for family, models in families.items()}
    if len(stage.models) > 1:
        for family in (family for family, models in families.items() if len(models) == 1):
            others = [model for model in stage.models if model.family != family]
            largest[family] = max(others, key=lambda model: model.params).id
    return {model.id: largest[model.family] for model in stage.models}


def wanted_pairs(stage: Stage) -> list[Pair]:
    """The pairs that get an interval: every size with its reference, and neighbours."""
    pairs = [(a, b) for a, b in references(stage).items() if a != b]
    return list(dict.fromkeys([*pairs, *_neighbours(stage)]))


def _neighbours(stage: Stage) -> list[Pair]:
    return [
        (small.id, large.id)
        for models in stage.families().values()
        for small, large in itertools.pairwise(models)
    ]


def overlap(stage: Stage, resampled: Resampled) -> dict[str, Any]:
    """One stage (docs/ANALYSIS.md, overlap)."""
    blocks = _blocks(stage)
    return {
        "stage": stage.name,
        "samples": len(stage.ids),
        "vs_reference": [
            _pair(stage, (a, b), blocks, resampled) for a, b in references(stage).items() if a != b
        ],
        "adjacent": [_pair(stage, pair, blocks, resampled) for pair in _neighbours(stage)],
        "cross_seed": [_cross_seed(stage, model.id) for model in stage.models],
        "matrix": _matrix(stage, blocks),
        "h2": _h2(stage, blocks),
    }


def _blocks(stage: Stage) -> dict[Pair, np.ndarray]:
    """Jaccard of all seed pairs of every two models, float64 (seeds of the first, seeds of the second)."""
    masks = {model.id: stage.errors(model.id) for model in stage.models}
    everything = np.concatenate(list(masks.values()))
    matrix = jaccard_matrix(everything, everything)
    ends = np.cumsum([len(mask) for mask in masks.values()])
    spans = {name: slice(end - len(masks[name]), end) for name, end in zip(masks, ends, strict=True)}
    return {(a, b): matrix[spans[a], spans[b]] for a in masks for b in masks}


def _pair(stage: Stage, pair: Pair, blocks: dict[Pair, np.ndarray], resampled: Resampled) -> dict[str, Any]:
    candidate, reference = pair
    errors = [stage.errors(name) for name in pair]
    rates = [float(mask.mean()) for mask in errors]
    seen, spread = blocks[pair], resampled.jaccard[pair]
    mean = float(seen.mean())
    chance, most = independence(*rates), containment(*rates)
    return {
        "model": candidate,
        "reference": reference,
        "jaccard": mean,
        "std": float(seen.std()),
        "pairs": int(seen.size),
        "ci95": percentile_interval(spread),
        "ci95_covers": "images and seeds" if max(seen.shape) > 1 else "images",
        "independence": chance,
        "containment": most,
        "above_independence": mean - chance,
        "above_independence_ci95": percentile_interval(spread - resampled.independence[pair]),
        "below_containment": most - mean,
        "below_containment_ci95": percentile_interval(resampled.containment[pair] - spread),
        "reference_errors_shared": _contained(errors[1], errors[0]),
        "reference_errors_shared_by_its_seeds": _contained_between_seeds(errors[1]),
    }


def _contained(inner: np.ndarray, outer: np.ndarray) -> float:
    return float(np.mean([contained_fraction(a, b) for a in inner for b in outer]))


def _contained_between_seeds(errors: np.ndarray) -> float | None:
    pairs = [contained_fraction(a, b) for i, a in enumerate(errors) for j, b in enumerate(errors) if i != j]
    return float(np.mean(pairs)) if pairs else None


def _cross_seed(stage: Stage, model_id: str) -> dict[str, Any]:
    pairs = cross_seed_jaccard(stage.errors(model_id))
    return {
        "model": model_id,
        "jaccard": float(pairs.mean()) if pairs.size else None,
        "std": float(pairs.std()) if pairs.size else None,
        "pairs": int(pairs.size),
    }


def _matrix(stage: Stage, blocks: dict[Pair, np.ndarray]) -> dict[str, Any]:
    """Mean over seed pairs; the diagonal is the overlap of a model's own seeds, None for one seed."""
    names = [model.id for model in stage.models]
    own = {name: _cross_seed(stage, name)["jaccard"] for name in names}
    cells = [[own[a] if a == b else float(blocks[a, b].mean()) for b in names] for a in names]
    return {"models": names, "jaccard": cells}


def _h2(stage: Stage, blocks: dict[Pair, np.ndarray]) -> dict[str, Any] | None:
    """H2 of the paper: the errors change with size, unless the overlap stays above 0.90 in all comparisons.

    Where two seeds of one size share less than that already, no comparison of sizes could stay above it, so
    that the criterion says nothing: `decisive` is False then. None for families of one size.
    """
    families = stage.families().values()
    pairs = [(a.id, b.id) for models in families for i, a in enumerate(models) for b in models[i + 1 :]]
    if not pairs:
        return None
    seen = {pair: float(blocks[pair].mean()) for pair in pairs}
    own = [value for model in stage.models if (value := _cross_seed(stage, model.id)["jaccard"]) is not None]
    lowest, highest = min(seen, key=seen.__getitem__), max(seen, key=seen.__getitem__)
    return {
        "supported": min(seen.values()) <= HIGH_OVERLAP,
        "limit": HIGH_OVERLAP,
        "lowest": {"models": list(lowest), "jaccard": seen[lowest]},
        "highest": {"models": list(highest), "jaccard": seen[highest]},
        "cross_seed_range": [min(own), max(own)] if own else None,
        "decisive": min(own) > HIGH_OVERLAP if own else None,
    }


def steps(stages: list[Stage], resamples: int) -> list[dict[str, Any]]:
    """From the first stage to each later one of the same run: how much of the errors a change of format keeps."""
    return [row for later in stages[1:] for row in _steps(stages[0], later, resamples)]


def _steps(first: Stage, later: Stage, resamples: int) -> list[dict[str, Any]]:
    ids = np.intersect1d(first.ids, later.ids)
    pairs = paired_runs(first, later, ids)
    if not len(ids) or not pairs:
        return []
    before = {name: np.array([a.errors for a, _ in runs]) for name, runs in pairs.items()}
    after = {name: np.array([b.errors for _, b in runs]) for name, runs in pairs.items()}
    labels = next(iter(pairs.values()))[0][0].labels
    spread = resample_steps(before, after, labels, resamples)
    rows = []
    for name in pairs:
        seen = [jaccard(a, b) for a, b in zip(before[name], after[name], strict=True)]
        rates = float(before[name].mean()), float(after[name].mean())
        figures = {
            "jaccard": float(np.mean(seen)),
            "std": float(np.std(seen)),
            "independence": independence(*rates),
            "containment": containment(*rates),
        }
        where = {"model": name, "from": first.name, "to": later.name, "samples": len(ids), "seeds": len(seen)}
        rows.append({**where, **figures, "ci95": percentile_interval(spread[name])})
    return rows
