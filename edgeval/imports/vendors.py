"""Outputs of two vendors' runners, whose true classes lie in a file of their own.

The log of MLPerf Tiny's runner (mlcommons/tiny, accuracy mode, 2025): for each sample a line "... Loading file NAME
segment K" and then one with "m-results    : [0.023, 0.977]". Its ground truth is y_labels.csv: file, number of classes,
class; no header.

What STM32Cube.AI and ST Edge AI Core save when they validate, network_val_io.npz: c_outputs_1 of the generated C model
and m_outputs_1 of the original one, (n, ..., classes), without names or labels.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from edgeval.errors import DataError
from edgeval.imports.table import Table
from edgeval.inputs import read_arrays, read_input, texts_of

LOADING = re.compile(r"Loading file (\S+) segment (\d+)")
RESULTS = re.compile(r"m-results\s*[:-]?\s*\[([^\]]*)\]")
C_MODEL, ORIGINAL = "c_outputs_1", "m_outputs_1"
SUM_TOLERANCE = 0.02  # of outputs that are a softmax: printed with three digits, or steps of 1/256


def is_runner_log(data: bytes) -> bool:
    """Whether a file is a log of MLPerf Tiny's runner with results."""
    return b"m-results" in data and LOADING.search(data.decode("utf-8", "replace")) is not None


def is_validation(arrays: Mapping[str, np.ndarray]) -> bool:
    """Whether the arrays are those that ST's tools save when they validate."""
    return C_MODEL in arrays or ORIGINAL in arrays


def runner_table(path: Path, data: bytes, labels: Path | None) -> Table:
    """The samples of a runner's log, in its order, named by their files.

    Raises DataError where a file has several segments or results (anomaly detection), or `labels` does not know one.
    """
    truth = dict(zip(*_truth(path, labels), strict=True))
    names, rows, lines = [], [], []
    current: str | None = None
    for number, text in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        loading, result = LOADING.search(text), RESULTS.search(text)
        if loading:
            if current is not None:
                raise DataError(
                    f"{path}, line {number}: {current} has no m-results; the run was cut off there"
                )
            if int(loading[2]):
                raise DataError(
                    f"{path}, line {number}: {loading[1]} has several segments, which are no classes"
                )
            current = loading[1]
        if result and current is not None:
            names.append(current)
            rows.append(_numbers(path, number, result[1]))
            lines.append(number)
            current = None
    if current is not None:
        raise DataError(f"{path}: {current} has no m-results; the run was cut off there")
    unknown = [name for name in names if name not in truth]
    if unknown:
        raise DataError(f"{labels} does not have {unknown[0]}, which {path} ran ({len(unknown)} such files)")
    scores = _rectangle(path, rows)
    return Table(
        str(path), tuple(names), tuple(truth[name] for name in names), None, scores, _kind(scores), lines=tuple(lines)
    )  # fmt: skip


def _numbers(path: Path, number: int, text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise DataError(f"{path}, line {number}: m-results is [{text}], expected numbers") from error


def _rectangle(path: Path, rows: Sequence[list[float]]) -> np.ndarray:
    sizes = {len(row) for row in rows}
    if len(sizes) != 1 or 1 in sizes:
        raise DataError(
            f"{path} has results of {sorted(sizes)} numbers, expected one for each of two classes or more"
        )
    return np.array(rows)


def validation_table(
    path: Path, arrays: Mapping[str, np.ndarray], labels: Path | None, wanted: str | None
) -> Table:
    """The outputs of a validation, in the order of its samples, which is also that of the labels.

    `wanted`: c_outputs_1 (default) or m_outputs_1. DataError where it is not there, or the labels are not as many.
    """
    name = wanted or C_MODEL
    if name not in arrays:
        raise DataError(
            f"{path} has the arrays {', '.join(sorted(arrays))}; {name} is missing (--column scores=NAME)"
        )
    outputs = arrays[name]
    scores = (
        outputs.reshape(len(outputs), -1).astype(np.float64)
        if outputs.dtype.kind in "fiu"
        else np.empty((0, 0))
    )
    ids, truth = _truth(path, labels)
    if scores.shape[0] != len(truth) or scores.shape[1] < 2:
        raise DataError(f"{path}: {name} is {outputs.shape}, and {labels} has {len(truth)} labels")
    return Table(str(path), tuple(ids), tuple(truth), None, scores, _kind(scores))


def _kind(scores: np.ndarray) -> str:
    """A softmax where all rows look like one, else logits."""
    share = (
        len(scores)
        and bool((scores >= 0).all())
        and np.abs(scores.sum(axis=1) - 1).max() <= _tolerance(scores)
    )
    return "probabilities" if share else "logits"


def _tolerance(scores: np.ndarray) -> float:
    return SUM_TOLERANCE if scores.shape[1] <= 10 else SUM_TOLERANCE * scores.shape[1] / 10


def _truth(path: Path, labels: Path | None) -> tuple[list[str], list[str]]:
    """Names and labels of a file: y_labels.csv, a CSV with the columns id and label, or npz with labels (and ids)."""
    if labels is None:
        raise DataError(f"{path} has no true classes; name the file that has them with --labels")
    try:
        data = read_input(labels)
    except OSError as error:
        raise DataError(f"{labels} cannot be read ({error.strerror}); check the path of --labels") from error
    found = _from_npz(labels, data) if labels.suffix == ".npz" else _from_csv(labels, data)
    if len(set(found[0])) != len(found[0]) or not found[0]:
        raise DataError(f"{labels} has no samples, or names one twice")
    return found


def _from_npz(labels: Path, data: bytes) -> tuple[list[str], list[str]]:
    try:
        arrays = read_arrays(data)
        truth = list(texts_of(arrays["labels"]))
        ids = list(texts_of(arrays["ids"])) if "ids" in arrays else [str(row) for row in range(len(truth))]
    except (ValueError, KeyError) as error:
        raise DataError(f"{labels} has no array `labels` of numbers or text ({error})") from error
    if len(ids) != len(truth):
        raise DataError(f"{labels} has {len(ids)} ids and {len(truth)} labels")
    return ids, truth


def _from_csv(labels: Path, data: bytes) -> tuple[list[str], list[str]]:
    rows = [row for row in csv.reader(io.StringIO(data.decode("utf-8-sig", "replace"))) if row]
    header = [name.strip() for name in rows[0]] if rows else []
    if "label" in header and "id" in header:
        name, label, body = header.index("id"), header.index("label"), rows[1:]
    else:
        name, label, body = 0, 2, rows  # y_labels.csv: file, classes, class
    if any(len(row) <= max(name, label) for row in body):
        raise DataError(
            f"{labels} has neither the columns id and label nor three fields (file, classes, class)"
        )
    return [row[name].strip() for row in body], [row[label].strip() for row in body]
