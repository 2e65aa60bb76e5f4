"""Int8 outputs that cannot be right. Reference: softmax outputs computed in float64 and quantized here."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings, strategies as st

from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.compare.outputs import output_faults
from edgeval.records import DatasetInfo, Predictions, Provenance


def predictions(values: np.ndarray, scale: float, zero_point: int, kind: str) -> Predictions:
    """Predictions of float64 outputs (n, classes), quantized and dequantized."""
    int8 = np.clip(np.round(values / scale) + zero_point, -128, 127).astype(np.int8)
    info = DatasetInfo("d", "0" * 64, len(values), tuple(f"c{index}" for index in range(values.shape[1])))
    return Predictions(
        provenance=Provenance("int8", "0" * 64, info, "runtime 1", None, None, None),
        ids=np.arange(len(values)),
        labels=np.zeros(len(values), np.int64),
        top1=int8.argmax(axis=1).astype(np.int64),
        scores=(int8.astype(np.float32) - zero_point) * np.float32(scale),
        score_kind=kind,
        output_int8=int8,
        output_scale=scale,
        output_zero_point=zero_point,
    )


def softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))


@settings(max_examples=60)
@given(st.integers(2, 200), st.floats(0.01, 20), st.integers(0, 999))
def test_right_softmax_is_never_blamed(classes: int, spread: float, seed: int) -> None:
    values = softmax(np.random.default_rng(seed).normal(0, spread, (50, classes)))
    assert list(output_faults(predictions(values, 1 / 256, -128, "probabilities"))) == []


def test_softmax_that_sums_to_23() -> None:
    values = softmax(np.random.default_rng(0).normal(0, 1, (50, 10)))
    (text,) = output_faults(predictions(values * 23, 23 / 256, -128, "probabilities"))
    assert "sum to 22.99" in text and "1/256 is right" in text


def test_output_that_saturates() -> None:
    values = np.random.default_rng(0).normal(0, 10, (200, 10))
    (text,) = output_faults(predictions(values, 0.01, 0, "logits"))
    assert "several classes have the largest int8 value 127" in text
    assert list(output_faults(predictions(values, 0.4, 0, "logits"))) == []


def test_notes_of_a_file_and_faults_of_its_outputs_are_warnings() -> None:
    values = np.random.default_rng(0).normal(0, 10, (200, 10))
    stages = {"int8": predictions(values, 0.01, 0, "logits")}
    case = ModelCase("net", "net", {0: stages}, notes=("net.tflite keeps constants behind its flatbuffer",))
    told = compare([case])["warnings"]
    assert case.notes[0] in told
    assert any(text.startswith("net int8 seed 0: in ") for text in told)
