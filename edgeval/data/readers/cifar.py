"""`cifar10` and `cifar100` through torchvision."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import numpy as np

from edgeval import store
from edgeval.data.dataset import Dataset, Split, checked
from edgeval.errors import DataError


def load_cifar(name: str, data_dir: Path | None) -> Dataset:
    """CIFAR-10 or CIFAR-100 from `data_dir`, downloaded there where it is absent.

    Raises DataError where it is neither there nor can be downloaded.
    """
    root = data_dir or store.cache_folder()
    train, test = (_open(name, root, train) for train in (True, False))
    return checked(Dataset(name, name, _split(train), _split(test), tuple(test.classes)), name)


def _open(name: str, root: Path, train: bool) -> Any:
    from edgeval.torchvision_import import torchvision_module

    datasets = torchvision_module("datasets")
    kind = {"cifar10": datasets.CIFAR10, "cifar100": datasets.CIFAR100}[name]
    try:
        return kind(str(root), train=train, download=not _present(kind, root))
    except (OSError, RuntimeError, EOFError, tarfile.TarError) as error:  # no network, damaged files
        raise DataError(
            f"{name} is not in {root} and could not be downloaded ({error}); "
            f"give --data-dir with {kind.base_folder}, or use an offline dataset such as glyphs100"
        ) from error


def _present(kind: Any, root: Path) -> bool:
    return all((root / kind.base_folder / file).is_file() for file, _ in kind.train_list + kind.test_list)


def _split(part: Any) -> Split:
    return Split(np.ascontiguousarray(part.data), np.asarray(part.targets, np.int64))
