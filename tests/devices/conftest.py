"""Small real models, and all devices that should answer alike."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from edgeval import targets
from edgeval.devices.device import Device, FirmwareDevice
from edgeval.devices.elf import read_elf
from edgeval.devices.emulator.unicorn_device import UnicornDevice
from edgeval.devices.fake import FakeFirmware, FakeLink, FaultPlan
from edgeval.devices.opening import open_target
from edgeval.devices.session import Session
from tests.firmware.cases import Case, make_case


@pytest.fixture(scope="session")
def case() -> Case:
    """A graph of several operators, with random inputs."""
    return next(
        case for case in map(make_case, range(1000)) if case.name == "graph" and len(case.inputs) == 1
    )


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


@pytest.fixture(params=["fake", "host", "tflm", "stm32f746", "stm32f407", "stm32l4r5"])
def device(request: pytest.FixtureRequest, case: Case) -> Device:
    if request.param == "fake":
        return fake_device(case)
    if request.param in targets.names():
        target = targets.load(request.param)
        return UnicornDevice(target, read_elf(target.elf_path("builtin")))
    return open_target(request.param)
