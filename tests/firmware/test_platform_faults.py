"""What the chip does not allow is found, with function and line. Reference: the deeds of scripted.c."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from edgeval import targets
from edgeval.devices.build.elf import FirmwareElf
from edgeval.devices.emulator.machine import Machine
from edgeval.devices.emulator.unicorn_device import TIMEOUTS, UnicornDevice
from edgeval.devices.wire.frame import CHUNK_MAX, Frame, decode
from edgeval.devices.wire.protocol import Op, Status
from edgeval.errors import DeviceError, DeviceFault, DeviceTimeout, ModelError

ELF = Callable[[str], FirmwareElf]
INPUT_BYTES = 2500  # three chunks, the last one short


def model(deed: str, size: int = INPUT_BYTES) -> bytes:
    return deed.encode() + b"\0\0\0" + struct.pack("<I", size)


def run(device: UnicornDevice, deed: str) -> np.ndarray:
    device.load(model(deed))
    output = device.invoke(np.arange(INPUT_BYTES).astype(np.int8).reshape(1, -1))
    assert isinstance(output, np.ndarray)
    return output


@pytest.fixture(params=["stm32f746", "stm32f407", "stm32l4r5"])
def device(request: pytest.FixtureRequest, scripted_elf: ELF) -> UnicornDevice:
    return UnicornDevice(targets.load(request.param), scripted_elf(request.param))


def test_a_model_in_and_outputs_out_in_chunks(device: UnicornDevice) -> None:
    expected = (np.arange(INPUT_BYTES) + 1).astype(np.int8).reshape(1, -1)
    assert np.array_equal(run(device, "E"), expected)
    assert device.inputs[0].zero_point == -3 and device.inputs[0].scale == 0.5
    assert device.hello.core_hz == targets.load(device.hello.target).clock_hz
    assert device.hello.time_source == "none"


@pytest.mark.parametrize(
    ("deed", "text"),
    [
        ("N", "write outside of the memory map (4 bytes at 0xa0000000)"),
        ("F", "write to flash that is not unlocked"),
        ("U", "unaligned access"),
        ("S", "stack overflow"),
        ("I", "undefined instruction"),
    ],
)
def test_deeds_the_chip_does_not_allow(device: UnicornDevice, deed: str, text: str) -> None:
    with pytest.raises(DeviceFault) as caught:
        run(device, deed)
    assert text in str(caught.value)
    assert "scripted_" in str(caught.value) and "scripted.c:" in str(caught.value)


def test_a_hang_ends_with_the_place_where_it_hangs(device: UnicornDevice) -> None:
    device.session.timeouts = replace(TIMEOUTS, infer_s=0.3)
    with pytest.raises(DeviceTimeout, match=r"hangs in scripted_invoke at scripted\.c"):
        run(device, "H")


def test_an_engines_refusal_names_the_operator(device: UnicornDevice) -> None:
    with pytest.raises(ModelError, match=r"operator 2 \(DEPTHWISE_CONV_2D\)"):
        run(device, "O")


def test_an_arena_too_small_tells_what_is_needed(device: UnicornDevice) -> None:
    with pytest.raises(ModelError, match="needs an arena of 2,000,0"):
        device.load(model("E", 1_000_000))


def test_a_model_too_large_for_the_slot(device: UnicornDevice) -> None:
    with pytest.raises(ModelError, match=f"{device.hello.slot_bytes:,} bytes"):
        device.load(bytes(device.hello.slot_bytes + 1))


def test_a_repeated_request_does_not_run_twice(scripted_elf: ELF) -> None:
    target = targets.load("stm32f407")
    device = UnicornDevice(target, scripted_elf(target.name), check_alignment=False)
    run(device, "R")
    machine = device.machine
    device._write_inputs([np.zeros((1, INPUT_BYTES), np.int8)])
    infer = Frame(Op.INFER, 4242).encode()
    replies = [exchange(machine, infer), exchange(machine, infer), exchange(machine, infer + infer)]
    assert replies[0] == replies[1] and replies[2] == replies[0] * 2
    read = Frame(Op.READ_OUTPUT, 4243, struct.pack("<B3xI", 0, 0)).encode()
    runs = reply_of(exchange(machine, read)).payload[0]
    assert runs == 2  # run() and the first of the four


def test_the_same_number_with_another_request_is_new(scripted_elf: ELF) -> None:
    machine = Machine(targets.load("stm32f407"), scripted_elf("stm32f407"))
    hello = reply_of(exchange(machine, Frame(Op.HELLO, 5).encode()))
    stats = reply_of(exchange(machine, Frame(Op.STATS, 5).encode()))
    assert (hello.opcode, stats.opcode) == (0x81, 0x8A)


def test_requests_out_of_order_are_refused(scripted_elf: ELF) -> None:
    device = UnicornDevice(targets.load("stm32f407"), scripted_elf("stm32f407"), check_alignment=False)
    machine = device.machine

    def status(op: Op, payload: bytes = b"") -> int:
        status.sequence += 1  # type: ignore[attr-defined]
        return reply_of(exchange(machine, Frame(op, status.sequence, payload).encode())).status  # type: ignore[attr-defined]

    status.sequence = 0  # type: ignore[attr-defined]
    assert status(Op.INFER) == Status.STATE
    device.load(model("E"))
    assert status(Op.INFER) == Status.STATE  # no input yet
    assert status(Op.WRITE_INPUT, struct.pack("<B3xI", 0, CHUNK_MAX) + b"x") == Status.STATE  # not from 0 on
    assert status(Op.WRITE_INPUT, struct.pack("<B3xI", 1, 0) + b"x") == Status.STATE
    assert status(Op.LOAD_CHUNK, struct.pack("<I", 0) + b"x") == Status.STATE  # a model is open
    assert status(Op.READ_OUTPUT, struct.pack("<B3xI", 0, 0)) == Status.STATE
    assert status(Op.HELLO, b"x") == Status.REQUEST
    assert reply_of(exchange(machine, Frame(99, 99).encode())).status == Status.REQUEST
    newer = reply_of(exchange(machine, Frame(Op.HELLO, 100, version=2).encode()))
    assert (newer.status, newer.version) == (Status.REQUEST, 1)


def test_a_damaged_model_in_the_slot_is_not_opened(scripted_elf: ELF) -> None:
    device = UnicornDevice(targets.load("stm32f746"), scripted_elf("stm32f746"), check_alignment=False)
    data = model("E")
    device.session.request(Op.LOAD_BEGIN, struct.pack("<II", len(data), zlib.crc32(data) ^ 1))
    device.session.request(Op.LOAD_CHUNK, struct.pack("<I", 0) + data)
    with pytest.raises(DeviceError, match="other bytes than were sent"):
        device.session.request(Op.LOAD_COMMIT)


def test_a_model_that_is_there_is_not_written_again(scripted_elf: ELF) -> None:
    device = UnicornDevice(targets.load("stm32l4r5"), scripted_elf("stm32l4r5"), check_alignment=False)
    large = model("E") + bytes(300_000)
    device.load(large)
    sent = []
    write = device.session.link.write
    device.session.link.write = lambda data: (sent.append(data), write(data))[1]  # type: ignore[method-assign]
    device.load(large)
    assert len(sent) < 10
    device.reset()
    device.load(large)  # the slot survives a reset
    assert len(sent) < 20


def exchange(machine: Machine, data: bytes) -> bytes:
    """All that the machine sends after these bytes."""
    machine.send(data)
    replies = b""
    while more := machine.run(5):
        replies += more
    return replies


def reply_of(data: bytes) -> Frame:
    (frame,) = [frame for frame in decode([data]) if frame is not None]
    return frame
