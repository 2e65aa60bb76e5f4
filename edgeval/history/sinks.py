"""A history in TensorBoard's event files; the library is imported only here."""

from __future__ import annotations

import calendar
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from edgeval.documents.history import HistoryLine, HistoryModel
from edgeval.errors import ToolError

COSTS = ("latency_ms", "instructions", "peak_ram_bytes", "flash_bytes")


def write_tensorboard(lines: Sequence[HistoryLine], folder: Path) -> Path:
    """One event file of all lines, step k is the k-th; returns the folder. ToolError without tensorboard."""
    try:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.event_file_writer import EventFileWriter
    except ImportError as error:
        raise ToolError(
            f"TensorBoard is not installed ({error}); pip install edgeval[tensorboard]"
        ) from error
    writer: Any = EventFileWriter(str(folder))
    for step, line in enumerate(lines):
        seconds = calendar.timegm(time.strptime(line["time"], "%Y-%m-%dT%H:%M:%SZ"))
        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in scalars(line)]
        writer.add_event(Event(wall_time=seconds, step=step, summary=Summary(value=values)))
    writer.close()
    return folder


def scalars(line: HistoryLine) -> Iterator[tuple[str, float]]:
    """Tags and figures of a line: passed, then by model accuracies, classes of the deployed stage, costs."""
    yield "passed", float(line["verdict"] == "pass")
    for model in line["models"]:
        yield from _of_model(line, model)


def _of_model(line: HistoryLine, model: HistoryModel) -> Iterator[tuple[str, float]]:
    for stage, seen in model["stages"].items():
        yield f"{model['id']}/accuracy/{stage}", seen["accuracy"]
    deployed = model["stages"][model["deployed_stage"]]["per_class_accuracy"]
    for name, value in zip(line["dataset"]["classes"], deployed, strict=True):
        if value is not None:
            yield f"{model['id']}/class/{name}", value
    for key in COSTS:
        cost: Any = model.get(key)
        if cost is not None:
            yield f"{model['id']}/{key} ({cost['source']})", float(cost["value"])
