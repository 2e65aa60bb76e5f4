"""`edgeval robustness`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edgeval.terminal import tell_json


@click.command()
@click.option("--grid", help="A trained and exported grid, by name or folder (default: the one in models/).")
@click.option(
    "--corruptions",
    help="Names separated by commas (default: 8 of the 11 in docs/ROBUSTNESS.md).",
)
@click.option("--severities", help="From 1 to 5, separated by commas (default: 1,3,5).")
@click.option("--stages", help="Of float,onnx,int8,tflm,host (default: float,int8,host).")
@click.option(
    "--samples", type=click.IntRange(min=20), help="Test images, a class-balanced part (default: all)."
)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where CIFAR lies or is downloaded to.")
@click.option("--jobs", type=click.IntRange(min=1), help="Processes (default: one per core).")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the report (default: reports/NAME).")
@click.option("--json", "as_json", is_flag=True, help="Print robustness.json on standard output.")
def command(
    grid: str | None,
    corruptions: str | None,
    severities: str | None,
    stages: str | None,
    as_json: bool,
    out: Path | None,
    **rest: Any,
) -> None:
    """Evaluate a grid on corrupted test images; does corruption hurt the classes that shrinking hurts?

    Stage host is the firmware's engine built for this PC, bit-exact with the device.

    \b
    Examples:
      edgeval robustness --grid demo
      edgeval robustness --grid demo --corruptions fog,motion_blur --severities 3 --samples 200
      edgeval robustness --grid demo --stages float,int8 --json

    Finished predictions are kept in the run folders; the same command goes on where it stopped.
    Exit codes: 0 done, 2 usage, input or tool error.
    """
    from edgeval import store
    from edgeval.evaluation import corrupted as robustness
    from edgeval.progress import say
    from edgeval.report.write import write_robustness
    from edgeval.turns import report_turn

    request = robustness.parse_request(
        grid,
        corruptions or robustness.DEFAULT_CORRUPTIONS,
        severities or robustness.DEFAULT_SEVERITIES,
        stages or robustness.DEFAULT_STAGES,
        **rest,
    )
    folder = out or Path("reports") / Path(request.grid).name
    store.check_writable(folder)
    document = robustness.measure_robustness(request)
    with report_turn(folder):
        page = write_robustness(document, folder)
    if as_json:
        tell_json(store.json_bytes(document).decode())
    say(f"report: {page}")
