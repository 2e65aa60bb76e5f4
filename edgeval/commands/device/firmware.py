"""`edgeval firmware`."""

from __future__ import annotations

import json
from typing import Any

import click

from edgeval.commands import options
from edgeval.terminal import tell, tell_json


@click.group()
def command() -> None:
    """Build the firmware of the targets, write it to a board, ask a board what it runs.

    \b
    Examples:
      edgeval firmware build --target stm32f746
      edgeval firmware flash --target stm32f746
      edgeval firmware ask --target stm32f746
    """


@command.command()
@options.targets
@click.option("--engine", default="builtin", show_default=True, help="The engine to link: builtin or tflm.")
@click.option("--tflm-root", type=options.PATH, envvar="EDGEVAL_TFLM_ROOT",
              help="Engine tflm: your tflite-micro with a built library (default: EDGEVAL_TFLM_ROOT).")  # fmt: skip
@click.option("--tflm-library", type=options.PATH,
              help="Engine tflm: its libtensorflow-microlite.a (default: the one below gen/ that fits).")  # fmt: skip
@click.option("--out", type=options.PATH,
              help="Folder for the ELFs (default: where the commands find them).")  # fmt: skip
@options.as_json()
def build(names: tuple[str, ...], as_json: bool, **asked: Any) -> None:
    """Build one ELF per target with CMake and the Arm GNU toolchain, and print flash and RAM.

    \b
    Examples:
      edgeval firmware build --target stm32f746
      edgeval firmware build --engine tflm --tflm-root ~/tflite-micro
    """
    from edgeval.api.firmware import build_firmware

    rows = []
    for image in build_firmware(names, **asked):
        rows.append(image.document)
        if not as_json:
            tell(str(image))
    if as_json:
        tell_json(json.dumps(rows, indent=2))


@command.command()
@click.option("--target", required=True, help="The board's target, see `edgeval targets`.")
@options.engine
@click.option(
    "--tool", help="pyocd, STM32_Programmer_CLI, st-flash or openocd (default: the first installed)."
)
def flash(target: str, engine: str, tool: str | None) -> None:
    """Write the ready firmware to a board through its ST-LINK.

    \b
    Example:
      edgeval firmware flash --target stm32f746 --tool st-flash
    """
    from edgeval import targets
    from edgeval.devices.flashing import flash as write

    chip = targets.load(target)
    used = write(chip, engine, tool)
    tell(
        f"{used} wrote {chip.elf_path(engine).name} to {chip.board_name}; next: edgeval firmware ask --target {target}"
    )


@command.command()
@click.option("--target", required=True, help="The board's target, see `edgeval targets`.")
@click.option("--engine", default="builtin", show_default=True, help="The engine that should answer.")
@options.port
def ask(target: str, engine: str, port: str | None) -> None:
    """Ask a board which firmware it runs; exit code 2 where it is not this edgeval's for the target.

    \b
    Example:
      edgeval firmware ask --target stm32f746 --port /dev/ttyACM0
    """
    from edgeval import targets
    from edgeval.devices.serial import describe, open_serial

    with open_serial(targets.load(target), port, engine) as device:
        tell(f"{device.name}: {describe(device.hello)}")
