"""A table independent of how it is written down: columns with units, cells with a text and a sort key."""

from __future__ import annotations

from dataclasses import dataclass

from edgeval.report.words.numbers import DASH, count, decimal, kib, millions, percent, points


@dataclass(frozen=True)
class Cell:
    """`value` is what a column is sorted by; `tone` is good, bad or empty and never the only sign; `href` a link."""

    text: str
    value: float | str | None = None
    tone: str = ""
    href: str = ""


@dataclass(frozen=True)
class Column:
    """A heading, what it means in one sentence, and its unit."""

    label: str
    hint: str = ""
    unit: str = ""
    numeric: bool = True

    @property
    def heading(self) -> str:
        return f"{self.label}, {self.unit}" if self.unit else self.label


@dataclass(frozen=True)
class Table:
    id: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def only_known(self) -> Table:
        """The same table without the columns in which no row has a value."""
        return self._of(
            [i for i, _ in enumerate(self.columns) if any(row[i].text != DASH for row in self.rows)]
        )

    def without(self, *labels: str) -> Table:
        """The same table without some columns."""
        return self._of([i for i, column in enumerate(self.columns) if column.label not in labels])

    def _of(self, keep: list[int]) -> Table:
        rows = tuple(tuple(row[i] for i in keep) for row in self.rows)
        return Table(self.id, tuple(self.columns[i] for i in keep), rows)


def words(label: str, hint: str = "") -> Column:
    """A column of text."""
    return Column(label, hint, numeric=False)


CLASS, MODEL = words("class"), words("model")
CHANGE = Column("change", unit="points")
LOST = Column("lost", "right before, wrong now")
GAINED = Column("gained", "wrong before, right now")
OTHER = Column("wrong → other wrong", "wrong before and now, with another answer")
ALL_SEEDS = Column("of", "images, all seeds together")


def name(text: str) -> Cell:
    return Cell(text, text)


def share(fraction: float | None, std: float | None = None) -> Cell:
    return Cell(percent(fraction, std), fraction)


def whole(value: int | None) -> Cell:
    return Cell(count(value), value)


def in_millions(value: int | None) -> Cell:
    return Cell(millions(value), value)


def in_kib(value: int | None) -> Cell:
    return Cell(kib(value), value)


def ratio(value: float | None, std: float | None = None) -> Cell:
    return Cell(decimal(value, std=std), value)


def change(value: float | None) -> Cell:
    """A signed change in points, marked by direction where it does not round to zero."""
    tone = "" if value is None or abs(value) < 0.05 else "bad" if value < 0 else "good"
    return Cell(points(value), value, tone)
