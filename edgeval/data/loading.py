"""From what a user types (`cifar10`, `npz:PATH`) to a dataset."""

from __future__ import annotations

from pathlib import Path

from edgeval.data.cifar import load_cifar
from edgeval.data.dataset import Dataset
from edgeval.data.folder import load_folder
from edgeval.data.glyphs import load_glyphs
from edgeval.data.npz import load_npz
from edgeval.errors import DataError, unknown

SPECS = ("glyphs100", "cifar10", "cifar100", "npz:PATH", "folder:PATH@SIZE")


def located(spec: str, grid: Path) -> str:
    """`spec` of a grid's run.json, with its path as it is found from the current folder, else from the grid's own.

    A grid lies in <project>/models/<grid>, and relative paths were given in <project>. DataError where the path leads
    nowhere from either.
    """
    kind, _, argument = spec.partition(":")
    if kind not in ("npz", "folder"):
        return spec
    home = grid.resolve().parents[1]
    for place in (Path(argument).expanduser(), home / argument):
        if place.exists() or (kind == "folder" and Path(str(place).rpartition("@")[0] or place).exists()):
            return f"{kind}:{place}"
    raise DataError(
        f"{argument} is neither here nor in {home}; {grid} was trained with {spec}; say where that set is with "
        "--dataset (compare, export)"
    )


def load_dataset(spec: str, data_dir: Path | None = None) -> Dataset:
    """The dataset that `spec` names; `data_dir` is where CIFAR lies or goes.

    Raises UsageError for an unknown name and DataError where the data cannot be read.
    """
    kind, _, argument = spec.partition(":")
    if kind == "npz" and argument:
        return load_npz(Path(argument).expanduser(), spec)
    if kind == "folder" and argument:
        return load_folder(str(Path(argument).expanduser()), spec)
    if spec == "glyphs100":
        return load_glyphs()
    if spec in ("cifar10", "cifar100"):
        return load_cifar(spec, data_dir)
    raise unknown("dataset", spec, SPECS)
