"""`edgeval robustness`."""

from __future__ import annotations

from typing import Any

import click

from edgeval.commands import options
from edgeval.commands.output import tell_document


@click.command()
@options.exported_grid
@click.option(
    "--corruptions",
    help="Names separated by commas, by the kind of samples (default: those of docs/ROBUSTNESS.md).",
)
@click.option("--severities", help="From 1 to 5, separated by commas (default: 1,3,5).")
@click.option("--stages", help="Of float,onnx,int8,tflm,host (default: float,int8,host).")
@click.option(
    "--samples", type=click.IntRange(min=20), help="Test images, a class-balanced part (default: all)."
)
@options.data_dir
@options.jobs
@options.out
@options.as_json("Print robustness.json on standard output.")
def command(as_json: bool, **asked: Any) -> None:
    """Evaluate a grid on corrupted test samples; does corruption hurt the classes that shrinking hurts?

    Stage host is the firmware's engine built for this PC, bit-exact with the device.

    \b
    Examples:
      edgeval robustness --grid demo
      edgeval robustness --grid demo --corruptions fog,motion_blur --severities 3 --samples 200
      edgeval robustness --grid words --corruptions white_noise,reverberation
      edgeval robustness --grid demo --stages float,int8 --json

    Finished predictions are kept in the run folders; the same command goes on where it stopped.
    Exit codes: 0 done, 2 usage, input or tool error.
    """
    from edgeval.api.corruption import robustness
    from edgeval.progress import say

    result = robustness(**asked)
    saved = result.save()
    if as_json:
        tell_document(result.document)
    say(f"report: {saved.page}")
