"""The gate's checks as tables: every rule on every model, and the classes that a class rule looked at."""

from __future__ import annotations

from edgeval.documents.gate import CheckRow, ClassColumns, Gate
from edgeval.report.tables.table import CLASS, GAINED, LOST, MODEL, Cell, Column, Table, name, whole, words
from edgeval.report.words.numbers import DASH, decimal

STATUS = {  # of a check or class -> words, tone
    "pass": ("✓ pass", "good"),
    "fail": ("✗ fail", "bad"),
    "warn": ("! warn", "bad"),
    "missing": ("? missing", "bad"),
    "ignored": (DASH, ""),
}
P_VALUE = Column("p", "chance of a change this large where nothing changed; fails only at or below the level")


def check_table(gate: Gate) -> Table | None:
    """One row a rule and judged model; None where there is no rule."""
    if not gate["checks"]:
        return None
    columns = (
        words("status"),
        words("rule"),
        MODEL,
        words("judged", "baseline stage → judged stage"),
        Column("seen", "the change for the worse, or the value; of a class rule that of the worst class"),
        Column("limit"),
        words("unit"),
        P_VALUE,
        Column("level", "of the test: the rule's share of the false alarms that the policy allows"),
        words("interval", "bounds of what was seen"),
    )
    return Table("checks", columns, tuple(_check(row) for row in gate["checks"])).only_known()


def _check(row: CheckRow) -> tuple[Cell, ...]:
    stage = (
        row["baseline_stage"]
        if row["baseline"] == row["model"]
        else f"{row['baseline']} {row['baseline_stage']}"
    )
    stage += " of the anchor" if row.get("against") == "anchor" else ""
    bounds = row["interval"]
    return (
        status(row["status"]),
        name(row["rule"]),
        name(row["model"]),
        name(f"{stage} → {row['stage']}"),
        figure(row["seen"]),
        figure(row["limit"]),
        name(row["unit"]),
        p_value(row["p_value"]),
        p_value(row["level"]),
        Cell(
            DASH if bounds is None else f"{bounds[0]:.2f} to {bounds[1]:.2f}",
            None if bounds is None else bounds[0],
        ),
    )


def class_check_table(check: CheckRow, of: ClassColumns, number: int) -> Table:
    """The classes of a class rule that did not just pass, and the ten next to their limit."""
    columns = (
        words("status"),
        CLASS,
        Column("seen", unit=check["unit"]),
        Column("limit", unit=check["unit"]),
        Column(P_VALUE.label, "adjusted for all classes"),
        LOST,
        GAINED,
        Column("images"),
    )
    order = sorted(
        range(len(of["index"])), key=lambda i: (of["status"][i] in ("pass", "ignored"), -(of["seen"][i] or 0))
    )
    calm = [i for i in order if of["status"][i] in ("pass", "ignored")]
    shown = [i for i in order if i not in calm] + calm[:10]
    rows = tuple(
        (
            status(of["status"][i]),
            name(of["name"][i]),
            figure(of["seen"][i]),
            figure(of["limit"][i]),
            p_value(of["p_value"][i]),
            whole(of["lost"][i]),
            whole(of["gained"][i]),
            whole(of["samples"][i]),
        )
        for i in shown
    )
    return Table(f"check-{number}", columns, rows).only_known()


def status(value: str) -> Cell:
    """A sign with a word: colour is never the only mark."""
    text, tone = STATUS[value]
    return Cell(text, value, tone)


def figure(value: float | None) -> Cell:
    return Cell(DASH if value is None else f"{value:.2f}".rstrip("0").rstrip("."), value)


def p_value(value: float | None) -> Cell:
    """Three digits; what is smaller as a power of ten."""
    if value is None:
        return Cell(DASH)
    return Cell("< 0.0001" if 0 <= value < 1e-4 else decimal(value, 4 if value < 0.01 else 3), value)
