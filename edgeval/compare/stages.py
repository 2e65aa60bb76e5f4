"""The figures of one model at one stage: per seed, and their mean and spread over the seeds."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeval.cases.case import ModelCase
from edgeval.cases.summary import (
    confidence_source,
    extreme_accuracies,
    mean_known,
    reliability_rows,
    std_known,
)
from edgeval.compare.diff import FLOAT_STAGES
from edgeval.metrics import calibration, classification, inequality
from edgeval.records import FAILED, NO_SCORES, Predictions


def stage_figures(case: ModelCase, stage: str, classes: tuple[str, ...]) -> dict[str, Any]:
    """One stage of a model: the mean of each figure over the seeds, `std` (sample), and `per_seed`."""
    of_seed = case.of_stage(stage)
    per_seed = [{"seed": seed, **_figures(seen, len(classes))} for seed, seen in of_seed.items()]
    first = next(iter(of_seed.values()))
    names = [name for name in per_seed[0] if name not in ("seed", "samples", "failed", "per_class_accuracy")]
    return {
        "samples": per_seed[0]["samples"],
        "failed": sum(row["failed"] for row in per_seed),
        "seeds": len(per_seed),
        **{name: mean_known([row[name] for row in per_seed]) for name in names},
        "per_class_accuracy": _class_means([row["per_class_accuracy"] for row in per_seed]),
        "std": {name: std_known([row[name] for row in per_seed]) for name in names},
        "confidence_source": confidence_source(first.score_kind, stage not in FLOAT_STAGES),
        "reliability": _reliability(list(of_seed.values())),
        "per_seed": per_seed,
    }


def _figures(seen: Predictions, classes: int) -> dict[str, Any]:
    """All figures of one prediction file; those that the number of classes makes trivial are None."""
    failed = seen.top1 == FAILED
    per_class = classification.per_class_accuracy(seen.labels, seen.top1, classes)
    accuracy = classification.accuracy(seen.labels, seen.top1)
    sizes = classification.class_sizes(seen.labels, classes)
    ranked = classes > 5 and seen.score_kind != NO_SCORES
    top5 = classification.top_k_accuracy(seen.labels, seen.scores, 5, failed) if ranked else None
    return {
        "samples": len(seen.labels),
        "failed": int(failed.sum()),
        "accuracy": accuracy,
        "top5_accuracy": top5,
        "gini": inequality.gini(per_class),
        "gini_null": inequality.gini_null(accuracy, sizes),
        **_calibration(seen),
        **extreme_accuracies(per_class),
        "per_class_accuracy": per_class.tolist(),
    }


def _calibration(seen: Predictions) -> dict[str, float | None]:
    """ECE and mean confidences over the samples whose inference ran; None where none did."""
    confidence, correct = _confidence([seen])
    if not len(confidence):
        return dict.fromkeys(("ece", "mean_confidence", "mean_confidence_correct", "mean_confidence_wrong"))
    means = calibration.mean_confidence(confidence, correct)
    return {
        "ece": calibration.expected_calibration_error(confidence, correct, calibration.BINS),
        "mean_confidence": means.overall,
        "mean_confidence_correct": means.correct,
        "mean_confidence_wrong": means.wrong,
    }


def _confidence(predictions: list[Predictions]) -> tuple[np.ndarray, np.ndarray]:
    """Confidence float64 (n,) and correctness bool (n,) of all samples that ran and have scores, seeds in order."""
    ran = [(seen.top1 != FAILED) & (seen.score_kind != NO_SCORES) for seen in predictions]
    parts = [
        calibration.top1_confidence(seen.scores[rows], seen.score_kind) if rows.any() else np.empty(0)
        for seen, rows in zip(predictions, ran, strict=True)
    ]
    correct = [~seen.errors[rows] for seen, rows in zip(predictions, ran, strict=True)]
    return np.concatenate(parts), np.concatenate(correct)


def _reliability(predictions: list[Predictions]) -> dict[str, list[Any]] | None:
    """The reliability diagram of all seeds together."""
    confidence, correct = _confidence(predictions)
    return reliability_rows(confidence, correct) if len(confidence) else None


def _class_means(rows: list[list[float | None]]) -> list[float | None]:
    return [mean_known(list(column)) for column in zip(*rows, strict=True)]
