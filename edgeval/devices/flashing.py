"""Write the firmware to a board with a tool that is there: pyOCD, ST's programmer, stlink or OpenOCD."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from edgeval.devices.build.elf import FirmwareElf, read_elf
from edgeval.errors import ToolError, unknown
from edgeval.targets import Target

LIMIT_S = 180.0  # an erase and write of 256 KiB takes seconds
LINES_SHOWN = 3
ERASED = 0xFF

# Each verifies what it wrote, as far as it can, and resets the board. The model slot is not touched.
TOOLS: dict[str, Callable[[Target, Path, Path], list[str]]] = {
    "pyocd": lambda target, elf, image: ["flash", "--target", target.pyocd, "--format", "elf", str(elf)],
    "STM32_Programmer_CLI": lambda target, elf, image: ["-c", "port=SWD", "-w", str(elf), "-v", "-rst"],
    "st-flash": lambda target, elf, image: ["--reset", "write", str(image), hex(target.flash.memory.address)],
    "openocd": lambda target, elf, image: [
        *("-f", "interface/stlink.cfg", "-f", f"target/{target.family}x.cfg"),
        *("-c", f"program {{{elf}}} verify reset exit"),
    ],
}


def flash(target: Target, engine: str = "builtin", tool: str | None = None) -> str:
    """Write the firmware of `engine` to the connected board; returns the name of the tool that did it.

    `tool` None takes the first of TOOLS that is installed. UsageError for an unknown tool, ToolError where none
    is there or it fails, with what it printed.
    """
    elf = read_elf(target.elf_path(engine))
    name, program = _program(tool)
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "firmware.bin"
        image.write_bytes(_image(elf, target.flash.memory.address))
        _run(name, [program, *TOOLS[name](target, elf.path.resolve(), image)])
    return name


def _program(tool: str | None) -> tuple[str, str]:
    if tool is not None and tool not in TOOLS:
        raise unknown("tool", tool, TOOLS)
    wanted: Iterable[str] = TOOLS if tool is None else [tool]
    for name in wanted:
        program = shutil.which(name)
        if program is not None:
            return name, program
    raise ToolError(
        f"no tool to write a board's flash: {', '.join(wanted)} not found; `pip install pyocd`, or "
        "on Debian and Ubuntu: apt install stlink-tools"
    )


def _image(elf: FirmwareElf, address: int) -> bytes:
    """The bytes of the flash from `address` to the firmware's end."""
    image = bytearray()
    for segment in sorted(elf.segments, key=lambda segment: segment.address):
        at = segment.address - address
        image += bytes([ERASED]) * (at - len(image)) + segment.data
    return bytes(image)


def _run(name: str, command: list[str]) -> None:
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"{name} did not end within {LIMIT_S:g} s; unplug the board and try again") from error
    if done.returncode != 0:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        said = "; ".join(lines[-LINES_SHOWN:]) or "it printed nothing"
        raise ToolError(
            f"{name} failed with exit code {done.returncode}: {said}; is the board connected, and its ST-LINK free?"
        )
