"""`edgeval layers`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from edgeval.commands import options
from edgeval.terminal import tell, tell_json


@click.command()
@click.argument("model", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--dataset",
    required=True,
    help="Where the samples come from: npz:PATH, folder:PATH@SIZE (default 32), wav:PATH, csv:FILE, ...",
)
@options.data_dir
@click.option("--from", "first", default="int8", show_default=True, help="int8, tflm, host or emulated.")
@click.option("--to", "second", default="tflm", show_default=True, help="The stage that is compared with it.")
@options.int8_runtime
@click.option("--target", help="The target of stage emulated, see edgeval targets.")
@click.option("--engine", default="builtin", show_default=True, help="The engine of that target's firmware.")
@click.option("--images", type=click.IntRange(min=1), default=256, show_default=True,
              help="Number of test images, spread evenly, whose outputs are compared first.")  # fmt: skip
@click.option("--samples", type=click.IntRange(min=1),
              help="How many of these to run layer by layer (default: 32, emulated 4).")  # fmt: skip
@options.mean("the model")
@options.std
@options.as_json()
def command(as_json: bool, **asked: Any) -> None:
    """Compare two runtimes of one .tflite file layer by layer: rounding, or a defect, and where?

    Runs the images whose outputs differ most through every operator of both runtimes on equal inputs. An operator
    that differs by more than one quantization step is named with its worst channels; where all stay within one, the
    rounding that explains it is named.

    \b
    Examples:
      edgeval layers model.tflite --dataset npz:images.npz
      edgeval layers model.tflite --dataset cifar10 --from tflm --to emulated --target stm32f746
    """
    from edgeval.api.layers import compare_layers

    result = compare_layers(**asked)
    tell_json(json.dumps(result.document, indent=2)) if as_json else tell(str(result))
