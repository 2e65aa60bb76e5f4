"""A table of accuracies that a user has: family, size, params, accuracy, and optionally seed and ece."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

from edgeval.errors import DataError
from edgeval.inputs import read_input

REQUIRED = ("family", "size", "params", "accuracy")
OPTIONAL = ("seed", "ece")


@dataclass(frozen=True)
class Row:
    """One line; accuracy and ece as fractions; seed 0 where the table has no seeds."""

    line: int
    family: str
    size: str
    params: int
    accuracy: float
    seed: int
    ece: float | None


@dataclass(frozen=True)
class Table:
    """`accuracy_unit` and `ece_unit` ("percent", "fraction", None without the column) say what was read;
    `seeded` is whether there is a column of seeds; `ignored` are columns that have no meaning here."""

    rows: tuple[Row, ...]
    seeded: bool
    accuracy_unit: str
    ece_unit: str | None
    ignored: tuple[str, ...]


def read_table(path: Path) -> Table:
    """Read a CSV file. Accuracies above 1 make the whole column percent; params may have thousands separators.

    Raises DataError, naming the line, for a missing column, a value that is none, an accuracy outside 0 to 100 %,
    percent and fractions mixed, one size with two numbers of parameters, or a line given twice.
    """
    columns, lines = _read_csv(path)
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise DataError(
            f"{path} has no column {', '.join(missing)}; its first line must name {', '.join(REQUIRED)} "
            f"and may name {', '.join(OPTIONAL)}"
        )
    if not lines:
        raise DataError(f"{path} has no lines below its heading")
    accuracy, accuracy_unit = _fractions(path, "accuracy", lines)
    given = [(number, line) for number, line in lines if line.get("ece")]
    ece, ece_unit = _fractions(path, "ece", given) if given else ({}, None)
    rows = tuple(
        Row(
            line=number,
            family=_text(path, number, line, "family"),
            size=_text(path, number, line, "size"),
            params=_integer(path, number, line, "params", least=1),
            accuracy=accuracy[number],
            seed=_integer(path, number, line, "seed", least=0) if "seed" in columns else 0,
            ece=ece.get(number),
        )
        for number, line in lines
    )
    _check(path, rows)
    ignored = tuple(name for name in columns if name not in REQUIRED + OPTIONAL)
    return Table(rows, "seed" in columns, accuracy_unit, ece_unit, ignored)


def _read_csv(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Column names, and lines with their numbers; lines without any text are skipped."""
    try:
        reader = csv.reader(io.StringIO(read_input(path).decode("utf-8-sig"), newline=""))
        columns = [name.strip().lower() for name in next(reader, [])]
        found = [(reader.line_num, values) for values in reader if any(value.strip() for value in values)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"cannot read {path} as a CSV table: {error}") from error
    for number, values in found:
        if len(values) != len(columns):
            raise DataError(
                f"{path} line {number} has {len(values)} values, the heading {len(columns)}; "
                "put numbers with a comma in quotes"
            )
    return columns, [
        (number, dict(zip(columns, map(str.strip, values), strict=True))) for number, values in found
    ]


def _fractions(
    path: Path, name: str, lines: list[tuple[int, dict[str, str]]]
) -> tuple[dict[int, float], str]:
    values = {number: _number(path, number, line, name) for number, line in lines}
    lowest, highest = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
    if values[highest] <= 1:
        return values, "fraction"
    if name == "accuracy" and 0 < values[lowest] <= 1:
        raise DataError(
            f"{path}: accuracy {values[lowest]:g} in line {lowest} beside {values[highest]:g} in line {highest}: "
            "percent or fraction? write the whole column in one unit"
        )
    if values[highest] > 100:
        raise DataError(f"{path} line {highest}: {name} {values[highest]:g} is more than 100 %")
    return {number: value / 100 for number, value in values.items()}, "percent"


def _number(path: Path, number: int, line: dict[str, str], name: str) -> float:
    try:
        value = float(line[name].removesuffix("%"))
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise DataError(f"{path} line {number}: {name} is '{line[name]}', expected a number of at least 0")
    return value


def _integer(path: Path, number: int, line: dict[str, str], name: str, least: int) -> int:
    text = line[name].replace(",", "").replace("_", "").replace(" ", "")
    if not (text.isascii() and text.isdigit() and int(text) >= least):
        raise DataError(
            f"{path} line {number}: {name} is '{line[name]}', expected a whole number of at least {least}"
        )
    return int(text)


def _text(path: Path, number: int, line: dict[str, str], name: str) -> str:
    if not line[name]:
        raise DataError(f"{path} line {number} has no {name}")
    return line[name]


def _check(path: Path, rows: tuple[Row, ...]) -> None:
    params: dict[tuple[str, str], Row] = {}
    owners: dict[tuple[str, int], Row] = {}
    seen: dict[tuple[str, str, int], Row] = {}
    for row in rows:
        before = seen.setdefault((row.family, row.size, row.seed), row)
        if before is not row:
            raise DataError(
                f"{path} lines {before.line} and {row.line} are both {row.family} {row.size} seed {row.seed}"
            )
        first = params.setdefault((row.family, row.size), row)
        owner = owners.setdefault((row.family, row.params), row)
        if first.params != row.params or owner.size != row.size:
            other = first if first.params != row.params else owner
            raise DataError(
                f"{path} lines {other.line} and {row.line}: {row.family} {other.size} has {other.params:,} "
                f"parameters and {row.size} has {row.params:,}; a size needs one number of its own"
            )
