"""Arrays of scikit-learn, Keras or numpy as a table of predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgeval.errors import DataError
from edgeval.imports.table import Table
from edgeval.inputs import texts_of

WHERE = "the arrays"
SUM_TOLERANCE = 1e-3  # of a float32 softmax


def table_of(labels: Any, predictions: Any, ids: Any, groups: Any, classes: Sequence[str]) -> Table:
    """labels (n,) or one-hot (n, classes); predictions (n,), (n, classes) or (n, 1); ids, groups (n,) or None.

    Raises DataError where shapes or values do not fit.
    """
    truth, answers = np.asarray(labels), np.asarray(predictions)
    if truth.ndim == 2 and truth.shape[1] == 1:
        truth = truth[:, 0]  # as keras.datasets has it
    if truth.ndim == 2:
        truth = _from_one_hot(truth)
    texts = _texts("labels", truth)
    scores = _scores(answers) if answers.ndim == 2 else None
    return Table(
        WHERE,
        _texts("ids", np.arange(len(texts)) if ids is None else np.asarray(ids), len(texts)),
        texts,
        _texts("predictions", answers, len(texts)) if scores is None else None,
        scores
        if scores is None or len(scores) == len(texts)
        else _refuse("predictions", len(scores), len(texts)),
        "none" if scores is None else _kind(scores),
        class_names=tuple(classes),
        groups=None if groups is None else _texts("groups", np.asarray(groups), len(texts)),
    )


def _from_one_hot(truth: np.ndarray) -> np.ndarray:
    if truth.dtype.kind not in "biuf" or not (
        np.isin(truth, (0, 1)).all() and (truth.sum(axis=1) == 1).all()
    ):
        raise DataError(
            f"{WHERE}: labels is {truth.shape} and not one-hot; give (n,) classes, or rows with a single 1"
        )
    return truth.argmax(axis=1)


def _scores(answers: np.ndarray) -> np.ndarray:
    if answers.dtype.kind not in "fiu":
        raise DataError(f"{WHERE}: predictions is {answers.dtype} {answers.shape}, expected numbers")
    values = answers.astype(np.float64)
    if values.shape[1] > 1:
        return values
    if ((values < 0) | (values > 1)).any():
        raise DataError(
            f"{WHERE}: predictions is {answers.shape} and no probability of the second of two classes"
        )
    return np.hstack([1 - values, values])


def _kind(scores: np.ndarray) -> str:
    likely = bool((scores >= 0).all()) and bool((np.abs(scores.sum(axis=1) - 1) <= SUM_TOLERANCE).all())
    return "probabilities" if likely else "logits"


def _texts(name: str, values: np.ndarray, expected: int | None = None) -> tuple[str, ...]:
    if values.ndim != 1:
        raise DataError(f"{WHERE}: {name} is {values.shape}, expected (n,)")
    if values.dtype.kind == "f" and (values == np.round(values)).all():
        values = values.astype(np.int64)  # as pandas keeps integers beside missing ones
    if values.dtype.kind == "O":
        values = np.array([str(value) for value in values])
    try:
        texts = texts_of(values)
    except ValueError as error:
        raise DataError(f"{WHERE}: {name} is {error}") from error
    return texts if expected in (None, len(texts)) else _refuse(name, len(texts), expected or 0)


def _refuse(name: str, seen: int, expected: int) -> Any:
    raise DataError(f"{WHERE}: {name} has {seen} rows, labels has {expected}")
