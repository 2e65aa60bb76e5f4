"""A fake device: the firmware's side of the protocol in Python, behind a link that misbehaves on plan.

It speaks docs/PROTOCOL.md and runs a Python function instead of a model, so that everything above the link can
be tested, and tried out, without hardware.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from edgeval.devices.wire.frame import CHUNK_MAX, REPLY_BIT, Frame, decode
from edgeval.devices.wire.protocol import Op, Status

INT8 = 9  # TensorType of the TFLite schema
RELU = 19  # BuiltinOperator of the TFLite schema
CORE_HZ = 1_000_000


@dataclass(frozen=True)
class FaultPlan:
    """What goes wrong on the line: shares of the frames in either direction, and at which requests the device
    resets (counted from 0 as they arrive). The same seed gives the same faults."""

    drop: float = 0.0
    corrupt: float = 0.0
    duplicate: float = 0.0
    delay: float = 0.0
    wrong_sequence: float = 0.0
    resets_at: frozenset[int] = frozenset()
    silent_from: int | None = None
    seed: int = 0


@dataclass
class FakeFirmware:
    """Answers frames as the firmware does. `run` maps the input's bytes to the output's bytes; with `cycles` it
    says that it has a counter, and that each inference took so many at 1 MHz."""

    run: Callable[[bytes], bytes]
    input_bytes: int
    output_bytes: int
    target: str = "fake"
    engine: str = "fake"
    build_id: bytes = bytes(20)
    cycles: int = 0
    model: bytes = b""
    inferences: int = 0
    _loading: tuple[int, int] = (0, 0)
    _input: bytearray = field(default_factory=bytearray)
    _output: bytes = b""
    _kept: tuple[bytes, bytes] = (b"", b"")  # last request and its reply
    _open: bool = False

    def reset(self) -> None:
        """Forget everything but the flash."""
        self._open, self._kept, self._loading = False, (b"", b""), (0, 0)

    def answer(self, request: Frame) -> bytes:
        """The encoded reply; a repeated request gets the kept one."""
        asked = request.encode()
        if self._kept[0] != asked:
            status, payload = self._handle(request)
            reply = Frame(request.opcode | REPLY_BIT, request.sequence, payload, status)
            self._kept = (asked, reply.encode())
            if request.opcode == Op.RESET:
                reply_bytes = self._kept[1]
                self.reset()
                return reply_bytes
        return self._kept[1]

    def _handle(self, request: Frame) -> tuple[int, bytes]:
        handlers: dict[int, Callable[[bytes], tuple[int, bytes]]] = {
            Op.HELLO: self._hello,
            Op.LOAD_BEGIN: self._load_begin,
            Op.LOAD_CHUNK: self._load_chunk,
            Op.LOAD_COMMIT: self._load_commit,
            Op.STATS: lambda payload: (Status.OK, struct.pack("<8I", 0, 0, 0, 0, 0, 0, 0, 0)),
            Op.RESET: lambda payload: (Status.OK, b""),
        }
        with_model: dict[int, Callable[[bytes], tuple[int, bytes]]] = {
            Op.TENSOR: self._tensor,
            Op.WRITE_INPUT: self._write_input,
            Op.INFER: self._infer,
            Op.PROFILE: self._profile,
        }
        if request.opcode in with_model and not self._open:
            return Status.STATE, b""
        handler = handlers.get(request.opcode) or with_model.get(request.opcode)
        return handler(request.payload) if handler else (Status.REQUEST, b"")

    def _hello(self, payload: bytes) -> tuple[int, bytes]:
        words = (CHUNK_MAX, self.cycles > 0, CORE_HZ, 0, 1 << 20, 1 << 20, 0, 0)
        names = (self.build_id, self.target.encode(), self.engine.encode(), b"1")
        return Status.OK, struct.pack("<HBx6I20s16s16s16s", *words, *names)

    def _load_begin(self, payload: bytes) -> tuple[int, bytes]:
        size, crc = struct.unpack("<II", payload)
        present = len(self.model) == size and zlib.crc32(self.model) == crc
        self._loading, self._open = (size, crc), False
        if not present:
            self.model = b""
        return Status.OK, struct.pack("<I", present)

    def _load_chunk(self, payload: bytes) -> tuple[int, bytes]:
        (offset,) = struct.unpack_from("<I", payload)
        if offset != len(self.model) or not self._loading[0]:
            return Status.STATE, b""
        self.model += payload[4:]
        return Status.OK, b""

    def _load_commit(self, payload: bytes) -> tuple[int, bytes]:
        if not self._loading[0] or len(self.model) != self._loading[0]:
            return Status.STATE, b""
        if zlib.crc32(self.model) != self._loading[1]:
            return Status.HASH, b""
        self._open, self._input = True, bytearray()
        return Status.OK, struct.pack("<III", 1, 1, 1)

    def _tensor(self, payload: bytes) -> tuple[int, bytes]:
        size = self.input_bytes if payload[0] == 0 else self.output_bytes
        return Status.OK, struct.pack("<ii6ifiI", INT8, 2, 1, size, 0, 0, 0, 0, 1.0, 0, size)

    def _write_input(self, payload: bytes) -> tuple[int, bytes]:
        (offset,) = struct.unpack_from("<4xI", payload)
        if offset == 0:
            self._input.clear()
        if offset != len(self._input):
            return Status.STATE, b""
        self._input += payload[8:]
        return Status.OK, b""

    def _infer(self, payload: bytes) -> tuple[int, bytes]:
        if len(self._input) != self.input_bytes:
            return Status.STATE, b""
        self.inferences += 1
        output = self.run(bytes(self._input))
        self._input.clear()
        return Status.OK, struct.pack("<I", self.cycles) + output

    def _profile(self, payload: bytes) -> tuple[int, bytes]:
        status, reply = self._infer(payload)
        row = struct.pack("<iII", RELU, self.cycles, self.input_bytes)
        return (status, reply[:4] + row) if status == Status.OK else (status, b"")


class FakeLink:
    """The line to a FakeFirmware, with the faults of a plan."""

    def __init__(self, firmware: FakeFirmware, plan: FaultPlan | None = None) -> None:
        self.firmware = firmware
        self.waits_for_input = False
        self.requests = 0
        self.resets = 0
        self._plan = plan or FaultPlan()
        self._random = random.Random(self._plan.seed)
        self._to_device: list[bytes] = []
        self._to_host: list[bytes] = []
        self._requests = decode(self._arriving())

    def write(self, data: bytes) -> None:
        """A frame on its way to the device; what it answers is on the way back then."""
        self.waits_for_input = False
        self._to_device += self._disturbed(data)
        for request in self._requests:
            if request is not None:
                self._serve(request)
            elif not self._to_device:
                break

    def read(self, timeout_s: float) -> bytes:
        """The next chunk; b"" at once where nothing will come, or for a reply that is late."""
        if self._to_host and self._random.random() >= self._plan.delay:
            return self._to_host.pop(0)
        self.waits_for_input = not self._to_host
        return b""

    def close(self) -> None:
        self._to_host.clear()

    def _arriving(self) -> Iterator[bytes]:
        while True:
            yield self._to_device.pop(0) if self._to_device else b""

    def _serve(self, request: Frame) -> None:
        number, self.requests = self.requests, self.requests + 1
        if number in self._plan.resets_at:
            self.firmware.reset()
            self.resets += 1
            return
        if self._plan.silent_from is not None and number >= self._plan.silent_from:
            return
        reply = self.firmware.answer(request)
        if self._random.random() < self._plan.wrong_sequence:
            frame = next(iter(decode([reply])))
            assert frame is not None
            self._to_host.append(
                Frame(frame.opcode, frame.sequence ^ 1, frame.payload, frame.status).encode()
            )
        self._to_host += self._disturbed(reply)

    def _disturbed(self, data: bytes) -> list[bytes]:
        plan, chance = self._plan, self._random.random()
        if chance < plan.drop:
            return []
        if chance < plan.drop + plan.corrupt:
            at = self._random.randrange(len(data))
            return [data[:at] + bytes([data[at] ^ 1 << self._random.randrange(8)]) + data[at + 1 :]]
        return [data, data] if chance < plan.drop + plan.corrupt + plan.duplicate else [data]
