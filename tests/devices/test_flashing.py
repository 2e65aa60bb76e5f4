"""Flashing through tools that are recorded instead of run: no board is here. References: the tools' own manuals for
the arguments, and the ELF's segments for the bytes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from edgeval import targets
from edgeval.cli import cli
from edgeval.devices import flashing
from edgeval.devices.build.elf import read_elf
from edgeval.errors import ToolError, UsageError

TARGET = targets.load("stm32f746")
ELF = TARGET.elf_path("builtin").resolve()


def install(folder: Path, name: str, body: str = "") -> None:
    """A program that notes its arguments, copies a .bin among them, and runs `body`."""
    script = folder / name
    script.write_text(
        f"#!{sys.executable}\nimport shutil, sys\nfolder = {str(folder)!r}\n"
        "open(folder + '/arguments', 'w').write('\\n'.join(sys.argv[1:]))\n"
        "[shutil.copy(a, folder + '/image') for a in sys.argv if a.endswith('.bin')]\n" + body
    )
    script.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it but what a test installs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("pyocd", f"flash --target stm32f746nghx --format elf {ELF}"),
        ("STM32_Programmer_CLI", f"-c port=SWD -w {ELF} -v -rst"),
        ("openocd", f"-f interface/stlink.cfg -f target/stm32f7x.cfg -c program {{{ELF}}} verify reset exit"),
    ],
)
def test_the_elf_is_written(programs: Path, tool: str, arguments: str) -> None:
    install(programs, tool)
    assert flashing.flash(TARGET) == tool
    assert (programs / "arguments").read_text().replace("\n", " ") == arguments


def test_st_flash_gets_the_image_of_the_elf(programs: Path) -> None:
    install(programs, "st-flash")
    assert flashing.flash(TARGET) == "st-flash"
    reset, write, image, address = (programs / "arguments").read_text().splitlines()
    assert (reset, write, address) == ("--reset", "write", "0x8000000") and image.endswith("firmware.bin")
    written, elf = (programs / "image").read_bytes(), read_elf(TARGET.elf_path("builtin"))
    assert len(written) <= TARGET.code_bytes  # the model slot behind it is left alone
    for segment in elf.segments:
        at = segment.address - TARGET.flash.memory.address
        assert written[at : at + len(segment.data)] == segment.data


def test_the_first_tool_is_taken_or_the_named_one(programs: Path) -> None:
    install(programs, "openocd")
    install(programs, "st-flash")
    assert flashing.flash(TARGET) == "st-flash"
    assert flashing.flash(TARGET, tool="openocd") == "openocd"


def test_a_tool_that_fails_is_quoted(programs: Path) -> None:
    install(programs, "st-flash", "print('Found 0 stlink programmers')\nsys.exit(3)\n")
    message = r"st-flash failed with exit code 3: Found 0 stlink programmers; is the board connected"
    with pytest.raises(ToolError, match=message):
        flashing.flash(TARGET)


def test_no_tool_and_an_unknown_one(programs: Path) -> None:
    with pytest.raises(
        ToolError, match=r"pyocd, STM32_Programmer_CLI, st-flash, openocd not found; `pip install"
    ):
        flashing.flash(TARGET)
    with pytest.raises(ToolError, match="openocd not found"):
        flashing.flash(TARGET, tool="openocd")
    with pytest.raises(UsageError, match="unknown tool 'stflash'; did you mean 'st-flash'"):
        flashing.flash(TARGET, tool="stflash")


def test_the_command_says_what_comes_next(programs: Path) -> None:
    install(programs, "st-flash")
    done = CliRunner().invoke(cli, ["firmware", "flash", "--target", "stm32f746"])
    assert done.exit_code == 0
    assert done.output == (
        "st-flash wrote stm32f746-builtin.elf to DISCO-F746NG; next: edgeval firmware ask --target stm32f746\n"
    )
