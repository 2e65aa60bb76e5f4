"""`edgeval fit`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from edgeval.commands import options
from edgeval.terminal import tell, tell_json


@click.command()
@click.argument("models", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--grid", help="Check the networks of a grid before any is trained: demo, paper or a TOML file."
)
@click.option(
    "--classes", type=click.IntRange(min=2), default=100, show_default=True, help="Classes of --grid."
)
@click.option(
    "--input",
    "input_shape",
    callback=options.shape,
    help="Samples of --grid: 96x96x1 (height, width, channels), 128x6 (time, channels) or 490 (default: 32x32x3).",
)
@options.targets
@options.engine
@options.as_json()
def command(
    models: tuple[Path, ...],
    grid: str | None,
    classes: int,
    input_shape: tuple[int, ...] | None,
    names: tuple[str, ...],
    engine: str,
    as_json: bool,
) -> None:
    """Say which int8 models fit a target, and why not; trained or not makes no difference.

    MODELS are .tflite files, or folders of them.

    \b
    Examples:
      edgeval fit --grid paper --target stm32f746
      edgeval fit exports/ --target stm32f407 --target stm32l4r5
    """
    from edgeval.api.footprint import fit

    result = fit(models, grid=grid, classes=classes, input_shape=input_shape, targets=names, engine=engine)
    tell_json(json.dumps(list(result.documents), indent=2)) if as_json else tell(str(result))
