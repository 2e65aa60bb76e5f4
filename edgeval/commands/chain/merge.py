"""`edgeval merge`."""

from __future__ import annotations

from pathlib import Path

import click

from edgeval.commands import options
from edgeval.terminal import tell


@click.command()
@click.argument("sources", nargs=-1, required=True, type=options.PATH, metavar="FOLDER...")
@click.option(
    "--into", required=True, type=options.PATH, help="The grid's folder that takes them all; may be new."
)
def command(sources: tuple[Path, ...], into: Path) -> None:
    """Join the stores of one grid that several machines made with --shard.

    Every file is checked against its hash. Two different files under one name are refused before anything is copied.
    The result has the bytes that one machine would have written.

    \b
    Examples:
      edgeval merge a/models/paper b/models/paper --into models/paper

    The two came from `edgeval train-grid --grid paper --shard 1/2` on one machine and `--shard 2/2` on the other.

    The same command goes on where it was stopped. Exit codes: 0 done, 2 usage, input or tool error.
    """
    from edgeval.api.sharding import merge

    tell(str(merge(sources, into)))
