"""gamma of K ~ N^gamma, measured: the stable rank of the activations against the number of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgeval import runs, store
from edgeval.documents.run import RunDocument
from edgeval.metrics.spectrum import LogLine, log_line

PENULTIMATE = "penultimate"


@dataclass(frozen=True)
class RankedModel:
    """The layers of one size: `ranks` layer -> centred stable rank of each seed, `raw` as they are, `features`."""

    model: str
    family: str
    params: int
    ranks: Mapping[str, Sequence[float]]
    raw: Mapping[str, Sequence[float]]
    features: Mapping[str, int]


def read_ranks(grid: Path) -> tuple[list[RankedModel], int]:
    """What edgeval analyze --measure-rank left for the weights that are there now, and the number of images.

    Runs without a measurement are left out.
    """
    found: dict[str, list[tuple[runs.Run, RunDocument, dict[str, Any]]]] = {}
    for run in runs.finished_runs(grid):
        if store.listed(run.folder, runs.ACTIVATION_RANK) is None:
            continue
        seen, document = store.read_json(store.verified(run.folder, runs.ACTIVATION_RANK)), run.document()
        if seen["weights_sha256"] == document["weights_sha256"]:
            found.setdefault(run.model_id, []).append((run, document, seen))
    models = [_model(members) for members in found.values()]
    images = [seen["images"] for members in found.values() for _, _, seen in members]
    return sorted(models, key=lambda model: (model.family, model.params)), min(images, default=0)


def _model(members: list[tuple[runs.Run, RunDocument, dict[str, Any]]]) -> RankedModel:
    run, document, first = members[0]
    rows = [{row["layer"]: row for row in seen["layers"]} for _, _, seen in members]
    names = [row["layer"] for row in first["layers"]]
    return RankedModel(
        model=run.model_id,
        family=run.family,
        params=document["params"],
        ranks={name: [of[name]["centred"] for of in rows] for name in names},
        raw={name: [of[name]["raw"] for of in rows] for name in names},
        features={row["layer"]: row["features"] for row in first["layers"]},
    )


def rank_growth(
    models: Sequence[RankedModel], images: int, scaling: Sequence[dict[str, Any]], beta: float | None
) -> dict[str, Any] | None:
    """How the stable rank of each layer grows in each family with two sizes or more; None where none was measured.

    For the penultimate layer also what the theory makes of it, alpha = gamma (beta - 1) (paper, equation 6).
    """
    if not models:
        return None
    families = dict.fromkeys(model.family for model in models)
    layers = [
        _growth([model for model in models if model.family == family], layer)
        for family in families
        for layer in next(model for model in models if model.family == family).ranks
    ]
    theory = [_theory(row, scaling, beta) for row in layers if row["layer"] == PENULTIMATE and row["gamma"]]
    return {"images": images, "layers": layers, "theory": theory}


def _growth(models: list[RankedModel], layer: str) -> dict[str, Any]:
    params = np.array([model.params for model in models])
    centred = [float(np.mean(model.ranks[layer])) for model in models]
    features = [model.features[layer] for model in models]
    line = _line(params, centred)
    return {
        "family": models[0].family,
        "layer": layer,
        "models": [model.model for model in models],
        "params": params.tolist(),
        "features": features,
        "stable_rank": centred,
        "stable_rank_std": [
            float(np.std(model.ranks[layer], ddof=1)) if len(model.ranks[layer]) > 1 else None
            for model in models
        ],
        "stable_rank_raw": [float(np.mean(model.raw[layer])) for model in models],
        "gamma": line.slope if line else None,
        "gamma_ci95": line.ci95 if line else None,
        "r2": line.r2 if line else None,
        "gamma_of_width": width.slope if (width := _line(params, features)) else None,
    }


def _line(params: np.ndarray, values: Sequence[float]) -> LogLine | None:
    """None where there is no line: one size, or a layer that gives nothing."""
    if len(np.unique(params)) < 2 or min(values) <= 0:
        return None
    return log_line(params, np.array(values))


def _theory(row: dict[str, Any], scaling: Sequence[dict[str, Any]], beta: float | None) -> dict[str, Any]:
    """gamma implied by the alpha of stage float, and whether the interval of the measured one holds it."""
    entry = next((e for e in scaling if (e["family"], e["stage"]) == (row["family"], "float")), None)
    implied = entry["alpha"] / (beta - 1) if entry and beta and beta > 1 else None
    interval = row["gamma_ci95"]
    known = implied is not None and interval is not None
    return {
        "family": row["family"],
        "gamma_measured": row["gamma"],
        "gamma_ci95": interval,
        "gamma_implied": implied,
        "alpha_predicted": row["gamma"] * (beta - 1) if beta else None,
        "alpha": entry["alpha"] if entry else None,
        "agrees": bool(interval[0] <= implied <= interval[1]) if known else None,
    }
