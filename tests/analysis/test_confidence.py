"""What a confidence is worth: global match, and thresholds on the grid of an int8 output. Answers by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edgeval.analysis.calibration import THRESHOLDS, calibration, thresholds
from edgeval.analysis.inputs.measured import Measured, Model, stages_of
from edgeval.analysis.resample import resample
from tests.analysis.worlds import info, measured

LABELS = np.arange(3000) % 10


def verdict(confidence: np.ndarray, probability: np.ndarray) -> dict[str, Any]:
    """The calibration of a model that is right with `probability`."""
    wrong = np.random.default_rng(5).random(len(LABELS)) >= probability
    runs = {0: {"float": measured(LABELS, wrong, confidence)}}
    made = next(stages_of([Model("net-1", "net", 1000, runs)], info(len(LABELS), 10)))
    (row,) = calibration(made, resample(made, [], 50))["models"]
    return row


@pytest.mark.parametrize(
    ("probability", "match"),
    [
        (lambda c: c, "calibrated"),
        (lambda c: c - 0.15, "overconfident"),
        (lambda c: np.minimum(c + 0.15, 1), "underconfident"),
        (lambda c: np.full_like(c, 0.65), "global match only"),
    ],
)
def test_a_global_match_is_told_from_calibration(probability: Any, match: str) -> None:
    """The last model is right with 65 % whatever it says, and its mean confidence is 65 %: the paper's artifact."""
    confidence = np.random.default_rng(1).uniform(0.3, 1.0, len(LABELS))
    row = verdict(confidence, probability(confidence))
    assert row["match"] == match
    low, high = row["global_gap_ci95"]
    assert low < row["global_gap"] < high
    half = (
        1.96
        * np.std(confidence - (np.random.default_rng(5).random(3000) < probability(confidence)))
        / 3000**0.5
    )
    assert high - row["global_gap"] == pytest.approx(half, rel=0.01)


def test_a_softmax_in_int8_has_few_confidences_and_a_highest_one() -> None:
    """Steps of 1/256: at 0.99 only 251 to 255 steps lie within 0.01, and none is above 255/256."""
    confidence = np.random.default_rng(2).uniform(0.2, 1.0, len(LABELS))
    quantized = np.minimum(np.round(confidence * 256), 255) / 256
    wrong = np.random.default_rng(3).random(len(LABELS)) > confidence
    before = measured(LABELS, wrong, confidence)
    after = replace(measured(LABELS, wrong, quantized), score_kind="probabilities", output_step=1 / 256)
    (entry,) = thresholds(list(stages_of([model(before, after)], info(len(LABELS), 10))))
    assert (entry["from"], entry["to"], entry["highest_after"]) == ("float", "int8", 255 / 256)
    assert entry["highest_before"] == confidence.max()
    rows = {row["threshold"]: row for row in entry["thresholds"]}
    assert tuple(rows) == THRESHOLDS
    near = np.abs(confidence - 0.99) <= 0.01
    assert (rows[0.99]["distinct_before"], rows[0.99]["distinct_after"]) == (near.sum(), 5)
    assert rows[0.9]["distinct_after"] == 5 and rows[0.9]["confidence_step"] == 1 / 256
    assert rows[0.9]["coverage_before"] == pytest.approx((confidence >= 0.9).mean())
    assert rows[0.9]["precision_after"] == pytest.approx(1 - wrong[quantized >= 0.9].mean())


def model(before: Measured, after: Measured) -> Model:
    return Model("net-1", "net", 1000, {0: {"float": before, "int8": after}})
