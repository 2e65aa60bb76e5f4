"""Small real models, and all devices that should answer alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from edgeval import targets
from edgeval.devices import serial
from edgeval.devices.build.elf import read_elf
from edgeval.devices.device import Device, FirmwareDevice
from edgeval.devices.emulator.machine import Machine
from edgeval.devices.emulator.unicorn_device import UnicornLink
from edgeval.devices.fake import FakeFirmware, FakeLink, FaultPlan
from edgeval.devices.opening import open_target
from edgeval.devices.wire.session import Session, Timeouts
from tests.devices.pty_board import PtyBoard, through
from tests.firmware.cases import Case
from tests.runners import need


def fake_device(case: Case, plan: FaultPlan | None = None) -> FirmwareDevice:
    """A fake that computes with the tflite-micro wheel."""
    reference = open_target("tflm")
    reference.load(case.model)
    shape = case.inputs[0].shape

    def run(data: bytes) -> bytes:
        return np.asarray(reference.invoke(np.frombuffer(data, np.int8).reshape(shape))).tobytes()

    firmware = FakeFirmware(run, reference.inputs[0].bytes, reference.outputs[0].bytes)
    return FirmwareDevice(Session(FakeLink(firmware, plan), "fake"), "fake")


@pytest.fixture
def fake() -> Callable[..., FirmwareDevice]:
    return fake_device


# Every way to run the firmware of a target, as "target on runner". No board is here: the serial runner talks to a
# terminal with the emulated chip behind it.
FIRMWARE = (
    *(f"{name} on unicorn" for name in targets.names()),
    "stm32f407 on qemu",
    "stm32f407 on renode",
    "stm32f746 on renode",
    "stm32f746 on serial",
)


@contextmanager
def running(name: str) -> Iterator[Device]:
    """ "fake", "host", "tflm" or "target on runner", opened; skips where the runner is absent."""
    target, _, runner = name.partition(" on ")
    need(runner)
    if runner == "serial":
        chip = targets.load(target)
        machine = Machine(chip, read_elf(chip.elf_path("builtin")))
        with (
            PtyBoard(through(UnicornLink(machine))) as board,
            open_target(target, runner, port=board.port) as device,
        ):
            yield device
    else:
        with open_target(target, runner or "unicorn") as device:
            yield device


@pytest.fixture(params=["fake", "host", "tflm", *FIRMWARE])
def device(request: pytest.FixtureRequest, case: Case) -> Iterator[Device]:
    if request.param == "fake":
        yield fake_device(case)
    else:
        with running(request.param) as opened:
            yield opened


@pytest.fixture(params=FIRMWARE)
def runner(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def firmware(runner: str) -> Iterator[FirmwareDevice]:
    with running(runner) as opened:
        assert isinstance(opened, FirmwareDevice)
        yield opened


@pytest.fixture(params=["host", *FIRMWARE])
def engine(request: pytest.FixtureRequest) -> Iterator[Device]:
    with running(request.param) as opened:
        yield opened


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Minutes for every reply of a board, however busy this machine is. A test of silence sets its own times."""
    minutes = Timeouts(hello_s=60.0, request_s=60.0, erase_s=60.0, commit_s=60.0, infer_s=300.0)
    monkeypatch.setattr(serial, "TIMEOUTS", minutes)
