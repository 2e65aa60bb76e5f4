"""A table of predictions as another tool wrote it, before classes are known: from CSV or npz, one form."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgeval.errors import DataError
from edgeval.inputs import read_arrays, read_input, texts_of

COLUMNS = ("id", "label", "top1", "group")
SCORES = {"prob_": "probabilities", "logit_": "logits"}  # prefix of a column -> kind of scores


@dataclass(frozen=True)
class Table:
    """One row per sample. `labels` and `top1` are class names or numbers as text; `top1` is None without it.

    `scores` float64 (n, columns) with a name for each column, which is the class's; None without scores.
    `class_names` are those that the file itself gives.
    """

    where: str
    ids: tuple[str, ...]
    labels: tuple[str, ...]
    top1: tuple[str, ...] | None = None
    scores: np.ndarray | None = None
    score_kind: str = "none"
    score_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()  # of each sample, in a text file
    groups: tuple[str, ...] | None = None  # of each sample: equal ones hang together

    def place(self, row: int, column: str = "") -> str:
        """Where a value stands, for messages: file, line or row, and column."""
        line = f"line {self.lines[row]}" if self.lines else f"row {row}"
        return f"{self.where}, {line}" + (f", column {column}" if column else "")


def read_table(path: Path, names: Mapping[str, str]) -> Table:
    """Read a .csv or .npz file; `names` maps id, label, top1 and group to what the file calls them.

    Raises DataError where it is missing, damaged, has no samples, or lacks a column.
    """
    try:
        data = read_input(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); check the path") from error
    table = _from_npz(path, data, names) if path.suffix == ".npz" else _from_csv(path, data, names)
    if not table.ids:
        raise DataError(f"{path} has no samples; nothing could be compared")
    _check_ids(table)
    if table.scores is None and table.top1 is None:
        raise DataError(
            f"{path} has neither top1 nor scores; give top1, or prob_CLASS or logit_CLASS for every class "
            "(--column top1=NAME if it has another name)"
        )
    return table


def _check_ids(table: Table) -> None:
    seen: dict[str, int] = {}
    for row, sample in enumerate(table.ids):
        if sample in seen:
            raise DataError(
                f"{table.place(row)}: duplicate id '{sample}', first in {table.place(seen[sample])}"
            )
        seen[sample] = row


def _from_csv(path: Path, data: bytes, names: Mapping[str, str]) -> Table:
    header, numbered = _csv_rows(path, data)
    lines, rows = [line for line, _ in numbered], [row for _, row in numbered]
    columns = {kind: names.get(kind, kind) for kind in COLUMNS}
    for kind in ("id", "label"):
        if columns[kind] not in header:
            raise DataError(
                f"{path} has the columns {', '.join(header)}; {columns[kind]} is missing "
                f"(--column {kind}=NAME if it has another name)"
            )
    for kind in ("top1", "group"):
        if kind in names and names[kind] not in header:
            raise DataError(f"{path} has the columns {', '.join(header)}; {names[kind]} is missing")
    texts = {kind: _column(header, rows, name) for kind, name in columns.items()}
    kind, score_columns = _score_columns(path, header)
    return Table(
        where=str(path),
        ids=texts["id"] or (),
        labels=texts["label"] or (),
        top1=texts["top1"],
        scores=_numbers(path, header, numbered, score_columns) if score_columns else None,
        score_kind=kind,
        score_names=tuple(name.partition("_")[2] for name in score_columns),
        lines=tuple(lines),
        groups=texts["group"],
    )


def _csv_rows(path: Path, data: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and each row with its line; the delimiter is the one that the header has most of."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text (byte {error.start}); save it as CSV in UTF-8") from error
    if not text.strip():
        raise DataError(f"{path} is empty; expected a header with id, label and top1 or scores")
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num} is not CSV: {error}") from error
    while rows and not rows[-1][1]:
        rows.pop()
    header = [name.strip() for name in rows[0][1]]
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise DataError(f"{path} has the column {twice[0]} twice; give each its own name")
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise DataError(f"{path}, line {line} has {len(row)} fields, the header has {len(header)}")
    return header, rows[1:]


def _column(header: list[str], rows: list[list[str]], name: str) -> tuple[str, ...] | None:
    if name not in header:
        return None
    index = header.index(name)
    return tuple(row[index].strip() for row in rows)


def _score_columns(path: Path, header: list[str]) -> tuple[str, list[str]]:
    found = {prefix: [name for name in header if name.startswith(prefix)] for prefix in SCORES}
    present = {prefix: columns for prefix, columns in found.items() if columns}
    if len(present) > 1:
        raise DataError(f"{path} has both prob_ and logit_ columns; keep one kind")
    for prefix, columns in present.items():
        return SCORES[prefix], columns
    return "none", []


def _numbers(
    path: Path, header: list[str], rows: list[tuple[int, list[str]]], columns: list[str]
) -> np.ndarray:
    indices = [header.index(name) for name in columns]
    scores = np.empty((len(rows), len(columns)))
    for row, (line, values) in enumerate(rows):
        for column, index in enumerate(indices):
            try:
                scores[row, column] = float(values[index])
            except ValueError as error:
                raise DataError(
                    f"{path}, line {line}, column {header[index]}: '{values[index]}' is not a number"
                ) from error
    return scores


def _from_npz(path: Path, data: bytes, names: Mapping[str, str]) -> Table:
    arrays = _arrays(path, data)
    keys = {"id": "ids", "label": "labels", "top1": "top1", "group": "groups", **names}
    for kind in ("id", "label"):
        if keys[kind] not in arrays:
            raise DataError(
                f"{path} has the arrays {', '.join(sorted(arrays))}; {keys[kind]} is missing "
                f"(--column {kind}=NAME if it has another name)"
            )
    for kind in ("top1", "group"):
        if kind in names and names[kind] not in arrays:
            raise DataError(f"{path} has the arrays {', '.join(sorted(arrays))}; {names[kind]} is missing")
    texts = {kind: _texts(path, key, arrays[key]) for kind, key in keys.items() if key in arrays}
    kind = next((kind for kind in SCORES.values() if kind in arrays), "none")
    scores = _score_array(path, kind, arrays[kind]) if kind != "none" else None
    for name, length in [*((name, len(values)) for name, values in texts.items()), *_length(kind, scores)]:
        if length != len(texts["id"]):
            raise DataError(f"{path}: {name} has {length} rows, ids has {len(texts['id'])}")
    class_names = _texts(path, "class_names", arrays["class_names"]) if "class_names" in arrays else ()
    return Table(
        str(path), texts["id"], texts["label"], texts.get("top1"), scores, kind, (), class_names,
        groups=texts.get("group"),
    )  # fmt: skip


def _arrays(path: Path, data: bytes) -> dict[str, np.ndarray]:
    try:
        return read_arrays(data)
    except ValueError as error:
        raise DataError(f"{path} is not a whole npz file of plain arrays ({error})") from error


def _texts(path: Path, key: str, array: np.ndarray) -> tuple[str, ...]:
    try:
        return texts_of(array)
    except ValueError as error:
        raise DataError(f"{path}: {key} is {error}") from error


def _score_array(path: Path, key: str, array: np.ndarray) -> np.ndarray:
    if array.ndim != 2 or array.dtype.kind not in "fiu":
        raise DataError(f"{path}: {key} is {array.dtype} {array.shape}, expected numbers (samples, classes)")
    return array.astype(np.float64)


def _length(kind: str, scores: np.ndarray | None) -> list[tuple[str, int]]:
    return [] if scores is None else [(kind, len(scores))]
