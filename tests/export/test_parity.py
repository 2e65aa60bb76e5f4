"""The limits of parity; reference: figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from edgeval.data import Split
from edgeval.errors import ModelError
from edgeval.export.parity import int8_parity, onnx_parity
from edgeval.runtimes import Outputs


def outputs(scores: np.ndarray, int8: bool = False) -> Outputs:
    scores = scores.astype(np.float32)
    return Outputs(scores, scores.astype(np.int8) if int8 else None, np.zeros(len(scores), bool))


def one_hot(labels: list[int]) -> np.ndarray:
    return 10 * np.eye(3)[labels]


def test_onnx_within_tolerance() -> None:
    scores = np.array([[0.0, 20.0, -5.0], [1.0, 2.0, 3.0]])
    seen = onnx_parity(outputs(scores), outputs(scores + 1e-3), "net")
    assert seen.samples == 2
    assert seen.tolerance == pytest.approx(20 * 1e-4)
    assert seen.max_abs_difference == pytest.approx(1e-3, rel=1e-3)
    assert seen.flipped_labels == 0


@pytest.mark.parametrize("wrong", [3e-3, np.nan, np.inf])
def test_onnx_beyond_tolerance(wrong: float) -> None:
    scores = np.array([[0.0, 20.0, -5.0]])
    other = scores.copy()
    other[0, 0] += wrong
    with pytest.raises(ModelError, match=r"^net: ONNX and torch differ by"):
        onnx_parity(outputs(scores), outputs(other), "net")


def test_int8_figures() -> None:
    shown = Split(np.zeros((5, 8, 8, 3), np.uint8), np.array([0, 1, 2, 0, 1]))
    seen = int8_parity(
        outputs(one_hot([0, 1, 2, 0, 0])), outputs(one_hot([0, 1, 1, 1, 1]), int8=True), shown, 0.3, "net"
    )
    assert (seen.float_accuracy, seen.int8_accuracy) == (0.8, 0.6)
    assert seen.drop == 0.2
    assert seen.flipped_labels == 3


def test_int8_beyond_the_limit() -> None:
    shown = Split(np.zeros((5, 8, 8, 3), np.uint8), np.array([0, 1, 2, 0, 1]))
    expected = outputs(one_hot([0, 1, 2, 0, 1]))
    collapsed = outputs(one_hot([1] * 5), int8=True)
    with pytest.raises(ModelError, match=r"^net: int8 loses 60\.0 points of accuracy \(100\.0 to 40\.0 %\)"):
        int8_parity(expected, collapsed, shown, 0.59, "net")
    assert int8_parity(expected, collapsed, shown, 0.6, "net").drop == 0.6
