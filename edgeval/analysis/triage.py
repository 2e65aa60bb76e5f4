"""Which classes does a small model give up? Inequality of the class accuracies, its extremes, and their table."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeval.analysis.inputs.measured import Measured, Model, Stage
from edgeval.analysis.overlap import references
from edgeval.analysis.resample import Resampled
from edgeval.cases.summary import extreme_accuracies, mean_std, std_known
from edgeval.metrics import classification, inequality
from edgeval.metrics.inference.image_bootstrap import recentred_interval
from edgeval.metrics.inference.statistics import wilson_interval

Z95 = 1.959964
GIVEN_UP = 1 / 3  # of the model's mean accuracy


def triage(stage: Stage, resampled: Resampled) -> dict[str, Any]:
    """One stage (docs/ANALYSIS.md, triage)."""
    sizes = classification.class_sizes(stage.labels, len(stage.classes))
    tables = {model.id: _class_accuracies(stage, model.id) for model in stage.models}
    mean = np.ma.stack([table.mean(axis=0) for table in tables.values()])
    order = np.argsort(mean.mean(axis=0).filled(np.inf), kind="stable")
    corrected = {name: _without_noise(table, sizes) for name, table in tables.items()}
    equal_p = {
        name: np.array([inequality.equal_classes_p(r, sizes) for r in of]) for name, of in tables.items()
    }
    return {
        "stage": stage.name,
        "samples": len(stage.ids),
        "class_sizes": sizes.tolist(),
        "models": [
            {
                **_model(model, stage, tables[model.id], sizes),
                **_gini_intervals(
                    model.id, references(stage)[model.id], corrected, equal_p[model.id], resampled
                ),
                "gini_ci95": _gini_interval(tables[model.id], sizes),
            }
            for model in stage.models
        ],
        "heatmap": {
            "models": [model.id for model in stage.models],
            "classes": [stage.classes[index] for index in order],
            "class_indices": order.tolist(),
            "accuracy": mean[:, order].tolist(),
        },
    }


def _class_accuracies(stage: Stage, model_id: str) -> np.ma.MaskedArray:
    """Masked float64 (seeds, classes)."""
    return np.ma.stack([_of_run(seen, len(stage.classes)) for seen in stage.runs[model_id].values()])


def _of_run(seen: Measured, classes: int) -> np.ma.MaskedArray:
    return classification.per_class_accuracy(seen.labels, seen.top1, classes)


def _without_noise(table: np.ma.MaskedArray, sizes: np.ndarray) -> float:
    return float(np.mean([inequality.gini_without_noise(row, sizes) for row in table]))


def _model(model: Model, stage: Stage, table: np.ma.MaskedArray, sizes: np.ndarray) -> dict[str, Any]:
    accuracies = [1 - float(seen.errors.mean()) for seen in stage.runs[model.id].values()]
    accuracy = float(np.mean(accuracies))
    mean = table.mean(axis=0)
    worst = int(mean.filled(np.inf).argmin())
    return {
        "model": model.id,
        "accuracy": accuracy,
        "accuracy_std": std_known(accuracies),
        "gini": mean_std([inequality.gini(row) for row in table]),
        "gini_null": inequality.gini_null(accuracy, sizes),
        **_extremes(table),
        "worst_class": {"name": stage.classes[worst], "accuracy": float(mean[worst])},
        "given_up": _given_up(mean, sizes, accuracy, stage.classes),
    }


def _gini_intervals(
    model_id: str, reference: str, corrected: dict[str, float], equal_p: np.ndarray, resampled: Resampled
) -> dict[str, Any]:
    """The Gini without sampling noise, and its difference to the reference's, with 95 % intervals."""
    own, other = resampled.gini[model_id], resampled.gini[reference]
    change = corrected[model_id] - corrected[reference]
    itself = reference == model_id
    return {
        "gini_without_noise": corrected[model_id],
        "equal_classes_p": float(np.median(equal_p)),
        "gini_minus_reference": None if itself else change,
        "gini_minus_reference_ci95": None if itself else recentred_interval(change, own - other),
    }


def _gini_interval(table: np.ma.MaskedArray, sizes: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean over trainings: that of the images, with the spread of the seeds added to it.

    The seeds see the same images, so the images' part is the mean over the seeds and falls with none.
    """
    centre = [inequality.gini_without_noise(row, sizes) for row in table]
    bounds = np.array([inequality.gini_interval(row, sizes) for row in table])
    down, up = (np.mean(np.abs(bounds[:, end] - centre)) for end in (0, 1))
    seeds = Z95 * np.std(centre, ddof=1) / len(centre) ** 0.5 if len(centre) > 1 else 0.0
    mean = float(np.mean(centre))
    return max(0.0, mean - float(np.hypot(down, seeds))), mean + float(np.hypot(up, seeds))


def _extremes(table: np.ma.MaskedArray) -> dict[str, dict[str, float | None] | None]:
    """Mean and spread over the seeds of each seed's own k classes; None unless there are more than k classes."""
    of_seed = [extreme_accuracies(row) for row in table]
    return {
        name: None if of_seed[0][name] is None else mean_std([row[name] for row in of_seed])
        for name in of_seed[0]
    }


def _given_up(
    mean: np.ma.MaskedArray, sizes: np.ndarray, accuracy: float, classes: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Classes whose accuracy is significantly below a third of the model's: its 95 % Wilson interval lies below.

    A third is relative, so that the same rule serves a model of 40 % and one of 90 %. The images of a class are
    counted once however many seeds there are, for seeds fail on the same images.
    """
    tested = np.flatnonzero(~np.ma.getmaskarray(mean))
    right = np.ceil(mean[tested].data * sizes[tested] - 1e-9).astype(np.int64)
    _, highest = wilson_interval(right, sizes[tested])
    limit = GIVEN_UP * accuracy
    found = [
        {"index": int(index), "name": classes[index], "accuracy": float(mean[index]), "at_most": float(high)}
        for index, high in zip(tested, highest, strict=True)
        if high < limit
    ]
    return sorted(found, key=lambda row: row["accuracy"])
