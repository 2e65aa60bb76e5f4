"""Tries what doctor calls ready, in a process of its own: `python -m edgeval.doctor.probes NAME`.

A library that is installed may still not import, or crash, so its version alone tells nothing.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from edgeval.errors import EdgevalError

MODEL = Path(__file__).with_name("probe.tflite")  # tests/tiny_model.py: one dense layer on 8 x 8 pixels
SIDE, CLASSES = 8, 3
TARGET = "stm32f407"


def run_stage(stage: str) -> None:
    """One image through the model at a stage that runs .tflite files."""
    from edgeval.runtimes import ModelSource, open_runtime

    on_target = {"target": TARGET, "runner": "unicorn"} if stage == "emulated" else {}
    runtime = open_runtime(ModelSource(stage, MODEL, CLASSES, (SIDE, SIDE, 3), **on_target))  # type: ignore[arg-type]
    outputs = runtime.run(np.zeros((1, SIDE, SIDE, 3), np.uint8))
    assert outputs.scores.shape == (1, CLASSES) and not outputs.failed.any()


def run_onnx() -> None:
    """One number through an ONNX file that is an Identity."""
    import onnxruntime

    session = onnxruntime.InferenceSession(identity_onnx(), providers=["CPUExecutionProvider"])
    assert session.run(None, {"x": np.ones(1, np.float32)})[0] == 1


def run_torch() -> None:
    import torch

    assert torch.ones(2).sum() == 2


def run_torchvision() -> None:
    from edgeval.torchvision_import import torchvision_module

    run_torch()
    torchvision_module("datasets")


def identity_onnx() -> bytes:
    """An ONNX file, opset 13, whose output y is its input x, float32 (1,); field numbers from onnx.proto."""

    def field(number: int, content: bytes) -> bytes:
        return bytes([number << 3 | 2, len(content)]) + content

    def number(at: int, value: int) -> bytes:
        return bytes([at << 3, value])

    shape = field(2, field(1, number(1, 1)))
    tensor = field(2, field(1, number(1, 1) + shape))
    node = field(1, b"x") + field(2, b"y") + field(4, b"Identity")
    graph = (
        field(1, node)
        + field(2, b"g")
        + field(11, field(1, b"x") + tensor)
        + field(12, field(1, b"y") + tensor)
    )
    return number(1, 8) + field(7, graph) + field(8, number(2, 13))


PROBES: dict[str, Callable[[], None]] = {
    "train-grid": run_torchvision,
    "stage float": run_torch,
    "stage onnx": run_onnx,
    "stage int8": lambda: run_stage("int8"),
    "stage tflm": lambda: run_stage("tflm"),
    "stage host": lambda: run_stage("host"),
    "stage emulated": lambda: run_stage("emulated"),
}


def main(part: str, modules: list[str]) -> int:
    """Run a part, or import its modules where nothing of it can be run alone; the reason as the last line of standard
    output, and 1, where that fails."""
    try:
        if part in PROBES:
            PROBES[part]()
        else:
            for module in modules:
                importlib.import_module(module)
    except EdgevalError as error:
        print(error)
        return 1
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
