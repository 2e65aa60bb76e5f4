"""An emulated target gives its memory back when it is closed. Reference: weak references to Unicorn's instances."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

from edgeval.devices.build.elf import read_elf
from edgeval.devices.device import FirmwareDevice
from edgeval.devices.emulator.engine_call import EngineCall
from edgeval.devices.emulator.unicorn_device import UnicornDevice
from edgeval.devices.opening import open_target
from edgeval.errors import DeviceError
from edgeval.targets import load


def test_targets_that_were_closed_hold_nothing() -> None:
    """16 of them, all still referred to, and the garbage collector asleep: closing alone must free the memory."""
    gc.disable()
    try:
        devices, machines = [], []
        for _ in range(16):
            with open_target("stm32f746") as device:
                assert isinstance(device, UnicornDevice)
                devices.append(device)
                machines.append(weakref.ref(device.machine.uc))
        assert [machine() for machine in machines] == [None] * 16
    finally:
        gc.enable()


def test_a_question_about_a_model_holds_nothing() -> None:
    chip = load("stm32f407")
    with EngineCall(chip, read_elf(chip.elf_path("builtin")), "builtin") as call:
        uc = weakref.ref(call._machine.uc)
    assert uc() is None


def test_its_watchdog_ends_with_it() -> None:
    before = set(threading.enumerate())
    with open_target("stm32f407"):
        (watchdog,) = set(threading.enumerate()) - before
    watchdog.join(60)
    assert not watchdog.is_alive()


def test_a_closed_target_says_so_and_closes_twice() -> None:
    device = open_target("stm32f407")
    assert isinstance(device, FirmwareDevice)
    device.close()
    device.close()
    with pytest.raises(DeviceError, match="is closed; open it again"):
        device.stats()
