"""Every .tflite file of a folder runs with the tflite-micro wheel's bytes, or is refused in one line.

Reference: the tflite-micro wheel. The files are public ones and not part of the repository: the folder is named by
EDGEVAL_PUBLIC_TFLITE (docs/DESIGN.md says which were tried and what came out).
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from edgeval.devices.device import TensorInfo
from edgeval.devices.opening import open_target
from edgeval.errors import EdgevalError, ModelError
from edgeval.runtimes.int8_core import int8_core
from edgeval.runtimes.tflite_file import inspect, read_tflite
from edgeval.runtimes.tflm import open_tflm

FOLDER = os.environ.get("EDGEVAL_PUBLIC_TFLITE")
FILES = sorted(Path(FOLDER).rglob("*.tflite")) if FOLDER else []
needs_folder = pytest.mark.skipif(
    not FILES, reason="EDGEVAL_PUBLIC_TFLITE names no folder with .tflite files; see docs/DESIGN.md"
)
pytestmark = needs_folder
SEEN: Counter[str] = Counter()


def inputs_of(expected: tuple[TensorInfo, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    arrays = []
    for info in expected:
        if np.issubdtype(info.dtype, np.floating):
            arrays.append(rng.normal(0, 1, info.shape).astype(info.dtype))
        else:
            limits = np.iinfo(info.dtype)
            arrays.append(
                rng.integers(max(limits.min, -128), min(limits.max, 127) + 1, info.shape, info.dtype)
            )
    return arrays


def one_line(error: EdgevalError) -> str:
    text = str(error)
    assert "\n" not in text and len(text) > 20, text
    return text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_runs_with_the_wheels_bytes_or_is_refused(path: Path) -> None:
    try:
        data = read_tflite(path)
        inspect(data, path.name)
        int8_core(data, path.name)
        with open_target("host") as device:
            device.load(data)
            arrays = inputs_of(device.inputs)
            outputs = device.invoke(*arrays)
    except ModelError as error:
        SEEN[one_line(error).partition(":")[0]] += 1
        return
    outputs = outputs if isinstance(outputs, list) else [outputs]
    interpreter = open_tflm(data, path.name)
    for index, array in enumerate(arrays):
        interpreter.set_input(array, index)
    interpreter.invoke()
    for index, output in enumerate(outputs):
        np.testing.assert_array_equal(output, interpreter.get_output(index))
    SEEN["ran"] += 1
