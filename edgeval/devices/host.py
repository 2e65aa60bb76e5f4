"""The device's engine on this PC: the same C code that the firmware runs, for the full test set.

Every instance has its own arena, and calls release the interpreter lock, so threads use all cores.
"""

from __future__ import annotations

import ctypes
import struct
import threading
from collections.abc import Callable
from ctypes import c_char_p, c_float, c_int, c_int32, c_uint8, c_uint32, c_void_p
from functools import cache
from pathlib import Path
from types import TracebackType

import numpy as np

from edgeval.devices.build.host import host_library
from edgeval.devices.device import checked_inputs, model_bytes
from edgeval.devices.wire.protocol import DTYPES, DeviceStats, Op, Status, TensorInfo
from edgeval.devices.wire.session import refusal
from edgeval.errors import DeviceError

ARENA_ALIGN = 16
FIRST_ARENA_BYTES = 1 << 20
LARGEST_ARENA_BYTES = 1 << 30


class _Tensor(ctypes.Structure):
    _fields_ = [
        ("data", c_void_p),
        ("bytes", c_uint32),
        ("type", c_int32),
        ("rank", c_int32),
        ("dims", c_int32 * 6),
        ("scale", c_float),
        ("zero_point", c_int32),
    ]


class _Stats(ctypes.Structure):
    _fields_ = [
        ("input_count", c_uint32),
        ("output_count", c_uint32),
        ("op_count", c_uint32),
        ("arena_used_bytes", c_uint32),
        ("arena_state_bytes", c_uint32),
    ]


class _OpInfo(ctypes.Structure):
    _fields_ = [("op_code", c_int32), ("output_count", c_uint32), ("live_bytes", c_uint32)]


class _Error(ctypes.Structure):
    _fields_ = [("status", c_int), ("op_index", c_int32), ("op_code", c_int32), ("detail", c_int32)]


_OBSERVER = ctypes.CFUNCTYPE(None, c_void_p, c_uint32, c_int)
_OPEN = ctypes.CFUNCTYPE(
    c_int, ctypes.POINTER(c_void_p), c_void_p, c_uint32, c_void_p, c_uint32, ctypes.POINTER(_Error)
)
_DESCRIBE = ctypes.CFUNCTYPE(c_int, c_void_p, c_uint32, ctypes.POINTER(_Tensor))
_INVOKE = ctypes.CFUNCTYPE(c_int, c_void_p, _OBSERVER, c_void_p, ctypes.POINTER(_Error))
_STATS = ctypes.CFUNCTYPE(c_int, c_void_p, ctypes.POINTER(_Stats))
_OP_INFO = ctypes.CFUNCTYPE(c_int, c_void_p, c_uint32, ctypes.POINTER(_OpInfo))
_OP_OUTPUT = ctypes.CFUNCTYPE(c_int, c_void_p, c_uint32, c_uint32, ctypes.POINTER(_Tensor))


class _Engine(ctypes.Structure):
    """ev_engine_t of firmware/include/ev_engine.h."""

    _fields_ = [
        ("name", c_char_p),
        ("version", c_char_p),
        ("open", _OPEN),
        ("input", _DESCRIBE),
        ("output", _DESCRIBE),
        ("invoke", _INVOKE),
        ("stats", _STATS),
        ("op_info", _OP_INFO),
        ("op_output", _OP_OUTPUT),
    ]


@cache
def _engine(library: Path) -> _Engine:
    return _Engine.in_dll(ctypes.CDLL(str(library)), "ev_engine_builtin")


class HostEngine:
    """The built-in engine on this PC, a Device. Several threads may share one instance; they then take turns."""

    name = "host"

    def __init__(self, library: Path | None = None) -> None:
        """`library`: another build of the engine than the one in the cache, for example with sanitizers."""
        self._engine = _engine(library or host_library())
        self._lock = threading.Lock()
        self.engine_name = f"{self._engine.name.decode()} {self._engine.version.decode()}"
        self.inputs: tuple[TensorInfo, ...] = ()
        self.outputs: tuple[TensorInfo, ...] = ()
        self.operators = 0
        self._handle = c_void_p()
        self._model = b""
        self._arena = (c_uint8 * 0)()

    def load(self, model: bytes | str | Path) -> None:
        """Open a .tflite file; ModelError where the engine refuses it."""
        self.close()
        data = model_bytes(model)
        arena_bytes = FIRST_ARENA_BYTES
        while True:
            error = self._open(data, arena_bytes)
            if error.status != Status.ARENA or not arena_bytes < error.detail <= LARGEST_ARENA_BYTES:
                break
            arena_bytes = error.detail
        self._check(error, Op.LOAD_COMMIT)
        self._model = data
        stats = self._stats()
        self.inputs = self._describe(self._engine.input, stats.input_count)
        self.outputs = self._describe(self._engine.output, stats.output_count)
        self.operators = stats.op_count

    def invoke(self, *inputs: np.ndarray) -> np.ndarray | list[np.ndarray]:
        """One inference on inputs in the model's shapes and types: its output, or a list of several."""
        return self._invoke(inputs, _OBSERVER())

    def intermediate(
        self, see: Callable[[int, int, np.ndarray], None], *inputs: np.ndarray
    ) -> np.ndarray | list[np.ndarray]:
        """One inference that calls `see(op_index, output_index, values)` with every operator's outputs.

        An exception in `see` is raised after the inference.
        """
        raised: list[BaseException] = []

        def observe(_context: int | None, op_index: int, after: int) -> None:
            if not after or raised:
                return
            try:
                for index, values in enumerate(self._operator_outputs(op_index)):
                    see(op_index, index, values)
            except BaseException as error:  # must not unwind through C
                raised.append(error)

        outputs = self._invoke(inputs, _OBSERVER(observe))
        if raised:
            raise raised[0]
        return outputs

    def operator(self, index: int) -> tuple[int, int]:
        """BuiltinOperator number of an operator, and the arena bytes in use while it runs."""
        info = _OpInfo()
        if self._engine.op_info(self._handle, index, ctypes.byref(info)) != Status.OK:
            raise DeviceError(f"the loaded model has no operator {index}")
        return info.op_code, info.live_bytes

    def stats(self) -> DeviceStats:
        """Arena use; a PC has no figures for the rest, which is zero."""
        stats = self._stats()
        return DeviceStats(0, 0, 0, len(self._arena), stats.arena_used_bytes, stats.arena_state_bytes, 0, 0)

    def close(self) -> None:
        self._handle = c_void_p()
        self.inputs = self.outputs = ()
        self.operators = 0

    def __enter__(self) -> HostEngine:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _open(self, data: bytes, arena_bytes: int) -> _Error:
        error = _Error()
        self._arena = (c_uint8 * (arena_bytes + ARENA_ALIGN))()
        start = -ctypes.addressof(self._arena) % ARENA_ALIGN
        arena = ctypes.c_void_p(ctypes.addressof(self._arena) + start)
        error.status = self._engine.open(
            ctypes.byref(self._handle), data, len(data), arena, arena_bytes, ctypes.byref(error)
        )
        return error

    def _invoke(self, inputs: tuple[np.ndarray, ...], observer: object) -> np.ndarray | list[np.ndarray]:
        arrays = checked_inputs(self.inputs, inputs)
        error = _Error()
        with self._lock:
            for index, array in enumerate(arrays):
                ctypes.memmove(self._tensor(self._engine.input, index).data, array.ctypes.data, array.nbytes)
            error.status = self._engine.invoke(self._handle, observer, None, ctypes.byref(error))
            self._check(error, Op.INFER)
            outputs = [_copy(self._tensor(self._engine.output, index)) for index in range(len(self.outputs))]
        return outputs[0] if len(outputs) == 1 else outputs

    def _operator_outputs(self, op_index: int) -> list[np.ndarray]:
        info, tensor = _OpInfo(), _Tensor()
        self._engine.op_info(self._handle, op_index, ctypes.byref(info))
        values = []
        for index in range(info.output_count):
            self._engine.op_output(self._handle, op_index, index, ctypes.byref(tensor))
            values.append(_copy(tensor))
        return values

    def _tensor(self, describe: Callable[..., int], index: int) -> _Tensor:
        tensor = _Tensor()
        describe(self._handle, index, ctypes.byref(tensor))
        return tensor

    def _describe(self, describe: Callable[..., int], count: int) -> tuple[TensorInfo, ...]:
        return tuple(_info(self._tensor(describe, index)) for index in range(count))

    def _stats(self) -> _Stats:
        stats = _Stats()
        if self._engine.stats(self._handle, ctypes.byref(stats)) != Status.OK:
            raise DeviceError("no model is loaded; call load() first")
        return stats

    def _check(self, error: _Error, request: Op) -> None:
        if error.status != Status.OK:
            raise refusal(
                "the host engine",
                request,
                error.status,
                struct.pack("<iii", error.op_index, error.op_code, error.detail),
            )


def _info(tensor: _Tensor) -> TensorInfo:
    dtype = np.dtype(DTYPES[tensor.type])
    return TensorInfo(dtype, tuple(tensor.dims[: tensor.rank]), tensor.scale, tensor.zero_point, tensor.bytes)


def _copy(tensor: _Tensor) -> np.ndarray:
    info = _info(tensor)
    return np.frombuffer(ctypes.string_at(tensor.data, tensor.bytes), info.dtype).reshape(info.shape)
