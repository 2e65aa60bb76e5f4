"""Requests over a link: write, match the reply, check the status, in one place for every runner.

A request may be sent several times: the device keeps its last reply and sends it again when the same sequence
number and bytes come again, so a lost or damaged frame costs time, never a second inference.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from edgeval.devices.wire.frame import REPLY_BIT, VERSION, Frame, decode
from edgeval.devices.wire.link import Link
from edgeval.devices.wire.protocol import Op, Status, parse_error
from edgeval.errors import DeviceError, DeviceFault, DeviceRestarted, DeviceTimeout, ModelError

ATTEMPTS = 5


@dataclass(frozen=True)
class Timeouts:
    """Seconds to wait for a reply before the request is sent again.

    Where a line loses frames the first waits are shorter: they double from `shortest_s` to the full time. A
    repeated request costs nothing, and a lost reply to INFER then costs seconds instead of a minute.
    """

    hello_s: float = 1.0
    request_s: float = 1.0  # 1 KiB both ways takes 23 ms at 921,600 baud
    erase_s: float = 20.0  # six sectors of 128 KiB take up to 12 s (STM32F407 data sheet)
    commit_s: float = 10.0  # CRC32 and check of a whole model
    infer_s: float = 60.0
    shortest_s: float = math.inf

    def of(self, opcode: Op) -> float:
        """The time that this request may take."""
        named = {
            Op.HELLO: self.hello_s,
            Op.LOAD_BEGIN: self.erase_s,
            Op.LOAD_COMMIT: self.commit_s,
            Op.INFER: self.infer_s,
            Op.PROFILE: self.infer_s,
        }
        return named.get(opcode, self.request_s)

    def waits(self, opcode: Op) -> list[float]:
        """The wait after each sending of a request."""
        return [min(self.of(opcode), self.shortest_s * 2**attempt) for attempt in range(ATTEMPTS)]


class Session:
    """Numbered requests over a link. `locate` tells function and line of an address, where the ELF is known."""

    def __init__(
        self, link: Link, where: str, timeouts: Timeouts | None = None, first_sequence: int | None = None
    ) -> None:
        self.link = link
        self.where = where
        self.timeouts = timeouts or Timeouts()
        self.locate: Callable[[int], str] | None = None
        self.retries = 0
        self.waited_s = 0.0  # for replies that did not come, by the timeouts
        self._answered = False
        # A random start: the device may still keep the reply to another session's last request.
        self._sequence = secrets.randbits(32) if first_sequence is None else first_sequence
        self._deadline = 0.0
        self._frames = decode(self._chunks())

    def request(self, opcode: Op, payload: bytes = b"") -> bytes:
        """Send a request and return the payload of its reply.

        Raises ModelError for a model that the device refuses, DeviceFault for a crash, DeviceRestarted where
        the device has lost the model, DeviceTimeout for silence, DeviceError otherwise.
        """
        frame = Frame(opcode, self._sequence, payload)
        self._sequence = (self._sequence + 1) & 0xFFFFFFFF
        waits = self.timeouts.waits(opcode)
        for attempt, wait_s in enumerate(waits):
            self.retries += attempt > 0
            reply = self._exchange(frame, wait_s)
            if reply is not None:
                self._answered = True
                return self._checked(opcode, reply)
            self.waited_s += wait_s
        raise DeviceTimeout(self._silence(opcode, sum(waits)))

    def _silence(self, opcode: Op, seconds: float) -> str:
        seen = f"{self.where} did not answer {opcode.name} (sent {ATTEMPTS} times within {seconds:g} s)"
        if self._answered:
            return f"{seen}, after answering before; it hangs or its line is broken: press its reset button"
        return f"{seen}; is this firmware running there, and is the port free?"

    def _exchange(self, request: Frame, timeout_s: float) -> Frame | None:
        try:
            self.link.write(request.encode())
            return self._await_reply(request, timeout_s)
        except DeviceError:
            self._frames = decode(self._chunks())  # an error inside a generator ends it
            raise

    def _chunks(self) -> Iterator[bytes]:
        while True:
            yield self.link.read(max(0.0, self._deadline - time.monotonic()))

    def _await_reply(self, request: Frame, timeout_s: float) -> Frame | None:
        self._deadline = time.monotonic() + timeout_s
        for frame in self._frames:
            if frame is None:
                if time.monotonic() >= self._deadline or self._is_silent():
                    return None
            elif frame.version != VERSION:
                raise DeviceError(
                    f"{self.where} speaks protocol {frame.version}, this edgeval speaks {VERSION}; "
                    "write the firmware of this edgeval to it"
                )
            elif frame.opcode == request.opcode | REPLY_BIT and frame.sequence == request.sequence:
                return frame
        return None

    def _is_silent(self) -> bool:
        """An emulator knows that no reply will come: its core waits for input."""
        return bool(getattr(self.link, "waits_for_input", False))

    def _checked(self, opcode: Op, reply: Frame) -> bytes:
        if reply.status == Status.OK:
            return reply.payload
        if reply.status == Status.FAULT:
            raise DeviceFault(describe_fault(self.where, reply.payload, self.locate))
        raise refusal(self.where, opcode, reply.status, reply.payload)


FAULT_REGISTERS = ("r0", "r1", "r2", "r3", "r12", "lr", "pc", "xpsr", "sp", "cfsr", "hfsr", "mmfar", "bfar")


def fault_registers(payload: bytes) -> dict[str, int]:
    """The registers in the payload of a reply with status FAULT."""
    words = [int.from_bytes(payload[at : at + 4], "little") for at in range(0, len(payload) - 3, 4)]
    return dict(zip(FAULT_REGISTERS, words, strict=False))


# Bits of the configurable fault status register (Armv7-M ARM, B3.2.15).
FAULT_CAUSES = {
    0: "instruction fetch from a forbidden address",
    1: "data access to a forbidden address",
    8: "instruction fetch from an address without memory",
    9: "data access to an address without memory",
    10: "late write to an address without memory",
    12: "stack overflow",
    16: "undefined instruction",
    17: "jump to an address that is not Thumb code",
    19: "use of a disabled coprocessor",
    24: "unaligned access",
    25: "division by zero",
}


def describe_fault(where: str, payload: bytes, locate: Callable[[int], str] | None = None) -> str:
    """One line: causes, address and registers of a fault; `locate` adds function and line."""
    registers = fault_registers(payload)
    status = registers.get("cfsr", 0)
    causes = [text for bit, text in FAULT_CAUSES.items() if status >> bit & 1] or ["unknown cause"]
    pc = registers.get("pc", 0)
    at = f"at 0x{pc:08x}"
    if locate is not None and pc:
        at = f"in {locate(pc)} (0x{pc:08x})"
    if status >> 15 & 1:
        at += f", data address 0x{registers['bfar']:08x}"
    shown = ", ".join(
        f"{name} 0x{value:08x}" for name, value in registers.items() if name not in ("pc", "bfar")
    )
    return f"{where} crashed: {' and '.join(causes)} {at} ({shown}); reset it and report this line"


MODEL_PROBLEMS = {
    Status.MODEL_TRUNCATED: "it is truncated, an offset points behind its end {place}; export it again",
    Status.MODEL_FORMAT: "it is damaged or no .tflite file {place}; export it again",
    Status.OPERATOR: "its engine has no {place}; replace it in the model, or link your own TFLM and take --engine tflm",
    Status.OPTION: "{place} has a type, shape or option that its engine does not support; --engine tflm may",
    Status.ARENA: "it needs an arena of {detail:,} bytes, which the RAM does not have",
    Status.SLOT: "its flash has {detail:,} bytes for a model",
}
ARENA_UNSIZED = "it needs a larger arena than the RAM has; edgeval fit says how large"  # engine tflm cannot
DEVICE_PROBLEMS = {
    Status.FLASH: "could not write its flash, or read back other bytes; is it write protected or worn out?",
    Status.HASH: "holds other bytes than were sent; load the model again",
}


def refusal(where: str, opcode: Op, status: int, payload: bytes) -> DeviceError | ModelError:
    """The error for a reply whose status is not OK."""
    if status not in Status._value2member_map_:
        return DeviceError(f"{where} answers {opcode.name} with status {status}; update edgeval")
    known = Status(status)
    error = parse_error(payload)
    place = _operator(error.op_index, error.op_code)
    if known == Status.STATE:
        return DeviceRestarted(f"{where} has no model at {opcode.name}; it was reset in between")
    if known in DEVICE_PROBLEMS:
        return DeviceError(f"{where} {DEVICE_PROBLEMS[known]}")
    if known in MODEL_PROBLEMS:
        unsized = known == Status.ARENA and error.detail == 0
        text = ARENA_UNSIZED if unsized else MODEL_PROBLEMS[known]
        problem = text.format(place=place, detail=error.detail).replace(" ;", ";")
        return ModelError(f"{where} refuses the model: {problem}")
    return DeviceError(
        f"{where} answers {opcode.name} with {known.name}; reset it, or update edgeval or the firmware"
    )


def _operator(index: int, code: int) -> str:
    if index < 0 and code < 0:
        return ""
    from tflite.utils import BUILTIN_OPCODE2NAME

    return f"operator {index} ({BUILTIN_OPCODE2NAME.get(code, f'code {code}')})"
