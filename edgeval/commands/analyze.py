"""`edgeval analyze`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from edgeval.analysis.frontier import Floors


@click.command()
@click.option("--grid", help="A grid with finished predictions, by name (models/NAME) or folder.")
@click.option(
    "--table",
    type=click.Path(path_type=Path),
    help="A CSV file instead: family,size,params,accuracy and optionally seed,ece.",
)
@click.option("--target", help="Whose device predictions, where a grid has those of several targets.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where CIFAR lies, for the spectrum.")
@click.option("--min-accuracy", type=float, help="Size to ship: accuracy in percent, at least.")
@click.option("--min-class-accuracy", type=float, help="Size to ship: accuracy of the worst class, percent.")
@click.option("--max-ece", type=float, help="Size to ship: expected calibration error, at most (0.05).")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of the report (default: reports/NAME-analysis)."
)
@click.option("--json", "as_json", is_flag=True, help="Print analysis.json on standard output.")
def command(grid: str | None, table: Path | None, as_json: bool, **options: Any) -> None:
    """Find how errors, classes and calibration change with size, and the size to ship.

    \b
    Examples:
      edgeval analyze --grid demo
      edgeval analyze --grid demo --min-accuracy 70 --min-class-accuracy 40
      edgeval analyze --table accuracies.csv --json

    It reads the predictions that edgeval compare left and evaluates nothing.
    Exit codes: 0 done, 2 usage, input or tool error.
    """
    from edgeval.analysis.write import analyze, write_analysis
    from edgeval.progress import say

    floors = _floors(options["min_accuracy"], options["min_class_accuracy"], options["max_ece"])
    document, folder = analyze(grid, table, floors, options["target"], options["data_dir"])
    page = write_analysis(document, options["out"] or folder)
    if as_json:
        click.echo((page.parent / "analysis.json").read_text(), nl=False)
    choice = document["size_to_ship"]
    if choice is not None:
        say(f"size to ship: {choice['model'] or 'no size meets these floors'}")
    say(f"report: {page}")


def _floors(accuracy: float | None, class_accuracy: float | None, ece: float | None) -> Floors:
    from edgeval.analysis.frontier import Floors
    from edgeval.errors import UsageError

    for name, value in (("--min-accuracy", accuracy), ("--min-class-accuracy", class_accuracy)):
        if value is not None and not 1 < value <= 100:
            raise UsageError(f"{name} is {value:g}, expected percent above 1 and up to 100, for example 70")
    if ece is not None and not 0 < ece < 1:
        raise UsageError(f"--max-ece is {ece:g}, expected a fraction between 0 and 1, for example 0.05")
    return Floors(
        min_accuracy=None if accuracy is None else accuracy / 100,
        min_class_accuracy=None if class_accuracy is None else class_accuracy / 100,
        max_ece=ece,
    )
