"""`edgeval export`."""

from __future__ import annotations

from typing import Any

import click

from edgeval.commands import options
from edgeval.commands.output import tell_document
from edgeval.terminal import tell


@click.command()
@click.option("--grid", help="A trained grid, by name or folder (default: the one in models/).")
@click.option("--run", type=options.PATH, help="The folder of one trained run.")
@click.option("--torch", help="A network of your own: module:callable that returns a torch.nn.Module.")
@click.option("--weights", type=options.PATH, help="The state dict of --torch.")
@click.option("--onnx", type=options.PATH, help="A network of your own as an ONNX file.")
@click.option(
    "--int8", is_flag=True, help="Also make the full-int8 TFLite file, calibrated on training images."
)
@click.option("--backend", type=click.Choice(["litert", "tensorflow"]),
              help="What makes the int8 file (default: litert, or tensorflow if that alone is installed).")  # fmt: skip
@click.option(
    "--dataset",
    help="The dataset it was trained on: npz:PATH, folder:PATH@SIZE (default 32), wav:PATH, csv:FILE, ...; needed with "
    "--torch and --onnx.",
)
@click.option("--data-dir", type=options.PATH, help="Where cifar10 and cifar100 lie or are downloaded to.")
@click.option("--out", type=options.PATH, help="Folder for --torch and --onnx.")
@options.mean("--torch and --onnx")
@click.option(
    "--std",
    type=options.PER_CHANNEL,
    metavar="NUMBERS",
    help="Standard deviation of that preprocessing (default: mean 0, std 1).",
)
@click.option("--calibration", type=click.IntRange(min=1), default=500, show_default=True,
              help="Number of training images to calibrate with, the same number of each class.")  # fmt: skip
@click.option("--max-int8-drop", type=click.FloatRange(min=0), default=10.0, show_default=True,
              help="Refuse the export if int8 loses more than this many points of accuracy.")  # fmt: skip
@options.as_json()
def command(as_json: bool, **asked: Any) -> None:
    """Export to ONNX and full-int8 TFLite, and prove that they are still the same network.

    \b
    Examples:
      edgeval export --int8
      edgeval export --int8 --torch nets:build --weights best.pt --dataset folder:images --out exported
      edgeval export --int8 --onnx model.onnx --dataset npz:images.npz --out exported

    Finished exports are skipped. Exit codes: 0 done, 2 usage, input or tool error, or a network was refused.
    """
    from edgeval.api.exporting import export
    from edgeval.errors import ModelError

    result = export(**asked)
    tell_document(result.document) if as_json else tell(str(result))
    if result.refusal is not None:
        raise ModelError(result.refusal)
