"""What each size offers and costs, and why it is refused where floors were given (docs/ANALYSIS.md, frontier)."""

from __future__ import annotations

from edgeval.documents.analysis import AnalysisDocument, Choice, Offer
from edgeval.report.tables.table import (
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
from edgeval.report.words.numbers import DASH, decimal, percent

FIGURES = {
    "accuracy": "accuracy",
    "worst_class_accuracy": "worst class",
    "ece": "ECE",
    "params": "parameters",
    "macs": "MACs",
    "size_bytes": "file",
    "latency_ms": "latency",
    "instructions": "instructions",
    "peak_ram_bytes": "peak RAM",
    "flash_bytes": "flash",
}


def frontier_table(analysis: AnalysisDocument) -> Table:
    """What each size offers and costs, and why it is refused where floors were given."""
    choice = analysis["size_to_ship"]
    columns = (
        MODEL,
        words(
            "choice",
            "the smallest size that meets the floors; the smaller ones are refused, for the reasons above",
        ),
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


def frontier_sources(analysis: AnalysisDocument) -> list[str]:
    """Where each column comes from, columns of one source together."""
    columns: dict[str, list[str]] = {}
    for key, source in (analysis["frontier"].get("sources") or {}).items():
        columns.setdefault(source, []).append(FIGURES.get(key, key))
    return [f"{', '.join(labels)}: {source}" for source, labels in columns.items() if source]


def frontiers_table(analysis: AnalysisDocument) -> Table | None:
    """For which costs each size is the best to be had, by what it offers; None in older documents."""
    models = analysis["frontier"]["models"]
    if not all(row.get("on_frontiers") for row in models):
        return None
    qualities = list(dict.fromkeys(quality for row in models for quality in row["on_frontiers"]))
    costs = {cost for row in models for of in row["on_frontiers"].values() for cost in of}
    columns = (MODEL, *(words(FIGURES.get(quality, quality)) for quality in qualities))
    rows = tuple(
        (
            name(row["model"]),
            *(_unbeaten(row["on_frontiers"].get(quality, []), costs) for quality in qualities),
        )
        for row in models
    )
    return Table("frontiers", columns, rows)


def _unbeaten(of: list[str], costs: set[str]) -> Cell:
    if len(costs) > 1 and set(of) == costs:
        return Cell("every cost", len(of))
    return Cell(", ".join(FIGURES.get(cost, cost) for cost in of) or "none", len(of))


def _offer(row: Offer, choice: Cell) -> tuple[Cell, ...]:
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


def _cost(row: Offer) -> tuple[Cell, ...]:
    latency = row["latency_ms"]["value"] if row["latency_ms"] else None
    return (
        Cell(decimal(latency, 2), latency),
        in_kib(row["peak_ram_bytes"]["total"] if row["peak_ram_bytes"] else None),
        in_kib(row["flash_bytes"]["total"] if row["flash_bytes"] else None),
    )


def _choice(choice: Choice | None, model: str) -> Cell:
    if choice is None:
        return Cell(DASH)
    if choice["model"] == model:
        return Cell("ship", "ship", "good")
    return name("refused") if any(row["model"] == model for row in choice["refused"]) else Cell(DASH)
