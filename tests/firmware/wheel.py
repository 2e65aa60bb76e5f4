"""TensorFlow Lite Micro's reference kernels, from the tflite-micro wheel."""

from __future__ import annotations

import numpy as np
import pytest

ARENA_BYTES = 1 << 20


def references(model: bytes, inputs: list[np.ndarray], runs: int = 1) -> list[np.ndarray]:
    """The wheel's outputs, of the last of several runs. Skips the test where the wheel is not installed."""
    runtime = pytest.importorskip("tflite_micro").runtime
    interpreter = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
    for _ in range(runs):
        for index, values in enumerate(inputs):
            interpreter.set_input(values, index)
        interpreter.invoke()
    return [interpreter.get_output(index) for index in range(_outputs(model))]


def reference(model: bytes, inputs: list[np.ndarray]) -> np.ndarray:
    """The wheel's first output. Skips the test where the wheel is not installed."""
    return references(model, inputs)[0]


def _outputs(model: bytes) -> int:
    from tflite.Model import Model

    return int(Model.GetRootAs(model).Subgraphs(0).OutputsLength())
