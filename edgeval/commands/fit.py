"""`edgeval fit`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from edgeval.terminal import tell, tell_json


@click.command()
@click.argument("models", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--grid", help="Check the networks of a grid before any is trained: demo, paper or a TOML file."
)
@click.option(
    "--classes", type=click.IntRange(min=2), default=100, show_default=True, help="Classes of --grid."
)
@click.option("--target", "names", multiple=True, help="A target's name; may be repeated (default: all).")
@click.option(
    "--engine", default="builtin", show_default=True, help="The firmware's engine: builtin or tflm."
)
@click.option("--json", "as_json", is_flag=True, help="Print one document on standard output.")
def command(
    models: tuple[Path, ...],
    grid: str | None,
    classes: int,
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
    from edgeval import targets
    from edgeval.footprint.fit import fit

    chosen = [targets.load(name).name for name in names or targets.names()]
    pairs: list[tuple[str, bytes | str | Path]] = []
    pairs += _of_files(models) if grid is None else _of_grid(grid, classes, models)
    documents = [fit(pairs, name, engine) for name in chosen]
    tell_json(json.dumps(documents, indent=2)) if as_json else tell("\n".join(map(_text, documents)))


def _of_files(models: tuple[Path, ...]) -> list[tuple[str, Path]]:
    from edgeval.errors import UsageError
    from edgeval.footprint.fit import models_in

    if not models:
        raise UsageError("fit needs .tflite files, or --grid NAME for networks that are not trained yet")
    return [pair for path in models for pair in (models_in(path) if path.is_dir() else [(path.stem, path)])]


def _of_grid(grid: str, classes: int, models: tuple[Path, ...]) -> Iterable[tuple[str, bytes]]:
    from edgeval.errors import UsageError
    from edgeval.export.untrained import untrained_models
    from edgeval.training.config import load_grid

    if models:
        raise UsageError("give either files or --grid, not both")
    return untrained_models(load_grid(grid).models, classes)


def _text(document: dict[str, Any]) -> str:
    lines = [
        f"{document['target']}: slot {document['slot_bytes']:,} bytes, arena {document['arena_bytes']:,} bytes"
    ]
    for row in document["models"]:
        arena = row["ram_bytes"]["arena"]
        sizes = f"arena {arena:>10,}" if arena is not None else "arena          ?"
        verdict = "fits" if row["fits"] else "; ".join(row["reasons"])
        lines.append(f"  {row['model']:<32} model {row['flash_bytes']['model']:>10,}  {sizes}  {verdict}")
    return "\n".join(lines)
