"""`edgeval analyze`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edgeval.commands import options
from edgeval.commands.output import tell_document


@click.command()
@click.option("--grid", help="A grid with finished predictions, by name (models/NAME) or folder.")
@click.option(
    "--table",
    type=options.PATH,
    help="A CSV file instead: family,size,params,accuracy and optionally seed,ece.",
)
@click.option("--target", help="The target whose predictions and profiles are read, for example stm32f746.")
@click.option("--engine", default="builtin", show_default=True, help="The engine whose profiles are read.")
@click.option("--data-dir", type=options.PATH, help="Where CIFAR lies, for the spectrum.")
@click.option(
    "--measure-rank",
    is_flag=True,
    help="Run the float networks (torch) for the stable rank of their activations, kept for later analyses.",
)
@click.option("--min-accuracy", type=float, help="Size to ship: accuracy in percent, at least.")
@click.option("--min-class-accuracy", type=float, help="Size to ship: accuracy of the worst class, percent.")
@click.option("--max-ece", type=float, help="Size to ship: expected calibration error, at most (0.05).")
@click.option(
    "--max-latency-ms", type=float, help="Size to ship, on --target: time of one inference, at most."
)
@click.option("--max-ram-kib", type=float, help="Size to ship: peak RAM (default: what the target has).")
@click.option(
    "--max-flash-kib", type=float, help="Size to ship: code and model (default: the target's flash)."
)
@options.out
@options.as_json("Print analysis.json on standard output.")
def command(out: Path | None, as_json: bool, **asked: Any) -> None:
    """Find how errors, classes and calibration change with size, and the size to ship.

    \b
    Examples:
      edgeval analyze --grid demo
      edgeval analyze --grid demo --min-accuracy 70 --min-class-accuracy 40
      edgeval analyze --grid demo --target stm32f746 --min-accuracy 60 --max-latency-ms 100
      edgeval analyze --table accuracies.csv --json

    It reads the predictions and profiles that edgeval compare left and evaluates nothing but, with --measure-rank,
    the activations of the float networks.
    Exit codes: 0 done, 2 usage, input or tool error.
    """
    from edgeval.api.analysis import analyze
    from edgeval.progress import say

    result = analyze(**asked)
    saved = result.save(out)
    if as_json:
        tell_document(result.document)
    if result.size_to_ship is not None:
        say(str(result))
    say(f"report: {saved.page}")
