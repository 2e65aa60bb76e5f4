"""Confidences of runtimes as they are: a float32 softmax may end a digit above 1."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.errors import DataError
from tests.planted import predictions, world

WHERE = world(classes=3, samples=30)


def document_of(scores: np.ndarray) -> dict:
    seen = replace(predictions(WHERE, "onnx", scores), score_kind="probabilities")
    return compare([ModelCase("a", "a", {0: {"onnx": seen}})])


def test_a_probability_one_digit_above_one_is_one() -> None:
    stage = document_of(
        np.eye(3, dtype=np.float32)[WHERE.labels] * np.nextafter(np.float32(1), np.float32(2))
    )["models"][0]
    assert stage["stages"]["onnx"]["mean_confidence"] == 1.0
    assert stage["stages"]["onnx"]["confidence_source"] == "the model's own softmax output"


def test_scores_that_are_no_probabilities_are_refused() -> None:
    with pytest.raises(DataError, match="probabilities"):
        document_of(np.eye(3)[WHERE.labels] * 1.01)
