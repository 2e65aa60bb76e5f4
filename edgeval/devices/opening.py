"""`open_target`: one way to open a target with any runner, the host build and the TFLM wheel."""

from __future__ import annotations

from pathlib import Path

from edgeval.devices.device import Device
from edgeval.errors import UsageError, unknown
from edgeval.targets import Target

# What can run a target's firmware, and the stage that its predictions belong to.
STAGE_OF = {"unicorn": "emulated", "qemu": "emulated", "renode": "emulated", "serial": "board"}
RUNNERS = tuple(STAGE_OF)


def open_target(
    target: str,
    runner: str = "unicorn",
    engine: str = "builtin",
    check_alignment: bool = True,
    port: str | None = None,
    record: Path | None = None,
) -> Device:
    """Open a device, to be used as a context manager.

    `target` is a target's name ("stm32f746", ...), "host" for the same engine sources built for this PC, or
    "tflm" for the tflite-micro wheel; the rest matters for real targets only. `runner` "unicorn", "qemu" and
    "renode" emulate the chip, "serial" is the board itself at `port` (default: found by its USB id), or a
    recorded session in its place (`port` "replay:FILE"); `record` is a file for a record of the board's session.
    `check_alignment` is a check that Unicorn alone does. UsageError for an unknown name or a chip that the
    runner does not have, ToolError where firmware, a library or a program is missing.

        with edgeval.open_target("stm32f746") as device:
            device.load("model.tflite")
            scores = device.invoke(image)
    """
    if target == "host":
        from edgeval.devices.host import HostEngine

        return HostEngine()
    if target == "tflm":
        from edgeval.devices.tflm import TflmDevice

        return TflmDevice()
    chip, elf = firmware_of(target, runner, engine)
    if record is not None and runner != "serial":
        raise UsageError(f"only a board's session is recorded, not one of {runner}; add --runner serial")
    if runner == "unicorn":
        from edgeval.devices.build.elf import read_elf
        from edgeval.devices.emulator.unicorn_device import UnicornDevice

        return UnicornDevice(chip, read_elf(elf), check_alignment=check_alignment)
    if runner == "qemu":
        from edgeval.devices.qemu import QemuDevice

        return QemuDevice(chip, elf)
    if runner == "renode":
        from edgeval.devices.renode import RenodeDevice

        return RenodeDevice(chip, elf)
    from edgeval.devices.serial import open_serial

    return open_serial(chip, port, engine, record)


def firmware_of(target: str, runner: str, engine: str) -> tuple[Target, Path]:
    """The target and its ELF; the errors of open_target for names, without opening anything."""
    from edgeval import targets

    if runner not in RUNNERS:
        raise unknown("runner", runner, RUNNERS)
    chip = targets.load(target)
    if not _models(runner, chip):
        raise UsageError(f"{runner} has no model of {target}; --runner unicorn runs it")
    return chip, chip.elf_path(engine)


def _models(runner: str, chip: Target) -> bool:
    if runner == "renode":
        from edgeval.devices.renode import script

        return script(chip).is_file()
    return runner != "qemu" or chip.qemu_machine is not None


def runner_version(runner: str) -> str:
    """Name and version of what runs the firmware, e.g. `qemu 7.2.22`; ToolError where it is absent."""
    if runner == "qemu":
        from edgeval.devices import qemu

        return qemu.version()
    if runner == "renode":
        from edgeval.devices import renode

        return renode.version()
    from importlib import metadata

    distribution = "pyserial" if runner == "serial" else runner
    return f"{distribution} {metadata.version(distribution)}"
