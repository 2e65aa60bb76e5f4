"""`edgeval compare`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--grid", help="A trained and exported grid, by name (models/NAME) or folder.")
@click.option(
    "--model", type=click.Path(path_type=Path), help="A .tflite or .onnx file of your own instead of a grid."
)
@click.option("--dataset", help="The test set; for a grid the one it was trained on. Needed with --model.")
@click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Where cifar10 and cifar100 lie or are downloaded to."
)
@click.option("--stages", help="Stages to run: float,onnx,int8,tflm (default: all).")
@click.option(
    "--reference", help="The model id that error overlap refers to (default: each family's largest)."
)
@click.option("--max-class-drop", type=float, help="Fail where a class loses more than this many points.")
@click.option("--max-accuracy-drop", type=float, help="Fail where a model loses more than this many points.")
@click.option("--against", type=click.Choice(["own", "reference"]), default="own", show_default=True,
              help="What the limits refer to: the model's own first stage, or the reference model's.")  # fmt: skip
@click.option("--mean", type=float, help="Preprocessing of --model: (pixel / 255 - mean) / std.")
@click.option("--std", type=float, help="See --mean. Without both it is inferred from the int8 input.")
@click.option("--jobs", type=click.IntRange(min=1), help="Processes (default: one a core).")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of the report (default: reports/<name>)."
)
@click.option("--json", "as_json", is_flag=True, help="Print compare.json on standard output.")
@click.pass_context
def command(context: click.Context, **options: object) -> None:
    """Evaluate every stage on the whole test set and report what changed, per sample and per class.

    \b
    Examples:
      edgeval compare --grid demo
      edgeval compare --grid demo --max-class-drop 10 --max-accuracy-drop 2
      edgeval compare --model model.tflite --dataset npz:images.npz

    Exit codes: 0 pass, 1 the gate found a regression, 2 usage, input or tool error.
    """
    from edgeval.comparison import run_comparison

    context.exit(run_comparison(**options))  # type: ignore[arg-type]
