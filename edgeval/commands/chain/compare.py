"""`edgeval compare`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from edgeval.commands import options
from edgeval.commands.output import tell_document

if TYPE_CHECKING:
    from edgeval.documents.compare import ComparisonDocument


@click.command()
@options.exported_grid
@click.option(
    "--model",
    type=options.PATH,
    help="A .tflite or .onnx file of your own, or the folder of edgeval export, instead of a grid.",
)
@click.option(
    "--predictions",
    type=options.PATH,
    help="A folder of edgeval import: other tools' predictions.",
)
@click.option(
    "--dataset",
    help="The test set: npz:PATH, folder:PATH@SIZE (default 32), wav:PATH, csv:FILE, py:FILE:FUNCTION, "
    "... (default for a grid: the one it was "
    "trained on. Needed with --model.",
)
@options.data_dir
@click.option("--stages", help="Stages to run: float,onnx,int8,tflm (default: all that the model can run).")
@options.int8_runtime
@click.option("--target", help="Add a device: stm32f746, stm32f407 or stm32l4r5 (see edgeval targets).")
@options.engine
@options.runner
@options.port
@click.option(
    "--device-samples",
    type=click.IntRange(min=1),
    help="Test samples to run on the target (default: all where that takes minutes).",
)
@click.option("--reference", help="The model that error overlap refers to (default: each family's largest).")
@click.option(
    "--policy",
    type=options.PATH,
    help="The gate's rules (default: gate.toml here, else 5 points per class and 1 overall).",
)
@click.option(
    "--max-class-drop", type=float, help="Fail if a class is shown to lose more than this many points."
)
@click.option(
    "--max-accuracy-drop", type=float, help="Fail if a model is shown to lose more than this many points."
)
@click.option(
    "--against",
    type=click.Choice(["own", "reference"]),
    default="own",
    show_default=True,
    help="What to judge against: each model's own first stage, or the reference model's.",
)
@click.option(
    "--baseline",
    type=options.PATH,
    help="Judge against an accepted baseline.json (see edgeval baseline).",
)
@options.baseline_model
@options.mean("--model")
@options.std
@options.jobs
@options.out
@click.option("--record-only", is_flag=True, help="Report regressions, but exit with 0; errors are still 2.")
@click.option("--github", is_flag=True, help="Print annotations and a step summary for GitHub (docs/CI.md).")
@options.as_json("Print compare.json on standard output.")
@click.pass_context
def command(context: click.Context, as_json: bool, github: bool, **asked: Any) -> None:
    """Evaluate every stage on the whole test set; report what changed, per sample and per class.

    \b
    Examples:
      edgeval compare --target stm32f746
      edgeval compare --target stm32f407 --runner qemu
      edgeval compare --grid demo --max-class-drop 10 --max-accuracy-drop 2
      edgeval compare --grid demo --policy gate.toml --baseline reports/baseline.json
      edgeval compare --model model.tflite --dataset npz:images.npz
      edgeval compare --model keywords.tflite --dataset wav:words --target stm32l4r5
      edgeval compare --model exported --target stm32f746
      edgeval compare --predictions imported --record-only

    Exit codes: 0 pass, 1 the gate found a regression, 2 usage, input or tool error.
    """
    from edgeval.api.comparison import compare
    from edgeval.progress import say

    result = compare(**asked)
    saved = result.save()
    if as_json:
        tell_document(result.document)
    for line in result.lines():
        say(line)
    say(f"report: {saved.page}")
    say(f"evidence: {saved.seal} (edgeval verify {result.folder})")
    _tell_github(result.document, github, to_stderr=as_json)
    context.exit(result.exit_code)


def _tell_github(document: ComparisonDocument, asked: bool, to_stderr: bool) -> None:
    """Annotations and step summary, in a step of GitHub Actions or where they were asked for."""
    from edgeval.report.ci.github import add_step_summary, annotation_lines, in_actions

    if asked or in_actions(os.environ):
        click.echo("\n".join(annotation_lines(document)), err=to_stderr)
        add_step_summary(document, os.environ)
