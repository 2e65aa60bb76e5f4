"""`edgeval nets`."""

from __future__ import annotations

import json

import click

from edgeval.commands import options
from edgeval.terminal import tell, tell_json


@click.command()
@click.option("--classes", type=click.IntRange(min=2), default=100, show_default=True)
@click.option(
    "--size",
    type=click.IntRange(min=8),
    default=32,
    show_default=True,
    help="Side of colour images in pixels.",
)
@click.option(
    "--input",
    "input_shape",
    callback=options.shape,
    help="Other samples: 96x96x1 (height, width, channels), 128x6 (time, channels) or 490 (features).",
)
@click.option(
    "--network", help="One family, a FILE.py:function of your own, or a network of an installed package."
)
@click.option("--sizes", callback=options.numbers, help="Sizes of that network, for example 8,16.")
@options.as_json("One JSON document on standard output.")
def command(
    classes: int,
    size: int,
    input_shape: tuple[int, ...] | None,
    network: str | None,
    sizes: tuple[float, ...] | None,
    as_json: bool,
) -> None:
    """List networks with parameters, true MACs, and what they need as int8: of every family that takes such samples.

    \b
    Examples:
      edgeval nets
      edgeval nets --classes 2 --input 96x96x1 --json
      edgeval nets --classes 12 --input 49x10x1 --network dscnn
      edgeval nets --classes 5 --network my.py:build --sizes 8,16
    """  # fmt: skip
    from edgeval.nets.listing import chosen, document, table

    shape = input_shape or (size, size, 3)
    networks = document(classes, shape, chosen(shape, network, sizes or ()))
    tell_json(json.dumps(networks, indent=1)) if as_json else tell(table(networks))
