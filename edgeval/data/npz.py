"""`npz:PATH`: arrays x_train, y_train, x_test, y_test and class_names in one file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from edgeval.data.dataset import Dataset, Split, checked, group_numbers
from edgeval.errors import DataError

REQUIRED = ("x_test", "y_test")


def load_npz(path: Path, spec: str, name: str | None = None) -> Dataset:
    """Read a dataset from an npz file; its name is the file's unless given.

    x_* are uint8 (n, height, width, 3), y_* integers (n,). Without x_train and y_train the training split is
    empty, without class_names the classes are numbered, and `mirrored` (one bool) is True where it is absent.
    `group_test` (n,), integers or text, names the samples that hang together.
    Raises DataError where the file is missing, damaged or of another form.
    """
    arrays = _arrays(path)
    for key in REQUIRED:
        if key not in arrays:
            raise DataError(f"{path} has the keys {', '.join(sorted(arrays))}; {key} is missing")
    test = _split(arrays, "test")
    train = _split(arrays, "train") if "x_train" in arrays else Split(test.images[:0], test.labels[:0])
    dataset = Dataset(
        name=name or path.stem,
        spec=spec,
        train=train,
        test=test,
        classes=_class_names(arrays, train, test),
        mirrored=bool(arrays.get("mirrored", True)),
    )
    return checked(dataset, str(path))


def _arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist; give the path of an npz file after 'npz:'") from error
    except (OSError, ValueError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} is not a whole npz file of plain arrays ({error})") from error


def _split(arrays: dict[str, np.ndarray], part: str) -> Split:
    if f"y_{part}" not in arrays:
        raise DataError(f"the npz file has x_{part} but no y_{part}")
    labels = arrays[f"y_{part}"]
    groups = arrays.get(f"group_{part}")
    if groups is not None and (groups.ndim != 1 or groups.dtype.kind not in "iuU"):
        raise DataError(
            f"group_{part} is {groups.dtype} {groups.shape}, expected one integer or text a sample"
        )
    return Split(
        arrays[f"x_{part}"],
        labels.astype(np.int64) if labels.dtype.kind in "iu" else labels,
        None if groups is None else group_numbers([str(name) for name in groups.tolist()]),
    )


def _class_names(arrays: dict[str, np.ndarray], train: Split, test: Split) -> tuple[str, ...]:
    if "class_names" in arrays:
        return tuple(str(name) for name in arrays["class_names"])
    seen = [
        int(split.labels.max())
        for split in (train, test)
        if split.labels.size and split.labels.dtype.kind in "iu"
    ]
    return tuple(str(number) for number in range(max(seen, default=-1) + 1))
