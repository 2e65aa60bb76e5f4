"""What every device can do, and the device that is firmware behind a link."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from types import TracebackType
from typing import Protocol, TypeVar

import numpy as np

from edgeval.devices.wire.protocol import (
    DeviceStats,
    Hello,
    Op,
    OperatorRow,
    TensorInfo,
    parse_hello,
    parse_profile,
    parse_stats,
    parse_tensor,
)
from edgeval.devices.wire.session import Session
from edgeval.errors import DataError, DeviceError, DeviceRestarted, ModelError
from edgeval.flatbuffer import inlined
from edgeval.inputs import read_input

RELOADS = 3  # of one inference; a device that restarts more often is broken


class Device(Protocol):
    """Runs one model: on an emulated or real microcontroller, or on this PC. A context manager.

    `inputs` and `outputs` describe the loaded model's tensors.
    """

    name: str
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]

    def load(self, model: bytes | str | Path) -> None:
        """Take a .tflite file; ModelError where it is refused."""
        ...

    def invoke(self, *inputs: np.ndarray) -> np.ndarray | list[np.ndarray]:
        """One inference: an array for each input in its dtype and shape; an array, or a list where the model
        has several outputs."""
        ...

    def stats(self) -> DeviceStats:
        """Memory use since start."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Device: ...

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def model_bytes(model: bytes | str | Path) -> bytes:
    """The bytes of a model given as bytes or as a path, with all its constants inside the flatbuffer.

    A file that is damaged, or none, stays as it is: refusing it is the device's work.
    """
    if isinstance(model, bytes):
        return _inlined(model)
    try:
        return _inlined(read_input(Path(model)))
    except OSError as error:
        raise ModelError(f"{model} cannot be read: {error.strerror}; check the path") from error


def _inlined(model: bytes) -> bytes:
    try:
        return inlined(model)
    except ModelError:
        return model


def checked_inputs(expected: tuple[TensorInfo, ...], given: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    """The inputs as contiguous arrays; DataError where number, dtype or size are not the model's."""
    if not expected:
        raise DeviceError("no model is loaded; call load() first")
    if len(given) != len(expected):
        raise DataError(f"the model has {len(expected)} inputs, {len(given)} were given")
    for index, (info, array) in enumerate(zip(expected, given, strict=True)):
        if array.dtype != info.dtype or array.size * array.itemsize != info.bytes:
            raise DataError(
                f"input {index} is {array.dtype} {array.shape}, the model wants {info.dtype} {info.shape}"
            )
    return [np.ascontiguousarray(array) for array in given]


Self = TypeVar("Self", bound="FirmwareDevice")


class FirmwareDevice:
    """The firmware behind a link. Survives lost frames, and a reset by loading the model again."""

    def __init__(self, session: Session, name: str) -> None:
        self.name = name
        self.session = session
        self.inputs: tuple[TensorInfo, ...] = ()
        self.outputs: tuple[TensorInfo, ...] = ()
        self.operators = 0
        self.cycles = 0  # of the last inference; 0 where the device has no time source
        self.restarts = 0
        self._model = b""
        self.hello: Hello = parse_hello(session.request(Op.HELLO))

    def load(self, model: bytes | str | Path) -> None:
        """Write the model into the flash slot and open it."""
        self._model = b""
        self._load(model_bytes(model))

    def _load(self, data: bytes) -> None:
        request = self.session.request
        present = request(Op.LOAD_BEGIN, struct.pack("<II", len(data), zlib.crc32(data)))
        if not any(present):
            for at in range(0, len(data), self.hello.chunk_bytes):
                chunk = data[at : at + self.hello.chunk_bytes]
                request(Op.LOAD_CHUNK, struct.pack("<I", at) + chunk)
        inputs, outputs, self.operators = struct.unpack("<III", request(Op.LOAD_COMMIT))
        self.inputs = tuple(self._tensor(0, index) for index in range(inputs))
        self.outputs = tuple(self._tensor(1, index) for index in range(outputs))
        self._model = data

    def _tensor(self, kind: int, index: int) -> TensorInfo:
        return parse_tensor(self.session.request(Op.TENSOR, bytes((kind, index))))

    def invoke(self, *inputs: np.ndarray) -> np.ndarray | list[np.ndarray]:
        """One inference, see Device."""
        arrays = checked_inputs(self.inputs, inputs)
        reply = self._run(arrays, Op.INFER, b"")
        (self.cycles,) = struct.unpack_from("<I", reply)
        outputs = self._outputs(reply[4:])
        return outputs[0] if len(outputs) == 1 else outputs

    def profile(self, *inputs: np.ndarray) -> tuple[int, list[OperatorRow]]:
        """Cycles of one inference, and of each operator as the device counts them."""
        arrays = checked_inputs(self.inputs, inputs)
        rows: list[OperatorRow] = []
        cycles = 0
        while len(rows) < self.operators:
            reply = self._run(arrays, Op.PROFILE, struct.pack("<I", len(rows)))
            cycles, more = parse_profile(reply)
            if not more:
                raise DeviceError(
                    f"{self.name} profiles {len(rows)} of {self.operators} operators; report this"
                )
            rows += more
        return cycles, rows

    def stats(self) -> DeviceStats:
        """Memory use since the device's start."""
        return parse_stats(self.session.request(Op.STATS))

    def reset(self) -> None:
        """Restart the device; it has no model then."""
        self.session.request(Op.RESET)
        self._model = b""
        self.inputs = self.outputs = ()

    def close(self) -> None:
        self.session.link.close()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _run(self, arrays: list[np.ndarray], opcode: Op, payload: bytes) -> bytes:
        """Send the inputs and run; a device that was reset in between gets its model again."""
        for _ in range(RELOADS):
            try:
                self._write_inputs(arrays)
                return self.session.request(opcode, payload)
            except DeviceRestarted:
                self.restarts += 1
                self._load(self._model)
        raise DeviceError(f"{self.name} restarted {RELOADS} times during one inference; check its supply")

    def _write_inputs(self, arrays: list[np.ndarray]) -> None:
        step = self.hello.chunk_bytes
        for index, array in enumerate(arrays):
            data = array.tobytes()
            for at in range(0, len(data), step):
                self.session.request(Op.WRITE_INPUT, struct.pack("<B3xI", index, at) + data[at : at + step])

    def _outputs(self, data: bytes) -> list[np.ndarray]:
        """The outputs that came with the reply, or read one by one where they did not fit into it."""
        outputs = []
        for index, info in enumerate(self.outputs):
            own = data[: info.bytes] if data else self._read_output(index, info.bytes)
            data = data[info.bytes :]
            outputs.append(np.frombuffer(own, info.dtype).reshape(info.shape).copy())
        return outputs

    def _read_output(self, index: int, size: int) -> bytes:
        data = b""
        while len(data) < size:
            data += self.session.request(Op.READ_OUTPUT, struct.pack("<B3xI", index, len(data)))
        return data
