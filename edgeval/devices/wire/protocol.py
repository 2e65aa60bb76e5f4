"""Opcodes, payloads and statuses of the link protocol as Python values (docs/PROTOCOL.md)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from edgeval.errors import DeviceError


class Op(IntEnum):
    HELLO = 1
    LOAD_BEGIN = 2
    LOAD_CHUNK = 3
    LOAD_COMMIT = 4
    TENSOR = 5
    WRITE_INPUT = 6
    INFER = 7
    READ_OUTPUT = 8
    PROFILE = 9
    STATS = 10
    RESET = 11


class Status(IntEnum):
    """The numbers of firmware/include/ev_status.h."""

    OK = 0
    ARGUMENT = -1
    MODEL_TRUNCATED = -2
    MODEL_FORMAT = -3
    OPERATOR = -4
    OPTION = -5
    ARENA = -6
    SLOT = -7
    FLASH = -8
    HASH = -9
    STATE = -10
    REQUEST = -11
    FAULT = -12
    TIMEOUT = -13


# TensorType numbers of the TFLite schema that an engine may report.
DTYPES = {0: "float32", 2: "int32", 3: "uint8", 4: "int64", 6: "bool", 7: "int16", 9: "int8"}

_HELLO = struct.Struct("<HBx6I20s16s16s16s")
_TENSOR = struct.Struct("<ii6ifiI")
_STATS = struct.Struct("<8I")
_PROFILE_ROW = struct.Struct("<iII")
_ERROR = struct.Struct("<iii")


@dataclass(frozen=True)
class Hello:
    """Who answers: the firmware, its engine and its limits. `time_source` is "none" or "cycle counter"."""

    chunk_bytes: int
    time_source: str
    core_hz: int
    slot_address: int
    slot_bytes: int
    arena_bytes: int
    static_bytes: int
    stack_bytes: int
    build_id: str
    target: str
    engine: str
    engine_version: str


@dataclass(frozen=True)
class TensorInfo:
    """An input or output of the loaded model."""

    dtype: np.dtype
    shape: tuple[int, ...]
    scale: float
    zero_point: int
    bytes: int


@dataclass(frozen=True)
class DeviceStats:
    """Memory in bytes: static data, the stack's painted high-water mark, the arena's use; and line errors."""

    static_bytes: int
    stack_bytes: int
    stack_used_bytes: int
    arena_bytes: int
    arena_used_bytes: int
    arena_state_bytes: int
    frames_rejected: int
    uart_errors: int


@dataclass(frozen=True)
class OperatorRow:
    """One operator of a device-side profile; `cycles` is 0 where the device has no time source."""

    op_code: int
    cycles: int
    live_bytes: int


@dataclass(frozen=True)
class ErrorDetail:
    """Where an engine gave up: position of the operator, its BuiltinOperator number (-1: none) and a number
    whose meaning depends on the status."""

    op_index: int
    op_code: int
    detail: int


def parse_hello(payload: bytes) -> Hello:
    """The reply to HELLO."""
    chunk, source, *words, build, target, engine, version = _unpack(_HELLO, payload)
    core_hz, slot_address, slot_bytes, arena_bytes, static_bytes, stack_bytes = words
    return Hello(
        chunk_bytes=chunk,
        time_source="cycle counter" if source == 1 else "none",
        core_hz=core_hz,
        slot_address=slot_address,
        slot_bytes=slot_bytes,
        arena_bytes=arena_bytes,
        static_bytes=static_bytes,
        stack_bytes=stack_bytes,
        build_id=build.hex(),
        target=_text(target),
        engine=_text(engine),
        engine_version=_text(version),
    )


def _text(name: bytes) -> str:
    return name.rstrip(b"\0").decode("ascii", "replace")


def parse_tensor(payload: bytes) -> TensorInfo:
    """The reply to TENSOR."""
    kind, rank, *rest = _unpack(_TENSOR, payload)
    dims, (scale, zero_point, size) = rest[:6], rest[6:]
    if kind not in DTYPES or not 0 <= rank <= 6:
        raise DeviceError(
            f"the device reports a tensor of type {kind} and rank {rank}; update edgeval or the firmware"
        )
    return TensorInfo(np.dtype(DTYPES[kind]), tuple(dims[:rank]), scale, zero_point, size)


def parse_stats(payload: bytes) -> DeviceStats:
    """The reply to STATS."""
    return DeviceStats(*_unpack(_STATS, payload))


def parse_profile(payload: bytes) -> tuple[int, list[OperatorRow]]:
    """The reply to PROFILE: cycles of the whole inference, and the rows from the requested operator on."""
    if len(payload) < 4 or (len(payload) - 4) % _PROFILE_ROW.size:
        raise DeviceError(f"the device's profile has {len(payload)} bytes; update edgeval or the firmware")
    (cycles,) = struct.unpack_from("<I", payload)
    return cycles, [OperatorRow(*row) for row in _PROFILE_ROW.iter_unpack(payload[4:])]


def parse_error(payload: bytes) -> ErrorDetail:
    """The payload of a reply whose status is an engine's error; empty payloads tell nothing."""
    return ErrorDetail(*_unpack(_ERROR, payload)) if payload else ErrorDetail(-1, -1, 0)


def _unpack(layout: struct.Struct, payload: bytes) -> tuple:
    if len(payload) != layout.size:
        raise DeviceError(
            f"a reply has {len(payload)} bytes where {layout.size} are due; update edgeval or the firmware"
        )
    return layout.unpack(payload)
