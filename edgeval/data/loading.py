"""From what a user types (`cifar10`, `npz:PATH`) to a dataset."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from edgeval.data.dataset import Dataset
from edgeval.data.glyphs import load_glyphs
from edgeval.data.readers.cifar import load_cifar
from edgeval.data.readers.folder import load_folder
from edgeval.data.readers.npz import load_npz
from edgeval.data.readers.python import installed_kinds, load_installed, load_python
from edgeval.data.readers.windows import load_csv, load_parquet
from edgeval.data.sound.wav import load_wav
from edgeval.errors import DataError, unknown
from edgeval.progress import say
from edgeval.records import FEATURES

FORMATS = "npz:PATH, folder:PATH@SIZE, wav:PATH, csv:FILE, parquet:FILE, py:FILE:FUNCTION"
SPECS = (
    *("glyphs100", "cifar10", "cifar100"),
    *("npz:PATH", "folder:PATH@SIZE", "wav:PATH@FORM", "csv:FILE", "parquet:FILE", "py:FILE:FUNCTION"),
)
READERS: dict[str, Callable[[str, str], Dataset]] = {  # of what stands behind the colon, and the whole
    "npz": lambda argument, spec: load_npz(Path(argument).expanduser(), spec),
    "folder": lambda argument, spec: load_folder(str(Path(argument).expanduser()), spec),
    "wav": lambda argument, spec: load_wav(str(Path(argument).expanduser()), spec),
    "csv": lambda argument, spec: load_csv(Path(argument).expanduser(), spec),
    "parquet": lambda argument, spec: load_parquet(Path(argument).expanduser(), spec),
    "py": load_python,
}
WITH_FORM = ("folder", "wav")  # PATH@...
LARGE = 1000.0  # a feature beyond it was probably never scaled


def located(spec: str, grid: Path) -> str:
    """`spec` of a grid's run.json, with its path as it is found from the current folder, else from the grid's own.

    A grid lies in <project>/models/<grid>, and relative paths were given in <project>. A Python file is code: it is
    taken from the current folder alone. DataError where the path leads nowhere.
    """
    kind, _, argument = spec.partition(":")
    if kind not in READERS:
        return spec
    home = grid.resolve().parents[1]
    path, tail = _path_and_tail(kind, argument)
    for place in (Path(path).expanduser(), *([] if kind == "py" else [home / path])):
        if place.exists():
            return f"{kind}:{place}{tail}"
    where = "not in the current folder" if kind == "py" else f"neither here nor in {home}"
    raise DataError(
        f"{argument} is {where}; {grid} was trained with {spec}; say where that set is with --dataset (compare, export)"
    )


def _path_and_tail(kind: str, argument: str) -> tuple[str, str]:
    """The file or folder of a spec, and the rest behind it."""
    if kind == "py":
        path, colon, function = argument.rpartition(":")
        return path, colon + function
    path, at, form = argument.rpartition("@")
    if kind not in WITH_FORM or not at or Path(argument).exists():
        return argument, ""
    return path, at + form


def load_dataset(spec: str, data_dir: Path | None = None) -> Dataset:
    """The dataset that `spec` names; `data_dir` is where CIFAR lies or goes.

    Raises UsageError for an unknown name and DataError where the data cannot be read.
    """
    dataset = _loaded(spec, data_dir)
    for note in _notes(dataset):
        say(f"note: {note}")
    return dataset


def _loaded(spec: str, data_dir: Path | None) -> Dataset:
    kind, _, argument = spec.partition(":")
    if kind in READERS and argument:
        return READERS[kind](argument, spec)
    if spec == "glyphs100":
        return load_glyphs()
    if spec in ("cifar10", "cifar100"):
        return load_cifar(spec, data_dir)
    installed = load_installed(kind, argument, spec)
    if installed is None:
        raise unknown("dataset", spec, (*SPECS, *installed_kinds()))
    return installed


def _notes(dataset: Dataset) -> list[str]:
    """What is allowed and yet deserves a line: classes without samples, features of another scale."""
    notes = []
    for part, split in (("training", dataset.train), ("test", dataset.test)):
        counts = np.bincount(split.labels, minlength=len(dataset.classes))
        empty = [dataset.classes[index] for index in np.flatnonzero(counts == 0).tolist()]
        if empty and len(split):
            what = "no network can learn it" if part == "training" else "it has no accuracy"
            more = f" and {len(empty) - 1} more" if len(empty) > 1 else ""
            notes.append(f"{dataset.spec}: class '{empty[0]}'{more} has no {part} samples; {what}")
    if dataset.kind == FEATURES and (largest := float(np.abs(dataset.test.samples).max())) > LARGE:
        notes.append(
            f"{dataset.spec}: features reach {largest:,.0f}; networks learn from values near 1: divide them, or give "
            "--mean and --std"
        )
    return notes
