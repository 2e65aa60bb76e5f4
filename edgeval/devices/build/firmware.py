"""Build the firmware with CMake and the Arm GNU toolchain: one ELF for a target and an engine."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from edgeval import store
from edgeval.devices.build.elf import FirmwareElf
from edgeval.devices.build.host import firmware_sources
from edgeval.errors import ToolError
from edgeval.targets import Target

TOOLS = {
    "cmake": "cmake",
    "ninja": "ninja-build",
    "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi",
}


LINK_PROBLEMS = ("undefined reference to", "overflowed by", "uses VFP register arguments", "runs no C++")


@dataclass(frozen=True)
class Built:
    """A built firmware: bytes of flash for code, and of RAM for static data and stack."""

    target: str
    engine: str
    elf: Path
    build_id: str
    code_bytes: int
    static_bytes: int
    stack_bytes: int
    arena_bytes: int


def build_firmware(
    target: Target, engine: str, folder: Path, definitions: dict[str, str] | None = None
) -> Built:
    """Build the ELF of `target` and `engine` in `folder`.

    `definitions` are further CMake variables. Raises ToolError where a tool is missing or fails.
    """
    require_tools()
    sources = firmware_sources()
    options = {"EV_BOARD": target.board, "EV_ENGINE": engine, **(definitions or {})}
    configure = ["cmake", "-S", str(sources), "-B", str(folder), "-G", "Ninja"]
    configure += [f"-DCMAKE_TOOLCHAIN_FILE={sources / 'cmake' / 'arm-none-eabi.cmake'}"]
    configure += [f"-D{name}={value}" for name, value in options.items()]
    _run(configure, f"cmake cannot configure the firmware for {target.name}")
    _run(["cmake", "--build", str(folder)], f"the firmware for {target.name} does not build")
    return describe(target, engine, folder / f"{target.name}-{engine}.elf")


def describe(target: Target, engine: str, path: Path) -> Built:
    """The sizes of a built ELF, from the symbols of its linker script."""
    elf = FirmwareElf(path)
    at = elf.symbols
    return Built(
        target=target.name,
        engine=engine,
        elf=path,
        build_id=elf.build_id,
        code_bytes=elf.code_bytes,
        static_bytes=at["ld_arena_start"] - at["ld_stack_top"],
        stack_bytes=at["ld_stack_top"] - at["ld_stack_start"],
        arena_bytes=at["ld_arena_end"] - at["ld_arena_start"],
    )


def install(built: Built, target: Target) -> Path:
    """Put the ELF where `Target.elf_path` finds it; returns that path."""
    path = target.elf_place(built.engine)
    store.write_bytes(path, built.elf.read_bytes())
    return path


def require_tools() -> None:
    """ToolError with the Debian packages where a build tool is missing."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        packages = " ".join(TOOLS[tool] for tool in missing)
        raise ToolError(f"{' and '.join(missing)} missing; on Debian: apt-get install {packages}")


def _run(command: list[str], problem: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).splitlines()
        raise ToolError(f"{problem}: {_reason(lines) or f'exit code {done.returncode}'}")


def _reason(lines: list[str]) -> str:
    """The line that says most: the linker's own, not the compiler's summary of it; of CMake the text itself."""
    for mark in LINK_PROBLEMS:
        for line in lines:
            if mark in line:
                return line.strip()
    for at, line in enumerate(lines):
        if line.startswith("CMake Error") and line.endswith(":"):
            text = itertools.takewhile(str.strip, lines[at + 1 :])
            return " ".join(part.strip() for part in text)
    return next((line.strip() for line in lines if "rror" in line), "")
