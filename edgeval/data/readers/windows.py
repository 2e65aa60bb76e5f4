"""`csv:FILE` and `parquet:FILE`: windows of signals, one row a step of time; columns id, label, time, channels."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgeval.data.dataset import Dataset, Split, checked, group_numbers
from edgeval.errors import DataError, ToolError
from edgeval.inputs import LARGEST_DATA_BYTES, read_input

REQUIRED = ("id", "label", "time")
OPTIONAL = ("split", "group")
PARTS = ("train", "test")
UNEVEN = 0.5  # a step that differs by more than this part of the window's median step is a gap


@dataclass(frozen=True)
class Table:
    """A table of text, column by column; `line` is the file's line of the first row, `where` the file."""

    where: str
    columns: Mapping[str, Sequence[str]]
    line: int = 2

    def __len__(self) -> int:
        return len(self.columns["id"])

    @property
    def channels(self) -> list[str]:
        return [name for name in self.columns if name not in (*REQUIRED, *OPTIONAL)]


def load_csv(path: Path, spec: str) -> Dataset:
    """Windows of a CSV file with a header, separated by commas, semicolons or tabs; see `windows_of`."""
    return windows_of(_read_csv(path), path.stem, spec)


def load_parquet(path: Path, spec: str) -> Dataset:
    """Windows of a Parquet file; ToolError without pandas and one of its readers. See `windows_of`."""
    try:
        import pandas

        frame = pandas.read_parquet(path)
    except ImportError as error:
        raise ToolError(
            "parquet:FILE needs pandas and pyarrow: pip install pandas pyarrow, or store the windows as csv:FILE"
        ) from error
    except Exception as error:  # the readers raise many kinds for a damaged file; all mean that
        raise DataError(f"{path} is not a readable Parquet file ({str(error).splitlines()[0]})") from error
    texts = {
        str(name): ["" if value != value else str(value) for value in frame[name].tolist()] for name in frame
    }
    return windows_of(_with_columns(Table(str(path), texts, line=1)), path.stem, spec)


def windows_of(table: Table, name: str, spec: str) -> Dataset:
    """Float32 windows (n, steps, channels) of the rows with one `id`, in order of time; channels as in the header.

    A window has one `label`, one `split` (train or test; without that column all are test samples) and one `group`,
    where there is that column. Classes are the labels, sorted; as numbers where all are. Raises DataError, with the
    line, for a value that is no number or is missing, for windows of different lengths, for a step of time that comes
    twice or a gap between two.
    """
    if not len(table):
        raise DataError(f"{table.where} has no rows below its header; a window needs some")
    values, times = _numbers(table), _column(table, "time")
    rows = _rows_of_windows(table, times)
    _check_times(table, rows, times)
    told = {
        key: _one_each(table, rows, key) for key in ("label", *(of for of in OPTIONAL if of in table.columns))
    }
    classes = tuple(sorted(set(told["label"]), key=_by_number(told["label"])))
    labels = np.array([classes.index(label) for label in told["label"]], np.int64)
    samples = values[np.stack(list(rows.values()))]
    groups = group_numbers(told["group"]) if "group" in told else None
    train, test = (_split(samples, labels, groups, mask) for mask in _parts(table, told, len(rows)))
    return checked(Dataset(name, spec, train, test, classes, mirrored=False), table.where)


def _read_csv(path: Path) -> Table:
    try:
        text = read_input(path, LARGEST_DATA_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}; check the path after 'csv:'") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8"
        ) from error
    return table_of(text, str(path))


def table_of(text: str, where: str) -> Table:
    """The table of a CSV text, `where` in messages; DataError where it is none, or columns are missing."""
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise DataError(f"{where} is not a whole CSV file ({error}); save it again") from error
    header = [name.strip() for name in rows[0]] if rows else []
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise DataError(f"{where} has the column '{twice:.60}' twice; give each its own name")
    body = rows[1:]
    while body and not any(body[-1]):  # empty lines at the end
        body.pop()
    for line, row in enumerate(body, 2):
        if len(row) != len(header):
            raise DataError(
                f"{where} line {line} has {len(row)} values, the header has {len(header)} columns"
            )
    columns = {name: [row[index].strip() for row in body] for index, name in enumerate(header)}
    return _with_columns(Table(where, columns))


def _with_columns(table: Table) -> Table:
    missing = [name for name in REQUIRED if name not in table.columns]
    if missing or not table.channels:
        seen = ", ".join(table.columns)[:200] or "none"
        wanted = f"column {missing[0]} is missing" if missing else "there is no channel"
        raise DataError(
            f"{table.where} has the columns {seen}; {wanted}: expected id,label,time and one column a channel"
        )
    return table


def _numbers(table: Table) -> np.ndarray:
    """float32 (rows, channels)."""
    return np.stack([_column(table, name) for name in table.channels], axis=1).astype(np.float32)


def _column(table: Table, name: str) -> np.ndarray:
    """float64 (rows,): the finite numbers of a column."""
    texts = table.columns[name]
    try:
        numbers = np.array([float(text) for text in texts])
    except ValueError:
        row = next(row for row, text in enumerate(texts) if not _is_number(text))
        raise _bad(table, row, name) from None
    if not np.isfinite(numbers).all():
        raise _bad(table, int(np.flatnonzero(~np.isfinite(numbers))[0]), name)
    return numbers


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _bad(table: Table, row: int, name: str) -> DataError:
    text = table.columns[name][row]
    seen = "has a gap: no value" if not text else f"has '{text:.40}'"
    return DataError(
        f"{table.where} line {row + table.line} {seen} in column {name}, expected a number; fill it in or leave the "
        "window out"
    )


def _rows_of_windows(table: Table, times: np.ndarray) -> dict[str, np.ndarray]:
    """The rows of each window in order of time, by id in order of first appearance; DataError where lengths differ."""
    numbers = group_numbers(table.columns["id"])
    order = np.lexsort((times, numbers))
    counts = np.bincount(numbers)
    ids = list(dict.fromkeys(table.columns["id"]))
    usual = int(np.bincount(counts).argmax())
    for number in np.flatnonzero(counts != usual).tolist():
        line = int(np.flatnonzero(numbers == number)[0]) + table.line
        raise DataError(
            f"{table.where}: window '{ids[number]:.60}' (line {line}) has {counts[number]} steps, most have {usual}; "
            "fill its gap, or cut all windows to one length"
        )
    return dict(zip(ids, order.reshape(len(ids), usual), strict=True))


def _check_times(table: Table, rows: dict[str, np.ndarray], times: np.ndarray) -> None:
    ordered = times[np.stack(list(rows.values()))]
    steps = np.diff(ordered, axis=1)
    if not steps.size:
        return
    median = np.median(steps, axis=1, keepdims=True)
    wrong = (steps <= 0) | (np.abs(steps - median) > UNEVEN * median)
    for window, at in np.argwhere(wrong).tolist():
        name = list(rows)[window]
        line = int(rows[name][at + 1]) + table.line
        before, after = ordered[window, at : at + 2]
        seen = f"has time {after:g} twice" if before == after else f"has a gap: time {before:g} to {after:g}"
        raise DataError(
            f"{table.where} line {line}: window '{name:.60}' {seen}, its step is {median[window, 0]:g}; resample it or "
            "leave it out"
        )


def _one_each(table: Table, rows: dict[str, np.ndarray], key: str) -> list[str]:
    """The one value of a column that each window has."""
    column, found = table.columns[key], []
    for name, own in rows.items():
        first = column[own[0]]
        other = next((row for row in own.tolist() if column[row] != first), None)
        if other is not None:
            raise DataError(
                f"{table.where} line {other + table.line}: window '{name:.60}' has the {key} '{column[other]:.40}' and "
                f"before '{first:.40}'; a window has one"
            )
        found.append(first)
    return found


def _by_number(labels: list[str]) -> Callable[[str], Any]:
    whole = all(label.lstrip("-").isdecimal() and label.isascii() for label in labels)
    return (lambda label: (int(label), label)) if whole else str


def _parts(table: Table, told: dict[str, list[str]], count: int) -> Iterator[np.ndarray]:
    """Which windows are of the training and which of the test split, bool (n,) each."""
    parts = told.get("split", ["test"] * count)
    for part in parts:
        if part not in PARTS:
            raise DataError(f"{table.where} has the split '{part:.40}', expected train or test")
    for part in PARTS:
        yield np.array([of == part for of in parts], bool)


def _split(samples: np.ndarray, labels: np.ndarray, groups: np.ndarray | None, mask: np.ndarray) -> Split:
    return Split(samples[mask], labels[mask], None if groups is None else groups[mask])
