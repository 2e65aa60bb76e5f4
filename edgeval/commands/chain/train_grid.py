"""`edgeval train-grid`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edgeval.commands import options
from edgeval.terminal import tell


def _names(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(part.strip() for part in value.split(",") if part.strip())


def _numbers(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    parts = _names(context, parameter, value)
    if parts is not None and not all(part.isdigit() for part in parts):
        raise click.BadParameter(f"'{value}' is not a list of numbers such as 0,1,2")
    return None if parts is None else tuple(int(part) for part in parts)


@click.command()
@click.option(
    "--grid", default="demo", show_default=True, help="Name of a shipped grid (demo, paper) or a TOML file."
)
@click.option(
    "--dataset",
    help="glyphs100, words12, watch7, cifar10, cifar100, npz:PATH, folder:PATH@SIZE (default 32), wav:PATH, csv:FILE "
    "and others (docs/DATA.md).",
)
@options.data_dir
@click.option("--name", help="Folder name of the trained grid; default: the grid file's name.")
@click.option(
    "--network",
    multiple=True,
    help="A FILE.py:function of your own ([NAME=]my.py:build), a family (resnet8) or an installed package's network; "
    "may be repeated. --sizes gives its sizes.",
)
@click.option(
    "--sizes",
    "models",
    callback=_names,
    help="Networks, for example scalecnn-4,mobilenetv2-0.35; with --network its sizes: 8,16.",
)
@click.option("--seeds", callback=_numbers, help="For example 0,1,2.")
@click.option("--epochs", type=int)
@click.option("--batch-size", type=int)
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option(
    "--jobs", type=click.IntRange(min=1), help="Runs trained at the same time (default: one per core)."
)
@options.shard
@click.option("--dry-run", is_flag=True, help="Show the plan with an estimate of the time; train nothing.")
@click.option("--out", type=options.PATH, default=Path("models"), show_default=True)
def command(dry_run: bool, **asked: Any) -> None:
    """Train networks of several sizes and seeds; stopped, the same command goes on where it was.

    Options override the grid file. What is finished is verified and kept.

    \b
    Examples:
      edgeval train-grid --grid demo
      edgeval train-grid --grid paper --device cuda --dry-run
      edgeval train-grid --grid paper --shard 2/8
      edgeval train-grid --dataset npz:images.npz --sizes scalecnn-8,scalecnn-16 --epochs 60 --name mine
      edgeval train-grid --dataset folder:images --network my.py:build --sizes 8,16 --name mine

    my.py has build(size, classes, input_shape), which returns a torch module; see docs/NETWORKS.md.
    """
    from edgeval.api.training import plan_grid, train_grid

    if dry_run:
        tell(str(plan_grid(**asked)))
    else:
        train_grid(**asked)
