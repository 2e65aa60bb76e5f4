"""What each size offers and costs, and why it is refused where floors were given (docs/ANALYSIS.md, frontier)."""

from __future__ import annotations

from typing import Any

from edgeval.report.table import (
    MODEL,
    Cell,
    Column,
    Table,
    in_kib,
    in_millions,
    name,
    ratio,
    share,
    whole,
    words,
)
from edgeval.report.text import DASH, decimal, percent

Row = dict[str, Any]


def frontier_table(analysis: Row) -> Table:
    """What each size offers and costs, and why it is refused where floors were given."""
    choice = analysis["size_to_ship"]
    columns = (
        MODEL,
        words("choice", "the smallest size that meets the floors, and why each smaller one does not"),
        Column("parameters"),
        Column("accuracy", "mean over the seeds", "%"),
        Column("worst class", unit="%"),
        Column("ECE"),
        Column("MACs", unit="M"),
        Column("file", unit="KiB"),
        Column("latency", "of one inference, by the source named below", "ms"),
        Column("peak RAM", unit="KiB"),
        Column("flash", unit="KiB"),
        words("best of its size", "no model that is as small is as accurate"),
    )
    rows = tuple(_offer(row, _choice(choice, row["model"])) for row in analysis["frontier"]["models"])
    return Table("frontier", columns, rows).only_known()


def frontier_sources(analysis: Row) -> list[str]:
    """Where the device's figures come from."""
    sources = analysis["frontier"].get("sources") or {}
    names = {"latency_ms": "latency", "peak_ram_bytes": "peak RAM", "flash_bytes": "flash"}
    return [f"{words}: {sources[key]}" for key, words in names.items() if sources.get(key)]


def _offer(row: Row, choice: Cell) -> tuple[Cell, ...]:
    worst = row["worst_class"]
    return (
        name(row["model"]),
        choice,
        whole(row["params"]),
        share(row["accuracy"]),
        Cell(
            f"{worst} {percent(row['worst_class_accuracy'])}" if worst else DASH, row["worst_class_accuracy"]
        ),
        ratio(row["ece"]),
        in_millions(row["macs"]),
        in_kib(row["size_bytes"]),
        *_cost(row),
        name("yes" if row["on_frontier"] else "no"),
    )


def _cost(row: Row) -> tuple[Cell, ...]:
    latency, ram, flash = (row[key] or {} for key in ("latency_ms", "peak_ram_bytes", "flash_bytes"))
    return (
        Cell(decimal(latency.get("value"), 2), latency.get("value")),
        in_kib(ram.get("total")),
        in_kib(flash.get("total")),
    )


def _choice(choice: Row | None, model: str) -> Cell:
    if choice is None:
        return Cell(DASH)
    if choice["model"] == model:
        return Cell("ship", "ship", "good")
    reasons = [reason for row in choice["refused"] if row["model"] == model for reason in row["reasons"]]
    return Cell("; ".join(reasons) or DASH, "; ".join(reasons))
