"""`edgeval verify`."""

from __future__ import annotations

from pathlib import Path

import click

from edgeval.commands import options
from edgeval.commands.output import tell_document


@click.command()
@click.argument("folder", type=options.PATH)
@click.option("--seal", help="The evidence's SHA-256 as edgeval compare printed it; another one fails.")
@click.option("--dataset", help="The test set, as in edgeval compare: its hash and labels are checked too.")
@options.data_dir
@options.as_json("Print what was found on standard output.")
@click.pass_context
def command(
    context: click.Context, folder: Path, seal: str | None, dataset: str | None, data_dir: Path | None, as_json: bool
) -> None:  # fmt: skip
    """Recompute every figure and the verdict of a report from its evidence; say what differs.

    FOLDER is a report of edgeval compare. Every file is checked by its SHA-256; predictions, models, firmware and
    settings are tied by evidence/evidence.json. A regression that the gate found and that is stored as one is
    verified all the same.

    \b
    Examples:
      edgeval verify reports/demo
      edgeval verify reports/demo --dataset npz:images.npz
      edgeval verify reports/demo --seal 9f2c...   against whoever could have changed all of it

    Exit codes: 0 all matches, 1 something differs, 2 there is no finished evidence or a usage error.
    """
    from edgeval.api.verification import verify
    from edgeval.progress import say

    result = verify(folder, seal=seal, dataset=dataset, data_dir=data_dir)
    if as_json:
        tell_document(result.document)
    for line in result.lines():
        say(line)
    context.exit(0 if result.verified else 1)
