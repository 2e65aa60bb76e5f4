"""Options that several commands share, each in one place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
PATH = click.Path(path_type=Path)

exported_grid = click.option(
    "--grid", help="A trained and exported grid, by name or folder (default: the one in models/)."
)
data_dir = click.option("--data-dir", type=PATH, help="Where CIFAR lies or is downloaded to.")
int8_runtime = click.option(
    "--int8-runtime",
    help="What runs stage int8: litert, litert-builtin, litert-reference or tflite-runtime (default: the first that "
    "is installed; see docs/RUNTIMES.md).",
)
engine = click.option(
    "--engine", default="builtin", show_default=True, help="The firmware's engine: builtin or tflm."
)
runner = click.option(
    "--runner",
    default="unicorn",
    show_default=True,
    help="What runs the firmware: unicorn, qemu, renode, or serial for the board.",
)
port = click.option("--port", help="Serial port of the board (default: found by its USB id).")
targets = click.option(
    "--target", "names", multiple=True, help="A target's name; may be repeated (default: all)."
)
std = click.option(
    "--std", type=float, help="Standard deviation of that preprocessing (default: both from the int8 input)."
)
jobs = click.option("--jobs", type=click.IntRange(min=1), help="Processes (default: one per core).")
out = click.option("--out", type=PATH, help="Folder of the report (default: reports/NAME).")
baseline_model = click.option(
    "--baseline-model", help="The baseline's model to judge against (default: the one with the same name)."
)

anchor = click.option(
    "--anchor",
    type=PATH,
    help="An accepted baseline that stays, judged by beside the other (default: gate.toml's anchor, else the "
    "anchor.json beside --baseline).",
)


def as_json(text: str = "Print one document on standard output.") -> Decorator:
    """--json, which takes the place of the text."""
    return click.option("--json", "as_json", is_flag=True, help=text)
