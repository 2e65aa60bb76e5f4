"""`npz:PATH`: arrays x_train, y_train, x_test, y_test and class_names in one file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgeval.data.class_names import numbered
from edgeval.data.dataset import Dataset, Split, checked, group_numbers
from edgeval.errors import DataError
from edgeval.inputs import read_arrays, texts_of
from edgeval.records import KINDS

REQUIRED = ("x_test", "y_test")


def load_npz(path: Path, spec: str, name: str | None = None) -> Dataset:
    """Read a dataset from an npz file; its name is the file's unless given.

    x_* are samples of one kind (edgeval.data.kinds), y_* integers (n,). The kind follows from the dtype unless `kind`
    (one text) says it. Without x_train and y_train the training split is empty, without class_names the classes are
    numbered, and `mirrored` (one bool) is True where it is absent.
    `group_test` (n,), integers or text, names the samples that hang together.
    Raises DataError where the file is missing, damaged, of another form, or unpacks to more than LARGEST_DATA_BYTES.
    """
    return dataset_of(_arrays(path), str(path), spec, name or path.stem)


def dataset_of(arrays: dict[str, np.ndarray], where: str, spec: str, name: str) -> Dataset:
    """The data set of arrays as an npz file has them; DataError, with `where`, for another form."""
    for key in REQUIRED:
        if key not in arrays:
            raise DataError(f"{where} has the keys {', '.join(sorted(arrays))}; {key} is missing")
    test = _split(arrays, "test", where)
    train = (
        _split(arrays, "train", where) if "x_train" in arrays else Split(test.samples[:0], test.labels[:0])
    )
    dataset = Dataset(
        name=name,
        spec=spec,
        train=train,
        test=test,
        classes=_class_names(where, arrays, train, test),
        mirrored=_mirrored(where, arrays),
        declared_kind=_kind(where, arrays),
    )
    return checked(dataset, where)


def _arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        return read_arrays(path)
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist; give the path of an npz file after 'npz:'") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}; check the path") from error
    except ValueError as error:
        raise DataError(f"{path} is not a whole npz file of plain arrays ({error})") from error


def _split(arrays: dict[str, np.ndarray], part: str, where: str) -> Split:
    if f"y_{part}" not in arrays:
        raise DataError(f"{where} has x_{part} but no y_{part}")
    labels = arrays[f"y_{part}"]
    groups = arrays.get(f"group_{part}")
    if groups is not None and (groups.ndim != 1 or groups.dtype.kind not in "iuU"):
        raise DataError(
            f"{where}: group_{part} is {groups.dtype} {groups.shape}, expected one integer or text a sample"
        )
    return Split(
        arrays[f"x_{part}"],
        labels.astype(np.int64) if labels.dtype.kind in "iu" else labels,
        None if groups is None else group_numbers([str(name) for name in groups.tolist()]),
    )


def _kind(where: str, arrays: dict[str, np.ndarray]) -> str | None:
    if "kind" not in arrays:
        return None
    told = arrays["kind"]
    if told.size != 1 or told.dtype.kind != "U" or told.item() not in KINDS:
        raise DataError(f"{where}: kind is {told.tolist()!s:.60}, expected one of {', '.join(KINDS)}")
    return str(told.item())


def _mirrored(where: str, arrays: dict[str, np.ndarray]) -> bool:
    told = arrays.get("mirrored", np.array(True))
    if told.size != 1 or told.dtype.kind not in "biu":
        raise DataError(f"{where}: mirrored is {told.dtype} {told.shape}, expected one truth value")
    return bool(told.item())


def _class_names(where: str, arrays: dict[str, np.ndarray], train: Split, test: Split) -> tuple[str, ...]:
    if "class_names" in arrays:
        try:
            return texts_of(arrays["class_names"])
        except ValueError as error:
            raise DataError(f"{where}: class_names is {error}") from error
    seen = [
        int(split.labels.max())
        for split in (train, test)
        if split.labels.size and split.labels.dtype.kind in "iu"
    ]
    return numbered(max(seen, default=-1) + 1, where)
