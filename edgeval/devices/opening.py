"""`open_target`: one way to open an emulated target, the host build and the TFLM wheel."""

from __future__ import annotations

from edgeval.devices.device import Device
from edgeval.errors import unknown

HOST_DEVICES = ("host", "tflm")
RUNNERS = ("unicorn",)


def open_target(
    target: str, runner: str = "unicorn", engine: str = "builtin", check_alignment: bool = True
) -> Device:
    """Open a device, to be used as a context manager.

    `target` is a target's name ("stm32f746", ...), "host" for the same engine sources built for this PC, or
    "tflm" for the tflite-micro wheel; `runner` and `engine` matter for real targets only. UsageError for an
    unknown name, ToolError where firmware or a library is missing.

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
    if runner not in RUNNERS:
        raise unknown("runner", runner, RUNNERS)
    return _unicorn(target, engine, check_alignment)


def _unicorn(name: str, engine: str, check_alignment: bool) -> Device:
    from edgeval import targets
    from edgeval.devices.elf import read_elf
    from edgeval.devices.emulator.unicorn_device import UnicornDevice

    target = targets.load(name)
    return UnicornDevice(target, read_elf(target.elf_path(engine)), check_alignment=check_alignment)
