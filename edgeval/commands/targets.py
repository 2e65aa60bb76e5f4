"""`edgeval targets`."""

from __future__ import annotations

import json

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one document on standard output.")
def command(as_json: bool) -> None:
    """List the targets: core, clock, memory, model slot.

    \b
    Example:
      edgeval targets --json
    """
    from edgeval import targets

    rows = [
        {
            "name": target.name,
            "board": target.board,
            "core": target.core,
            "clock_hz": target.clock_hz,
            "ram_bytes": target.ram_bytes,
            "flash_bytes": target.flash_bytes,
            "slot_bytes": target.slot.bytes,
        }
        for target in map(targets.load, targets.names())
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.echo(
            f"{row['name']}  {row['board']}, {row['core']} at {row['clock_hz'] // 10**6} MHz, "
            f"RAM {row['ram_bytes'] // 1024} KiB, flash {row['flash_bytes'] // 1024} KiB, "
            f"of it {row['slot_bytes'] // 1024} KiB for a model"
        )
