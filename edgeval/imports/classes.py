"""From a table's texts to class indices: which classes there are, and which of them each value means."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeval.data.class_names import checked_names, numbered
from edgeval.errors import DataError
from edgeval.imports.table import Table
from edgeval.records import FAILED

MOST_DIGITS = 5  # of a class number: more is an id in the wrong column
SUM_TOLERANCE = 0.01  # of a row of probabilities; int8 softmax adds half a step of 1/256 per class


@dataclass(frozen=True)
class Labelled:
    """A table in terms of `classes`: labels and top1 int64 (n,), top1 FAILED where it says -1.

    scores float32 (n, classes), or (n, 0) where the table has none.
    """

    table: Table
    classes: tuple[str, ...]
    labels: np.ndarray
    top1: np.ndarray
    scores: np.ndarray


def labelled(table: Table, given: Sequence[str] = ()) -> Labelled:
    """Resolve a table's values; `given` are the class names that are known already.

    Raises DataError where a value is no class, a score no number, or top1 is not a largest score.
    """
    if given and table.class_names and tuple(given) != table.class_names:
        raise DataError(
            f"{table.where} has other class_names ({_some(table.class_names)}) than known: {_some(given)}"
        )
    classes = tuple(given) or checked_names(_classes(table), table.where)
    labels = _indices(table, "label", table.labels, classes)
    scores = _scores(table, classes)
    top1 = scores.argmax(axis=1) if table.top1 is None else _top1(table, classes)
    ran = top1 != FAILED
    if scores.shape[1]:
        _check_scores(table, scores, top1, ran)
    return Labelled(table, classes, labels, top1, np.where(ran[:, None], scores, 0.0).astype(np.float32))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _classes(table: Table) -> tuple[str, ...]:
    """The file's own names, its score columns, or all values that it has."""
    named = table.class_names or table.score_names
    values = {*table.labels, *(table.top1 or ())} - {str(FAILED)}
    if named:
        return _in_order(named)
    if table.scores is not None:
        return _numbered(table.scores.shape[1])
    if all(_is_index(value) for value in values):
        return numbered(max(int(value) for value in values) + 1, table.where)
    return tuple(sorted(values))


def _in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names as given, but prob_1, prob_0 as 0, 1."""
    numbers = [int(name) for name in names if _is_index(name)]
    return _numbered(len(names)) if sorted(numbers) == list(range(len(names))) else names


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(str(index) for index in range(count))


def _is_index(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= MOST_DIGITS


def _top1(table: Table, classes: tuple[str, ...]) -> np.ndarray:
    values = table.top1 or ()
    failed = [value == str(FAILED) for value in values]
    known = [table.labels[row] if failed[row] else value for row, value in enumerate(values)]
    return np.where(failed, FAILED, _indices(table, "top1", known, classes))


def _indices(table: Table, column: str, values: Sequence[str], classes: tuple[str, ...]) -> np.ndarray:
    """The class of each value: by name, otherwise by number."""
    by_name = {name: index for index, name in enumerate(classes)}
    indices = np.empty(len(values), np.int64)
    for row, value in enumerate(values):
        index = by_name.get(value, int(value) if _is_index(value) else -1)
        if not 0 <= index < len(classes):
            raise DataError(f"{table.place(row, column)}: '{value}' is no class; {_hint(value, classes)}")
        indices[row] = index
    return indices


def _hint(value: str, classes: tuple[str, ...]) -> str:
    nearest = difflib.get_close_matches(value, classes, n=1, cutoff=0.5)
    numbers = f"there are {len(classes)} classes, 0 to {len(classes) - 1} or by name"
    failed = " (-1 is a failed inference, in top1 only)" if value == str(FAILED) else ""
    return f"did you mean '{nearest[0]}'?" if nearest and not _is_index(value) else numbers + failed


def _scores(table: Table, classes: tuple[str, ...]) -> np.ndarray:
    """Scores float64 (n, classes) in the order of the classes."""
    if table.scores is None:
        return np.zeros((len(table.ids), 0))
    if table.scores.shape[1] != len(classes):
        raise DataError(
            f"{table.where} has scores of {table.scores.shape[1]} classes, expected {len(classes)}"
        )
    if not table.score_names:
        return table.scores
    by_name = {name: column for column, name in enumerate(table.score_names)}
    missing = [name for name in classes if name not in by_name]
    if not missing:
        return table.scores[:, [by_name[name] for name in classes]]
    if _in_order(table.score_names) == _numbered(len(classes)):
        return table.scores[:, [by_name[str(index)] for index in range(len(classes))]]
    raise DataError(
        f"{table.where} has no score of class '{missing[0]}'; it has {', '.join(table.score_names)}"
    )


def _check_scores(table: Table, scores: np.ndarray, top1: np.ndarray, ran: np.ndarray) -> None:
    def refuse(bad: np.ndarray, message: str) -> None:
        if (bad & ran).any():
            row = int(np.argmax(bad & ran))
            raise DataError(f"{table.place(row)}: {message}")

    refuse(~np.isfinite(scores).all(axis=1), "a score is not a number; top1 -1 marks a failed inference")
    if table.score_kind == "probabilities":
        tolerance = SUM_TOLERANCE + scores.shape[1] / 512
        strange = (scores < 0).any(axis=1) | (abs(scores.sum(axis=1) - 1) > tolerance)
        refuse(strange, "these probabilities do not sum to 1; call them logits if they are")
    chosen = scores[np.arange(len(scores)), np.maximum(top1, 0)]
    refuse(chosen < scores.max(axis=1), "top1 is not the class with the largest score")
