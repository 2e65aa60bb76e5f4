"""TensorFlow Lite Micro's reference kernels, from the tflite-micro wheel."""

from __future__ import annotations

import numpy as np
import pytest

ARENA_BYTES = 1 << 20


def reference(model: bytes, inputs: list[np.ndarray]) -> np.ndarray:
    """The wheel's first output. Skips the test where the wheel is not installed."""
    runtime = pytest.importorskip("tflite_micro").runtime
    interpreter = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
    for index, values in enumerate(inputs):
        interpreter.set_input(values, index)
    interpreter.invoke()
    return interpreter.get_output(0)
