"""`edgeval acknowledge`."""

from __future__ import annotations

from pathlib import Path

import click

from edgeval.commands import options


@click.command()
@click.argument("name", metavar="CLASS")
@click.option("--reason", required=True, help="Why the loss is accepted for now; every report shows it.")
@click.option("--until", required=True, metavar="YYYY-MM-DD", help="The last day on which it only warns.")
@click.option("--model", help="Only this model (default: all).")
@click.option(
    "--file",
    type=options.PATH,
    default=Path("gate.toml"),
    show_default=True,
    help="The policy to write into.",
)
def command(name: str, reason: str, until: str, model: str | None, file: Path) -> None:
    """Write into gate.toml that the losses of CLASS are known: until a day they warn and do not fail.

    Every report and comment says so until then, and what has ended afterwards. A rule about the whole model that fails
    is judged without the class's images too. Commit gate.toml: it is the record of who accepted what.

    \b
    Examples:
      edgeval acknowledge cat --reason "new camera, retraining in #123" --until 2027-01-31
      edgeval acknowledge cat --model scalecnn-4 --reason "too small" --until 2027-06-30

    Exit codes: 0 done, 2 usage, input or tool error.
    """
    from edgeval.api.acknowledging import acknowledge
    from edgeval.progress import say

    say(str(acknowledge(name, reason=reason, until=until, model=model, file=file)))
