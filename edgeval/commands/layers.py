"""`edgeval layers`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from edgeval.terminal import tell, tell_json


@click.command()
@click.argument("model", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--dataset",
    required=True,
    help="Where the images come from: npz:PATH, folder:PATH@SIZE (default 32), cifar10, ...",
)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where CIFAR lies or is downloaded to.")
@click.option("--from", "first", default="int8", show_default=True, help="int8, tflm, host or emulated.")
@click.option("--to", "second", default="tflm", show_default=True, help="The stage that is compared with it.")
@click.option(
    "--int8-runtime",
    help="What runs stage int8: litert, litert-builtin, litert-reference or tflite-runtime (default: the first that "
    "is installed; see docs/RUNTIMES.md).",
)
@click.option("--target", help="The target of stage emulated, see edgeval targets.")
@click.option("--engine", default="builtin", show_default=True, help="The engine of that target's firmware.")
@click.option("--images", type=click.IntRange(min=1), default=256, show_default=True,
              help="Number of test images, spread evenly, whose outputs are compared first.")  # fmt: skip
@click.option("--samples", type=click.IntRange(min=1),
              help="How many of these to run layer by layer (default: 32, emulated 4).")  # fmt: skip
@click.option("--mean", type=float, help="Preprocessing of the model is (pixel / 255 - mean) / std.")
@click.option(
    "--std", type=float, help="Standard deviation of that preprocessing (default: both from the int8 input)."
)
@click.option("--json", "as_json", is_flag=True, help="Print one document on standard output.")
def command(as_json: bool, **options: Any) -> None:
    """Compare two runtimes of one .tflite file layer by layer: rounding, or a defect, and where?

    Runs the images whose outputs differ most through every operator of both runtimes on equal inputs. An operator
    that differs by more than one quantization step is named with its worst channels; where all stay within one, the
    rounding that explains it is named.

    \b
    Examples:
      edgeval layers model.tflite --dataset npz:images.npz
      edgeval layers model.tflite --dataset cifar10 --from tflm --to emulated --target stm32f746
    """
    from edgeval.commands.compare import preprocessing
    from edgeval.localise.question import Question, compare_layers

    options["preprocessing"] = preprocessing(options.pop("mean"), options.pop("std"))
    document = compare_layers(Question(**options))
    tell_json(json.dumps(document, indent=2)) if as_json else tell(_text(document))


def _text(document: dict[str, Any]) -> str:
    first, second = document["from"], document["to"]
    lines = [
        f"{document['verdict']}: {document['text']}",
        f"{document['images']:,} images, of which {document['images_differing']:,} give other outputs and "
        f"{document['flipped']:,} another label; {document['samples']} of them layer by layer",
    ]
    if not document["operators"]:
        return "\n".join(lines)
    lines += [
        "",
        f"{'':>3} {'operator':<20} {'values':>11} {'differing':>10} {'steps':>5}   {'added up':>10} {'steps':>5}   "
        "worst channels, and what rounds",
    ]
    for row in document["operators"]:
        lines.append(
            f"{row['index']:>3} {row['operator']:<20} {row['elements']:>11,} {row['differing']:>10,} "
            f"{row['largest_step']:>5}   {row['accumulated_differing']:>10,} {row['accumulated_largest_step']:>5}   "
            + _remark(row, first, second)
        )
    return "\n".join(lines)


def _remark(row: dict[str, Any], first: str, second: str) -> str:
    parts = [", ".join(str(channel["channel"]) for channel in row["channels"])]
    for stage, side in ((first, row["rounding_from"]), (second, row["rounding_to"])):
        if side is not None and row["largest_step"] == 1:
            parts.append(f"{stage} {side['rounding']} {100 * side['share']:.4g} %")
    return "; ".join(filter(None, parts))
