"""The tflite-micro wheel as a device: TensorFlow Lite Micro's reference kernels on this PC."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from edgeval.devices.device import checked_inputs, model_bytes
from edgeval.devices.wire.protocol import DeviceStats, TensorInfo
from edgeval.errors import DeviceError, ModelError, ToolError

FIRST_ARENA_BYTES = 1 << 20
LARGEST_ARENA_BYTES = 1 << 28


class TflmDevice:
    """TensorFlow Lite Micro's reference kernels on this PC, behind the interface `Device`."""

    name = "tflm"

    def __init__(self) -> None:
        self.inputs: tuple[TensorInfo, ...] = ()
        self.outputs: tuple[TensorInfo, ...] = ()
        self._interpreter: Any = None

    def load(self, model: bytes | str | Path) -> None:
        """Open a .tflite file; ModelError where TensorFlow Lite Micro refuses it."""
        data = model_bytes(model)
        self._interpreter = open_tflm(data, "the model")
        self.inputs = _tensors(self._interpreter.get_input_details)
        self.outputs = _tensors(self._interpreter.get_output_details)

    def invoke(self, *inputs: np.ndarray) -> np.ndarray | list[np.ndarray]:
        """One inference on inputs in the model's shapes and types: its output, or a list of several."""
        for index, array in enumerate(checked_inputs(self.inputs, inputs)):
            self._interpreter.set_input(array.reshape(self.inputs[index].shape), index)
        self._interpreter.invoke()
        outputs = [self._interpreter.get_output(index) for index in range(len(self.outputs))]
        return outputs[0] if len(outputs) == 1 else outputs

    def stats(self) -> DeviceStats:
        """The wheel prints its memory use but does not tell it: always DeviceError."""
        raise DeviceError(
            "the tflite-micro wheel does not tell its memory use; ask an emulated target or 'host'"
        )

    def close(self) -> None:
        self._interpreter = None

    def __enter__(self) -> TflmDevice:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_tflm(data: bytes, where: str) -> Any:
    """The wheel's interpreter with the first arena that suffices: the size cannot be asked for beforehand.

    Raises ModelError, with `where`, for a model that TensorFlow Lite Micro refuses, ToolError without the wheel.
    """
    try:
        from tflite_micro import runtime
    except ImportError as error:
        raise ToolError("target 'tflm' needs tflite-micro: pip install 'edgeval[runtimes]'") from error
    arena_bytes = max(FIRST_ARENA_BYTES, 4 * len(data))
    while True:
        try:
            return runtime.Interpreter.from_bytes(data, arena_size=arena_bytes)
        except (RuntimeError, ValueError) as error:
            if arena_bytes >= LARGEST_ARENA_BYTES:
                raise ModelError(f"{where} is refused by TensorFlow Lite Micro: {error}") from error
            arena_bytes *= 16


def _tensors(details_of: Any) -> tuple[TensorInfo, ...]:
    """Details until the index runs out: the wheel does not tell how many tensors there are."""
    tensors: list[TensorInfo] = []
    while True:
        try:
            details = details_of(len(tensors))
        except (IndexError, RuntimeError, ValueError):
            return tuple(tensors)
        tensors.append(_tensor(details))


def _tensor(details: dict[str, Any]) -> TensorInfo:
    dtype, shape = np.dtype(details["dtype"]), tuple(int(size) for size in details["shape"])
    quantization = details["quantization_parameters"]
    scales, zero_points = quantization["scales"], quantization["zero_points"]
    return TensorInfo(
        dtype=dtype,
        shape=shape,
        scale=float(scales[0]) if len(scales) else 0.0,
        zero_point=int(zero_points[0]) if len(zero_points) else 0,
        bytes=dtype.itemsize * int(np.prod(shape)),
    )
