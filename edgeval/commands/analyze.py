"""`edgeval analyze`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgeval.terminal import tell_json

if TYPE_CHECKING:
    from edgeval.analysis.ship import Floors


@click.command()
@click.option("--grid", help="A grid with finished predictions, by name (models/NAME) or folder.")
@click.option(
    "--table",
    type=click.Path(path_type=Path),
    help="A CSV file instead: family,size,params,accuracy and optionally seed,ece.",
)
@click.option("--target", help="The target whose predictions and profiles are read, for example stm32f746.")
@click.option("--engine", default="builtin", show_default=True, help="The engine whose profiles are read.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where CIFAR lies, for the spectrum.")
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
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the report (default: reports/NAME).")
@click.option("--json", "as_json", is_flag=True, help="Print analysis.json on standard output.")
def command(grid: str | None, table: Path | None, as_json: bool, **options: Any) -> None:
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
    from edgeval import store
    from edgeval.analysis.analyze import analyze
    from edgeval.progress import say
    from edgeval.report.write import write_analysis
    from edgeval.turns import report_turn

    floors = _floors(options)
    if options["measure_rank"]:
        _measure_rank(grid, options["data_dir"])
    document, folder = analyze(grid, table, floors, options["target"], options["data_dir"], options["engine"])
    folder = options["out"] or folder
    with report_turn(folder):
        page = write_analysis(document, folder)
    if as_json:
        tell_json(store.json_bytes(document).decode())
    choice = document["size_to_ship"]
    if choice is not None:
        say(f"size to ship: {choice['model'] or 'no size meets these floors'}")
    say(f"report: {page}")


def _measure_rank(grid: str | None, data_dir: Path | None) -> None:
    from edgeval.errors import UsageError
    from edgeval.evaluation.activation_rank import measure_ranks
    from edgeval.runs import grid_folder

    if grid is None:
        raise UsageError("--measure-rank runs the networks of a grid; name it with --grid")
    measure_ranks(grid_folder(grid), data_dir)


def _floors(options: dict[str, Any]) -> Floors:
    from edgeval.analysis.ship import Floors
    from edgeval.errors import UsageError

    accuracy, class_accuracy, ece = (options[k] for k in ("min_accuracy", "min_class_accuracy", "max_ece"))
    for name, value in (("--min-accuracy", accuracy), ("--min-class-accuracy", class_accuracy)):
        if value is not None and not 1 < value <= 100:
            raise UsageError(f"{name} is {value:g}, expected percent above 1 and up to 100, for example 70")
    if ece is not None and not 0 < ece < 1:
        raise UsageError(f"--max-ece is {ece:g}, expected a fraction between 0 and 1, for example 0.05")
    for name in ("max_latency_ms", "max_ram_kib", "max_flash_kib"):
        if options[name] is not None and not options[name] > 0:
            raise UsageError(f"--{name.replace('_', '-')} is {options[name]:g}, expected a number above 0")
    return Floors(
        min_accuracy=None if accuracy is None else accuracy / 100,
        min_class_accuracy=None if class_accuracy is None else class_accuracy / 100,
        max_ece=ece,
        max_latency_ms=options["max_latency_ms"],
        max_ram_bytes=_bytes(options["max_ram_kib"]),
        max_flash_bytes=_bytes(options["max_flash_kib"]),
    )


def _bytes(kib: float | None) -> int | None:
    return None if kib is None else round(kib * 1024)
