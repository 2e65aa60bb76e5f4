"""`edgeval doctor`."""

from __future__ import annotations

import json

import click

from edgeval.commands import options
from edgeval.terminal import tell, tell_json


@click.command()
@options.as_json("One JSON document on standard output.")
def command(as_json: bool) -> None:
    """Show what is installed, which stages can run, and the command that brings what is missing.

    \b
    Example:
      edgeval doctor
    """
    from edgeval.doctor import examine, table

    findings = examine()
    tell_json(json.dumps(findings, indent=1)) if as_json else tell(table(findings))
