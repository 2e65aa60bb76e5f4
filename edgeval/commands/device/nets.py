"""`edgeval nets`."""

from __future__ import annotations

import json

import click

from edgeval.commands import options
from edgeval.terminal import tell, tell_json


@click.command()
@click.option("--classes", type=click.IntRange(min=2), default=100, show_default=True)
@click.option(
    "--size", type=click.IntRange(min=8), default=32, show_default=True, help="Image side in pixels."
)
@options.as_json("One JSON document on standard output.")
def command(classes: int, size: int, as_json: bool) -> None:
    """List the paper's networks with parameters, true MACs, and what they need as int8.

    \b
    Examples:
      edgeval nets
      edgeval nets --classes 10 --size 96 --json
    """
    from edgeval.nets.listing import document, table

    networks = document(classes, size)
    tell_json(json.dumps(networks, indent=1)) if as_json else tell(table(networks))
