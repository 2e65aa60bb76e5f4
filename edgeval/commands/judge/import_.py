"""`edgeval import`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

COLUMNS = ("id", "label", "top1", "group", "scores")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--model", required=True, help="Name of the model that made these predictions.")
@click.option(
    "--stage", required=True, help="Where it ran: float, onnx, int8, tflm, host, emulated or board."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Training seed.")
@click.option("--tool", default="imported", help="What made them, for the report: 'mytool 2.1'.")
@click.option("--model-file", type=click.Path(path_type=Path), help="The model file, kept with its hash.")
@click.option("--classes", help="Number of classes, or their names in order: cat,dog,frog.")
@click.option("--column", multiple=True, help="KIND=NAME: what the file calls id, label, top1 or group.")
@click.option(
    "--labels",
    type=click.Path(path_type=Path),
    help="The true classes, for a log of MLPerf Tiny's runner or ST's network_val_io.npz, which have none.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="imported",
    show_default=True,
    help="Folder of the test set.",
)
def command(file: Path, classes: str | None, column: tuple[str, ...], **asked: Any) -> None:
    """Take predictions that another tool made, so that every comparison and the gate apply to them.

    FILE is CSV with a header, or npz. CSV: columns id, label (the true class), top1 (-1: the inference failed),
    and prob_CLASS or logit_CLASS for every class; classes by name or number. npz: ids, labels, top1, probabilities
    or logits, class_names. top1 or scores may be missing; without scores there is no calibration error. A column group
    (npz: groups) names the recording, patient or scene of a sample: samples of one group count as one for the gate.

    \b
    Examples:
      edgeval import pc.csv --model mynet --stage int8
      edgeval import board.csv --model mynet --stage board --tool "ST Edge AI 2.1"
      edgeval compare --predictions imported --max-class-drop 5
      edgeval import new.csv --model new --stage board --column top1=prediction
      edgeval compare --predictions imported --reference mynet --against reference
      edgeval import log.txt --labels y_labels.csv --model resnet8 --stage board
      edgeval import network_val_io.npz --labels labels.csv --model mynet --stage board

    All files of a folder are about one test set: the first one sets ids, labels and classes.
    Exit codes: 0 done, 2 usage, input or tool error.
    """
    from edgeval.api.imports import import_predictions
    from edgeval.progress import say

    asked |= {"classes": _classes(classes), "columns": _columns(column)}
    made = import_predictions(file, **asked)
    say(str(made))
    say(f"compare with: edgeval compare --predictions {made.folder}")


def _columns(pairs: tuple[str, ...]) -> dict[str, str]:
    from edgeval.errors import UsageError, unknown

    names = {}
    for pair in pairs:
        kind, sign, name = pair.partition("=")
        if not sign or not name:
            raise UsageError(f"--column is '{pair}', expected KIND=NAME, for example top1=prediction")
        if kind not in COLUMNS:
            raise unknown("column", kind, COLUMNS, "--column")
        names[kind] = name
    return names


def _classes(text: str | None) -> tuple[str, ...]:
    from edgeval.errors import UsageError

    if text is None:
        return ()
    names = tuple(str(index) for index in range(int(text))) if text.isdigit() else tuple(text.split(","))
    names = tuple(name.strip() for name in names)
    if len(names) < 2 or len(set(names)) != len(names) or "" in names:
        raise UsageError(f"--classes is '{text}', expected a number from 2 on, or different names: cat,dog")
    return names
