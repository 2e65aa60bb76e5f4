"""A link that survives. Reference: the same requests over an undisturbed link."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgeval.devices.device import FirmwareDevice
from edgeval.devices.fake import FakeFirmware, FakeLink, FaultPlan
from edgeval.devices.serial import TIMEOUTS
from edgeval.devices.wire.frame import Frame, decode
from edgeval.devices.wire.link import TracingLink
from edgeval.devices.wire.protocol import Op, Status
from edgeval.devices.wire.session import ATTEMPTS, Session, Timeouts, describe_fault
from edgeval.errors import DeviceError, DeviceFault, DeviceTimeout
from tests.devices.fake_board import SIZE, invert

PROTOCOL = Path(__file__).resolve().parents[3] / "docs" / "PROTOCOL.md"


def opened(plan: FaultPlan, run: Callable[[bytes], bytes] = invert) -> tuple[FirmwareDevice, FakeLink]:
    link = FakeLink(FakeFirmware(run, SIZE, 10), plan)
    return FirmwareDevice(Session(link, "fake", TIMEOUTS), "fake"), link


def outputs(device: FirmwareDevice, count: int) -> list[bytes]:
    random = np.random.default_rng(1)
    device.load(random.bytes(5000))
    inputs = random.integers(-128, 128, (count, 1, SIZE), dtype=np.int8)
    return [np.asarray(device.invoke(x)).tobytes() for x in inputs]


def test_ten_thousand_requests_over_a_bad_line_give_the_undisturbed_bytes() -> None:
    """1 % of the frames dropped, 1 % damaged, 0.5 % twice, some late, five resets: docs/PROTOCOL.md."""
    resets = frozenset({1_000, 2_500, 2_501, 6_000, 9_000})
    plan = FaultPlan(drop=0.01, corrupt=0.01, duplicate=0.005, delay=0.005, resets_at=resets, seed=7)
    disturbed, link = opened(plan)
    still, _ = opened(FaultPlan())
    assert outputs(disturbed, 2_500) == outputs(still, 2_500)
    session, firmware = disturbed.session, link.firmware
    assert link.requests > 10_000
    assert link.resets == len(resets) and firmware.inferences == 2_500  # none was lost, none ran twice
    figures = (
        f"{link.requests:,} requests arrived, {session.retries} were sent again, the model was loaded again "
        f"{disturbed.restarts} times"
    )
    waits = f"{session.waited_s:,.0f} s of waiting on a board's line"
    text = " ".join(PROTOCOL.read_text().split())
    assert figures in text and waits in text, (
        f"docs/PROTOCOL.md, 'A line that loses frames': {figures}; {waits}"
    )


def test_a_lost_reply_does_not_cause_a_second_inference() -> None:
    """Without resets every inference runs exactly once."""
    device, link = opened(FaultPlan(drop=0.05, corrupt=0.05, duplicate=0.05, delay=0.05, seed=3))
    outputs(device, 200)
    assert device.session.retries > 50
    assert link.firmware.inferences == 200


def test_stray_replies_are_passed_over() -> None:
    device, _ = opened(FaultPlan(wrong_sequence=0.3, seed=5))
    still, _ = opened(FaultPlan())
    assert outputs(device, 50) == outputs(still, 50)


def test_a_repeated_request_waits_longer_each_time() -> None:
    """A lost reply to INFER costs 4 s, and a device still has 60 s; quick requests keep their second."""
    assert TIMEOUTS.waits(Op.INFER) == [4, 8, 16, 32, 60]
    assert TIMEOUTS.waits(Op.WRITE_INPUT) == [1] * ATTEMPTS
    assert Timeouts().waits(Op.INFER) == [60] * ATTEMPTS


def test_silence_ends_with_a_hint() -> None:
    with pytest.raises(DeviceTimeout, match=r"did not answer HELLO .*is this firmware running there"):
        opened(FaultPlan(silent_from=0))


def test_silence_in_the_middle_names_the_request() -> None:
    device, link = opened(FaultPlan(silent_from=40))
    with pytest.raises(DeviceTimeout, match=r"WRITE_INPUT|INFER"):
        outputs(device, 50)
    assert link.requests < 40 + 2 * ATTEMPTS


def test_a_device_that_always_resets_is_given_up() -> None:
    device, _ = opened(FaultPlan(resets_at=frozenset(range(12, 100_000, 2))))
    with pytest.raises(DeviceError):
        outputs(device, 50)


class Scripted:
    """A link that gives the same answer to everything."""

    waits_for_input = False

    def __init__(self, answer: Callable[[Frame], bytes]) -> None:
        self.answer = answer
        self.pending: list[bytes] = []

    def write(self, data: bytes) -> None:
        (request,) = [frame for frame in decode([data]) if frame is not None]
        self.pending.append(self.answer(request))

    def read(self, timeout_s: float) -> bytes:
        self.waits_for_input = not self.pending
        return self.pending.pop(0) if self.pending else b""

    def close(self) -> None: ...


def ask(answer: Callable[[Frame], bytes], op: Op = Op.INFER) -> bytes:
    return Session(Scripted(answer), "the board", replace(Timeouts(), request_s=0.01)).request(op)


def test_garbage_is_not_an_answer() -> None:
    with pytest.raises(DeviceTimeout):
        ask(lambda request: b"Hello from another firmware\r\n")


def test_another_protocol_version_is_told() -> None:
    with pytest.raises(DeviceError, match="speaks protocol 2, this edgeval speaks 1"):
        ask(lambda request: Frame(request.opcode | 0x80, request.sequence, version=2).encode())


def test_a_crash_is_told_with_cause_and_address() -> None:
    core = [0, 1, 2, 3, 12, 0x08000101, 0x08001234, 0x01000000, 0x20001F00]  # r0 to r3, r12, lr, pc, xpsr, sp
    cause = [1 << 9 | 1 << 15, 1 << 30, 0, 0xA0000000]  # cfsr, hfsr, mmfar, bfar
    payload = b"".join(word.to_bytes(4, "little") for word in core + cause)
    with pytest.raises(DeviceFault) as caught:
        ask(lambda request: Frame(request.opcode | 0x80, request.sequence, payload, Status.FAULT).encode())
    text = str(caught.value)
    assert "data access to an address without memory at 0x08001234, data address 0xa0000000" in text
    assert "lr 0x08000101" in text


def test_a_stack_overflow_is_told() -> None:
    assert "stack overflow" in describe_fault("it", bytes(36) + (1 << 12).to_bytes(4, "little") + bytes(12))


def test_a_short_reply_is_not_parsed() -> None:
    with pytest.raises(DeviceError, match="a reply has 3 bytes"):
        link = Scripted(lambda request: Frame(request.opcode | 0x80, request.sequence, b"abc").encode())
        FirmwareDevice(Session(link, "it"), "it")


def test_a_trace_has_every_byte_and_its_time() -> None:
    firmware, file = FakeFirmware(invert, SIZE, 10), io.StringIO()
    device = FirmwareDevice(Session(TracingLink(FakeLink(firmware), file), "fake"), "fake")
    device.close()
    rows = [json.loads(line) for line in file.getvalue().splitlines()]
    assert [row["direction"] for row in rows] == ["out", "in"]
    request, reply = (next(iter(decode([bytes.fromhex(row["hex"])]))) for row in rows)
    assert request is not None and reply is not None
    assert (request.opcode, reply.opcode) == (Op.HELLO, Op.HELLO | 0x80)
    assert rows[0]["time_s"] <= rows[1]["time_s"]
