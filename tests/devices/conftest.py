"""Small real models, and all devices that should answer alike."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from edgeval import targets
from edgeval.devices.device import Device, FirmwareDevice
from edgeval.devices.fake import FakeFirmware, FakeLink, FaultPlan
from edgeval.devices.opening import open_target
from edgeval.devices.session import Session
from tests.firmware.cases import Case, make_case
from tests.runners import need


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


# Every way to run the firmware of a target, as "target on runner".
FIRMWARE = (
    *(f"{name} on unicorn" for name in targets.names()),
    "stm32f407 on qemu",
    "stm32f407 on renode",
    "stm32f746 on renode",
)


def open_named(name: str) -> Device:
    """ "host", "tflm" or "target on runner"; skips where the runner is absent."""
    target, _, runner = name.partition(" on ")
    need(runner)
    return open_target(target, runner or "unicorn")


@pytest.fixture(params=["fake", "host", "tflm", *FIRMWARE])
def device(request: pytest.FixtureRequest, case: Case) -> Device:
    return fake_device(case) if request.param == "fake" else open_named(request.param)


@pytest.fixture(params=FIRMWARE)
def firmware(request: pytest.FixtureRequest) -> FirmwareDevice:
    opened = open_named(request.param)
    assert isinstance(opened, FirmwareDevice)
    return opened


@pytest.fixture(params=["host", *FIRMWARE])
def engine(request: pytest.FixtureRequest) -> Device:
    return open_named(request.param)
