"""`edgeval gate`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edgeval.commands import options
from edgeval.commands.output import tell_rows
from edgeval.terminal import tell

DROPS = ("max_class_drop", "max_accuracy_drop")


@click.command()
@click.argument("source", required=False)
@click.option(
    "--policy",
    type=options.PATH,
    help="The rules (default: gate.toml here, else the report's).",
)
@click.option("--max-class-drop", type=float, help="Allowance of the class rule, in points.")
@click.option("--max-accuracy-drop", type=float, help="Allowance of the accuracy rule, in points.")
@click.option(
    "--against",
    type=click.Choice(["own", "reference"]),
    help="What to judge against (default: as in the report).",
)
@click.option("--baseline", type=options.PATH, help="Judge against an accepted baseline.json.")
@options.baseline_model
@options.anchor
@click.option("--power", is_flag=True, help="Say what the gate can find, instead of a verdict.")
@click.option("--dataset", help="With --power: for the classes of a data set, before there is any model.")
@options.data_dir
@options.as_json("Print the gate's part of compare.json.")
@click.pass_context
def command(
    context: click.Context, source: str | None, power: bool, dataset: str | None, data_dir: Path | None,
    as_json: bool, **asked: Any,
) -> None:  # fmt: skip
    """Judge a finished report (or grid) SOURCE again, or say what the gate can find.

    Nothing is evaluated again and the report stays as it is.

    \b
    Examples:
      edgeval gate reports/demo --policy gate.toml
      edgeval gate reports/demo --baseline reports/baseline.json
      edgeval gate --power reports/demo
      edgeval gate --power --dataset cifar10

    Exit codes: 0 pass, 1 the gate found a regression, 2 usage, input or tool error.
    """
    from edgeval.api.judge import gate, gate_power

    if power and dataset is not None:
        found = gate_power(dataset, data_dir=data_dir, policy=asked["policy"], **{k: asked[k] for k in DROPS})
        tell_rows({"dataset": dataset, "rows": list(found.rows)}) if as_json else tell(str(found))
        return
    result = gate(source, **asked)
    if as_json:
        tell_rows(result.document)
    else:
        tell(str(result.power if power else result))
    context.exit(0 if power else result.exit_code)
