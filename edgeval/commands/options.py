"""Options that several commands share, each in one place."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
PATH = click.Path(path_type=Path)


class _PerChannel(click.ParamType):
    """`0.5`, or `0.485,0.456,0.406`: a number for all channels or one for each."""

    name = "numbers"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            told = tuple(float(part) for part in value.split(","))
        except ValueError:
            self.fail(f"'{value}' is no number, nor numbers with commas (0.485,0.456,0.406).", param, ctx)
        return told[0] if len(told) == 1 else told


PER_CHANNEL = _PerChannel()


def mean(of: str) -> Decorator:
    """--mean of the preprocessing of `of`."""
    return click.option(
        "--mean",
        type=PER_CHANNEL,
        metavar="NUMBERS",
        help=f"Preprocessing of {of} is (pixel / 255 - mean) / std, of features (value - mean) / std; one number, or "
        "one for each channel: 0.485,0.456,0.406.",
    )


def numbers(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[float, ...] | None:
    """A callback: `8,16` to numbers above 0."""
    if value is None:
        return None
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if not parts or not all(re.fullmatch(r"\d+(\.\d+)?", part, re.ASCII) for part in parts):
        raise click.BadParameter(f"'{value}' is not a list of numbers such as 8,16")
    return tuple(float(part) for part in parts)


def shape(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    """A callback: `96x96x1` to the shape of a sample."""
    if value is None:
        return None
    if not re.fullmatch(r"[1-9]\d{0,4}(x[1-9]\d{0,4}){0,2}", value, re.ASCII):
        raise click.BadParameter(f"'{value}' is no form of a sample such as 96x96x1, 128x6 or 490")
    return tuple(int(length) for length in value.split("x"))


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
    "--std",
    type=PER_CHANNEL,
    metavar="NUMBERS",
    help="Standard deviation of that preprocessing (default: both from the int8 input).",
)
jobs = click.option("--jobs", type=click.IntRange(min=1), help="Processes (default: one per core).")
shard = click.option(
    "--shard",
    help="Only part I of N of the grid's runs, for example 2/8: one of several machines (docs/SCALE.md).",
)
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


def of_shard(context: click.Context, asked: dict[str, Any], kept: Callable[..., Any]) -> dict[str, Any]:
    """The options that a shard's evaluation takes, those of `kept`; UsageError where another one was given."""
    from inspect import signature

    from edgeval.errors import UsageError

    for parameter in context.command.params:
        name = parameter.name or ""
        given = context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
        if given and name not in signature(kept).parameters:
            raise UsageError(
                f"{parameter.opts[0]} belongs to the report; a shard only evaluates, the report is made after edgeval "
                "merge, without --shard"
            )
    return {name: value for name, value in asked.items() if name in signature(kept).parameters}


def as_json(text: str = "Print one document on standard output.") -> Decorator:
    """--json, which takes the place of the text."""
    return click.option("--json", "as_json", is_flag=True, help=text)
