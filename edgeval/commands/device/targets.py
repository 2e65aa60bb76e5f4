"""`edgeval targets`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from edgeval.commands import options
from edgeval.terminal import tell, tell_json

if TYPE_CHECKING:
    from edgeval.targets import Target


@click.command()
@options.as_json()
def command(as_json: bool) -> None:
    """List the targets: core, clock, memory, model slot.

    \b
    Example:
      edgeval targets --json
    """
    from edgeval import targets

    chips = [targets.load(name) for name in targets.names()]
    if as_json:
        tell_json(json.dumps([_row(chip) for chip in chips], indent=2))
        return
    for chip in chips:
        tell(
            f"{chip.name}  {chip.board_name}, {chip.core} at {chip.clock_hz // 10**6} MHz, "
            f"RAM {chip.ram_bytes // 1024} KiB, flash {chip.flash_bytes // 1024} KiB, "
            f"of it {chip.slot.bytes // 1024} KiB for a model"
        )


def _row(chip: Target) -> dict[str, Any]:
    return {
        "name": chip.name,
        "board": chip.board_name,
        "core": chip.core,
        "clock_hz": chip.clock_hz,
        "ram_bytes": chip.ram_bytes,
        "flash_bytes": chip.flash_bytes,
        "slot_bytes": chip.slot.bytes,
    }
