"""What models cost on a target as tables: which fit, and where one inference spends its time and memory."""

from __future__ import annotations

from typing import Any

from edgeval.documents.device import OperatorCost
from edgeval.documents.profile import ProfileDocument
from edgeval.report.tables.table import MODEL, Cell, Column, Table, in_kib, name, whole, words

Row = dict[str, Any]


def fit_table(document: Row) -> Table:
    """One row per model: whether it fits the target, what it needs, and why it does not fit."""
    columns = (
        MODEL,
        words("fits", "flash and RAM against those of the target"),
        Column("arena", "RAM for the model's tensors", "KiB"),
        Column("model", "flash for the model's file", "KiB"),
        words("reasons"),
    )
    return Table(f"fit-{document['target']}", columns, tuple(_fit(row) for row in document["models"]))


def _fit(row: Row) -> tuple[Cell, ...]:
    fits = Cell("fits", "fits", "good") if row["fits"] else Cell("too large", "too large", "bad")
    arena, model = row["ram_bytes"]["arena"], row["flash_bytes"]["model"]
    return name(row["model"]), fits, in_kib(arena), in_kib(model), name("; ".join(row["reasons"]))


def operator_table(document: ProfileDocument) -> Table:
    """One row per operator of a profile; columns that its runner cannot give are left out."""
    columns = (
        Column("index"),
        words("operator"),
        Column("instructions", "exact count of one inference"),
        Column("cycles", "estimated", "estimated"),
        Column("cycles", "the board's cycle counter", "measured"),
        Column("arena", "in use while the operator runs", "bytes"),
    )
    return Table("operators", columns, tuple(_operator(row) for row in document["operators"])).only_known()


def _operator(row: OperatorCost) -> tuple[Cell, ...]:
    return (
        whole(row["index"]),
        name(row["operator"]),
        whole(row["instructions"]),
        whole(row["cycles_estimated"]),
        whole(row["cycles_measured"]),
        whole(row["arena_bytes"]),
    )
