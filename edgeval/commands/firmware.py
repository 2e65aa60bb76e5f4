"""`edgeval firmware`."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import click

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
@click.option("--target", "names", multiple=True, help="A target's name; may be repeated (default: all).")
@click.option("--engine", default="builtin", show_default=True, help="The engine to link: builtin or tflm.")
@click.option("--tflm-root", type=click.Path(path_type=Path), envvar="EDGEVAL_TFLM_ROOT",
              help="Engine tflm: your tflite-micro with a built library (default: EDGEVAL_TFLM_ROOT).")  # fmt: skip
@click.option("--tflm-library", type=click.Path(path_type=Path),
              help="Engine tflm: its libtensorflow-microlite.a (default: the one below gen/ that fits).")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path),
              help="Folder for the ELFs (default: where the commands find them).")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one document on standard output.")
def build(
    names: tuple[str, ...],
    engine: str,
    tflm_root: Path | None,
    tflm_library: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Build one ELF per target with CMake and the Arm GNU toolchain, and print flash and RAM.

    \b
    Examples:
      edgeval firmware build --target stm32f746
      edgeval firmware build --engine tflm --tflm-root ~/tflite-micro
    """
    from edgeval import store, targets
    from edgeval.devices import tflm_build
    from edgeval.devices.firmware_build import build_firmware, install
    from edgeval.errors import unknown

    if engine not in targets.ENGINES:
        raise unknown("engine", engine, targets.ENGINES)
    definitions = tflm_build.definitions(tflm_root, tflm_library) if engine == "tflm" else None
    rows = []
    for name in names or targets.names():
        target = targets.load(name)
        with tempfile.TemporaryDirectory() as folder:
            built = build_firmware(target, engine, Path(folder), definitions)
            if out is None:
                place = install(built, target)
            else:
                place = out / built.elf.name
                store.write_bytes(place, built.elf.read_bytes())
        rows.append({**asdict(built), "elf": str(place), "ram_bytes": target.ram_bytes})
        if not as_json:
            tell(
                f"{name}: flash {built.code_bytes:,} bytes, RAM static {built.static_bytes:,} + stack "
                f"{built.stack_bytes:,} bytes, {built.arena_bytes:,} left for the arena; {place}"
            )
    if as_json:
        tell_json(json.dumps(rows, indent=2))


@command.command()
@click.option("--target", required=True, help="The board's target, see `edgeval targets`.")
@click.option(
    "--engine", default="builtin", show_default=True, help="The firmware's engine: builtin or tflm."
)
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
@click.option("--port", help="Serial port of the board (default: found by its USB id).")
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
