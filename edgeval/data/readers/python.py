"""`py:FILE:FUNCTION`, and the data sets of installed packages: arrays that a user's own function returns."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from edgeval.data.dataset import Dataset
from edgeval.data.readers.npz import dataset_of
from edgeval.errors import DataError, UsageError

ENTRY_POINTS = "edgeval.datasets"


def load_python(argument: str, spec: str) -> Dataset:
    """The data set that FUNCTION of FILE returns, called without arguments: a mapping of the arrays of an npz file
    (x_train, y_train, x_test, y_test, class_names, ...).

    The file is run with its own folder on the path. UsageError where it is not of this form or fails.
    """
    file, _, function = argument.rpartition(":")
    if not file or not function.isidentifier():
        raise UsageError(
            f"--dataset {spec} is not of the form py:FILE:FUNCTION; for example py:mydata.py:load"
        )
    path = Path(file).expanduser()
    if not path.is_file():
        raise DataError(f"{path} does not exist; give the path of a Python file after 'py:'")
    try:
        made = getattr(_module(path), function)()
    except Exception as error:  # a user's code may raise anything
        raise UsageError(f"{function} of {path} failed: {type(error).__name__}: {_line(error)}") from error
    return _from_arrays(made, path.stem, spec, f"{function} of {path}")


def load_installed(kind: str, argument: str, spec: str) -> Dataset | None:
    """The data set of the package that announces `kind` by the entry point `edgeval.datasets`; None where none does.

    Its function takes what stands behind the colon, as text, and returns what `load_python` expects.
    """
    found = [point for point in metadata.entry_points(group=ENTRY_POINTS) if point.name == kind]
    if not found:
        return None
    try:
        made = found[0].load()(argument)
    except Exception as error:  # another package's code may raise anything
        raise UsageError(
            f"{spec}: {found[0].value} of an installed package failed: {type(error).__name__}: {_line(error)}"
        ) from error
    return _from_arrays(made, kind, spec, found[0].value)


def installed_kinds() -> list[str]:
    """The data sets that installed packages announce, as `name:...`."""
    return sorted({f"{point.name}:..." for point in metadata.entry_points(group=ENTRY_POINTS)})


def _module(path: Path) -> Any:
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)  # its own imports
    name = f"edgeval_user_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _from_arrays(made: object, name: str, spec: str, where: str) -> Dataset:
    if not isinstance(made, Mapping):
        raise DataError(
            f"{where} returned {type(made).__name__}, expected a dict of arrays: x_test, y_test, x_train, y_train, ..."
        )
    arrays = {str(key): np.asarray(value) for key, value in made.items()}
    return dataset_of(arrays, where, spec, name)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
