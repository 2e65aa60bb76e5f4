"""The kernels of each stage behind one small interface: load a model, run it on given inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from edgeval.devices.device import Device
from edgeval.devices.tflm import open_tflm
from edgeval.errors import UsageError
from edgeval.runtimes import ModelSource
from edgeval.runtimes.interpreters import choose
from edgeval.runtimes.tflite import open_interpreter

STAGES = ("int8", "tflm", "host", "emulated")  # those that run the same .tflite file and can be looked into


class Kernels(Protocol):
    """Runs one model after another. Arrays are in the dtype and order of the model's inputs and outputs."""

    def load(self, model: bytes) -> None: ...

    def run(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]: ...

    def close(self) -> None: ...


class TfliteKernels:
    """Those of stage int8: an interpreter of the PC."""

    def __init__(self, interpreter: str | None = None) -> None:
        self._chosen = choose(interpreter)

    def load(self, model: bytes) -> None:
        self._interpreter: Any = open_interpreter(model, "a part of the model", self._chosen)
        self._inputs = [row["index"] for row in self._interpreter.get_input_details()]
        self._outputs = [row["index"] for row in self._interpreter.get_output_details()]

    def run(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        for index, values in zip(self._inputs, inputs, strict=True):
            self._interpreter.set_tensor(index, values)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]

    def close(self) -> None:
        self._interpreter = None


class TflmKernels:
    """Those of stage tflm: TensorFlow Lite Micro's reference kernels in the tflite-micro wheel."""

    def load(self, model: bytes) -> None:
        from edgeval.runtimes.tflite_file import inspect

        self._interpreter: Any = open_tflm(model, "a part of the model")
        self._outputs = range(len(inspect(model).outputs))

    def run(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        for index, values in enumerate(inputs):
            self._interpreter.set_input(values, index)
        self._interpreter.invoke()
        return [self._interpreter.get_output(index) for index in self._outputs]

    def close(self) -> None:
        self._interpreter = None


class DeviceKernels:
    """Those of a device: the engine built for this PC, or the firmware on an emulated target."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def load(self, model: bytes) -> None:
        self._device.load(model)

    def run(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        outputs = self._device.invoke(*inputs)
        return outputs if isinstance(outputs, list) else [outputs]

    def close(self) -> None:
        self._device.close()


def open_kernels(source: ModelSource) -> Kernels:
    """The kernels that a stage's `source` runs on.

    Raises UsageError for a stage that has no layers to look into, ToolError where its library is missing.
    """
    if source.stage == "int8":
        return TfliteKernels(source.interpreter)
    if source.stage == "tflm":
        return TflmKernels()
    if source.stage not in STAGES:
        raise UsageError(
            f"stage '{source.stage}' cannot be compared layer by layer; choose two of {', '.join(STAGES)}"
        )
    from edgeval.devices.opening import open_target

    return DeviceKernels(
        open_target(source.target or "host", source.runner or "unicorn", source.engine or "builtin")
    )
