"""Checks of what goes into a metric. Each returns the array in the form that the metric computes with."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeval.errors import DataError


def masks(name: str, values: Any, ndim: int = 1) -> np.ndarray:
    """bool array of `ndim` dimensions with at least one sample in the last; DataError otherwise."""
    array = np.asarray(values)
    if array.dtype != np.bool_ or array.ndim != ndim or array.size == 0:
        raise DataError(
            f"{name}: {array.dtype} {array.shape}, expected a non-empty bool array of {ndim} dimension(s)"
        )
    return array


def same_length(**arrays: np.ndarray) -> None:
    """DataError where the arrays do not have the same length."""
    if len({len(array) for array in arrays.values()}) > 1:
        seen = ", ".join(f"{name} {len(array)}" for name, array in arrays.items())
        raise DataError(f"lengths differ: {seen}; predictions must be about the same samples")


def integers(name: str, values: Any) -> np.ndarray:
    """int64 (n,) with n > 0; DataError where there are none or they are not integers."""
    array = np.asarray(values)
    if array.dtype.kind not in "iu" or array.ndim != 1 or array.size == 0:
        raise DataError(f"{name}: {array.dtype} {array.shape}, expected a non-empty array of integers")
    return array.astype(np.int64, copy=False)


def class_indices(name: str, values: Any, classes: int, lowest: int = 0) -> np.ndarray:
    """int64 (n,) with lowest <= value < classes; DataError otherwise."""
    array = integers(name, values)
    if array.min() < lowest or array.max() >= classes:
        raise DataError(f"{name} run from {array.min()} to {array.max()}, expected {lowest} to {classes - 1}")
    return array


def counts(name: str, values: Any) -> np.ndarray:
    """int64 array of any shape, none negative; DataError otherwise."""
    array = np.asarray(values)
    if array.dtype.kind not in "iu" or (array.size and array.min() < 0):
        raise DataError(f"{name}: expected counts (integers, none negative), got {array.dtype} {array!r:.60}")
    return array.astype(np.int64, copy=False)


def finite(name: str, values: Any, ndim: int = 1) -> np.ndarray:
    """float64 array of `ndim` dimensions, not empty and without NaN or infinity; DataError otherwise."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiu" or array.ndim != ndim or array.size == 0:
        raise DataError(
            f"{name}: {array.dtype} {array.shape}, expected a non-empty array of {ndim} dimension(s)"
        )
    bad = ~np.isfinite(array)
    if bad.any():
        raise DataError(
            f"{name}: {int(bad.sum())} of {array.size} values are NaN or infinite; no metric is computed"
        )
    return array.astype(np.float64, copy=False)


def fractions(name: str, values: Any) -> np.ndarray:
    """float64 (n,) with 0 <= value <= 1; DataError otherwise."""
    array = finite(name, values)
    if array.min() < 0 or array.max() > 1:
        raise DataError(f"{name} run from {array.min():g} to {array.max():g}, expected fractions from 0 to 1")
    return array


def fraction(name: str, value: float) -> float:
    """One fraction; DataError where it is not from 0 to 1."""
    if not 0 <= value <= 1:
        raise DataError(f"{name} is {value}, expected a fraction from 0 to 1")
    return float(value)


def positive(name: str, value: int) -> int:
    """An integer of at least 1; DataError otherwise."""
    if value < 1:
        raise DataError(f"{name} is {value}, expected at least 1")
    return int(value)


def group_sums(values: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(sums, labels) of the samples of each group in each class: integers (n,) to int64 (units,) each."""
    same_length(values=values, labels=labels, groups=groups)
    cells, unit = np.unique(np.stack([groups, labels]), axis=1, return_inverse=True)
    sums = np.bincount(unit.ravel(), weights=values, minlength=cells.shape[1])
    return np.round(sums).astype(np.int64), cells[1]
