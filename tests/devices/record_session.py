"""Records the golden session of test_replay.py again: python -m tests.devices.record_session

It has to be recorded again when the firmware changes (its build id is part of the session), and says itself that
the emulator recorded it: nobody has run a board here.
"""

from __future__ import annotations

from pathlib import Path

from edgeval import targets
from edgeval.devices.build.elf import read_elf
from edgeval.devices.device import FirmwareDevice
from edgeval.devices.emulator.machine import Machine
from edgeval.devices.emulator.unicorn_device import TIMEOUTS, UnicornLink
from edgeval.devices.measure import measure
from edgeval.devices.wire.replay import recording
from edgeval.devices.wire.session import Session
from tests.firmware.cases import Case, make_case

GOLDEN = Path(__file__).resolve().parent / "golden" / "session-stm32f407.jsonl"
TARGET = targets.load("stm32f407")


def golden_case() -> Case:
    """A graph of several operators, see tests/firmware/cases.py."""
    return next(
        case for case in map(make_case, range(1000)) if case.name == "graph" and len(case.inputs) == 1
    )


def record(path: Path) -> None:
    """What `edgeval profile` does with the golden case, on the emulated chip."""
    machine = Machine(TARGET, read_elf(TARGET.elf_path("builtin")))
    link = recording(UnicornLink(machine), path, "emulated stm32f407, Unicorn", TARGET.name)
    with FirmwareDevice(Session(link, "emulated stm32f407", TIMEOUTS), "emulated stm32f407") as device:
        device.load(golden_case().model)
        measure(device)


if __name__ == "__main__":
    record(GOLDEN)
