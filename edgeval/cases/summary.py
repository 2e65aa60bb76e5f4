"""Figures of one run and of all seeds together, shared by the comparison and the analysis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgeval.metrics import calibration, classification
from edgeval.records import NO_SCORES

EXTREMES = (5, 10, 20)  # k of the k hardest and the k easiest classes


def extreme_accuracies(per_class: np.ma.MaskedArray) -> dict[str, float | None]:
    """bottom<k>_accuracy and top<k>_class_accuracy of one run, for each k of EXTREMES (paper, section 5.5).

    `per_class` is masked float64 (classes,); None where there are not more than k classes with samples.
    """
    found: dict[str, float | None] = {}
    for name, metric in (
        ("bottom{}_accuracy", classification.bottom_k_accuracy),
        ("top{}_class_accuracy", classification.top_k_class_accuracy),
    ):
        found |= {
            name.format(k): float(metric(per_class, k)) if per_class.count() > k else None for k in EXTREMES
        }
    return found


def mean_known(values: Sequence[float | None]) -> float | None:
    """The mean over the seeds that have the figure; None where none has it."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def std_known(values: Sequence[float | None]) -> float | None:
    """Sample standard deviation over the seeds that have the figure; None for fewer than two."""
    known = [value for value in values if value is not None]
    return float(np.std(known, ddof=1)) if len(known) > 1 else None


def mean_std(values: Sequence[float | None]) -> dict[str, float | None]:
    """Both of the above, as the documents have them."""
    return {"mean": mean_known(values), "std": std_known(values)}


def reliability_rows(confidence: np.ndarray, correct: np.ndarray) -> dict[str, list[Any]]:
    """The reliability diagram of confidence float64 (n,) and correct bool (n,); a bin without samples has None."""
    table = calibration.reliability(confidence, correct, calibration.BINS)
    return {
        "edges": table.edges.tolist(),
        "samples": table.samples.tolist(),
        "confidence": table.confidence.tolist(),
        "accuracy": table.accuracy.tolist(),
    }


def confidence_source(score_kind: str, quantized: bool) -> str:
    """Where a stage's confidence comes from, in words; `quantized` is whether its output is."""
    if score_kind == NO_SCORES:
        return "none: these predictions were imported without scores"
    if score_kind == "probabilities":
        return "the model's own softmax output"
    return "softmax of the dequantized logits" if quantized else "softmax of the logits"
