"""From what a user types (`cifar10`, `npz:PATH`) to a dataset."""

from __future__ import annotations

from pathlib import Path

from edgeval.data.cifar import load_cifar
from edgeval.data.dataset import Dataset
from edgeval.data.folder import load_folder
from edgeval.data.glyphs import load_glyphs
from edgeval.data.npz import load_npz
from edgeval.errors import unknown

SPECS = ("glyphs100", "cifar10", "cifar100", "npz:PATH", "folder:PATH")


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
