"""TensorFlow Lite Micro's reference kernels, from the tflite-micro wheel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

ARENA_BYTES = 1 << 20


def references(model: bytes, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """The wheel's outputs. Skips the test where the wheel is not installed."""
    interpreter = _interpreter(model)
    for index, values in enumerate(inputs):
        interpreter.set_input(values, index)
    interpreter.invoke()
    return [interpreter.get_output(index) for index in range(_outputs(model))]


def sequence(model: bytes, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """The wheel's first output of one inference after the other with one input each."""
    interpreter, outputs = _interpreter(model), []
    for values in inputs:
        interpreter.set_input(values, 0)
        interpreter.invoke()
        outputs.append(np.array(interpreter.get_output(0)))
    return outputs


def reference(model: bytes, inputs: list[np.ndarray]) -> np.ndarray:
    """The wheel's first output. Skips the test where the wheel is not installed."""
    return references(model, inputs)[0]


def _interpreter(model: bytes) -> Any:
    runtime = pytest.importorskip("tflite_micro").runtime
    return runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)


def _outputs(model: bytes) -> int:
    from tflite.Model import Model

    return int(Model.GetRootAs(model).Subgraphs(0).OutputsLength())
