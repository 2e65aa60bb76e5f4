"""What lies behind the steps of the chain: the accuracy change by cause, and the layers of two stages."""

from __future__ import annotations

from edgeval.documents.compare import ComparisonDocument, SplitPart, Transition
from edgeval.documents.layers import Layer, Layers, Rounding
from edgeval.report.tables.table import MODEL, Cell, Column, Table, name, whole, words
from edgeval.report.words.numbers import DASH, points


def split_table(document: ComparisonDocument) -> Table:
    """One row a model whose change of accuracy has causes to tell apart: each cause in points, with its interval."""
    splits = [(model["id"], split) for model in document["models"] if (split := model["accuracy_split"])]
    causes = list(dict.fromkeys(part["cause"] for _, split in splits for part in split["parts"]))
    columns = (
        MODEL,
        words("way", "from the validated to the deployed stage"),
        Column("change", "of accuracy on the whole way, with its 95 % interval", "points"),
        *(Column(cause, "this part of the change, with its 95 % interval", "points") for cause in causes),
    )
    rows = []
    for model, split in splits:
        parts = {part["cause"]: part for part in split["parts"]}
        way = " → ".join([split["from"], *(part["to"] for part in split["parts"])])
        rows.append(
            (name(model), name(way), _change(split), *(_change(parts.get(cause)) for cause in causes))
        )
    return Table("accuracy-split", columns, tuple(rows))


def _change(part: SplitPart | None) -> Cell:
    """A change with its interval; marked only where the interval leaves out zero."""
    if part is None:
        return Cell(DASH)
    low, high = part["interval"]
    tone = "bad" if high < 0 else "good" if low > 0 else ""
    return Cell(
        f"{points(part['change_points'])} ({points(low)} to {points(high)})", part["change_points"], tone
    )


def looked_into(document: ComparisonDocument) -> list[tuple[str, Layers, Table]]:
    """(model and step, its layers, their table) of each step that was looked into."""
    found = []
    for number, model in enumerate(document["models"]):
        for step in model["transitions"]:
            if step["layers"] is not None:
                table = layer_table(step, step["layers"], f"layers-{number}-{step['to']}")
                found.append((f"{model['id']}, {step['from']} → {step['to']}", step["layers"], table))
    return found


def layer_table(step: Transition, layers: Layers, identity: str) -> Table:
    """The operators of a step's model that differ on equal inputs, in order; and what has added up until there."""
    columns = (
        Column("layer"),
        words("operator"),
        Column("values", "outputs of this operator, all samples together"),
        Column("differing", "on equal inputs"),
        Column("steps", "largest difference on equal inputs"),
        Column("added up", "values that differ with each stage's own inputs"),
        Column("steps so far", "largest difference with each stage's own inputs"),
        words("worst channels"),
        words(f"{step['from']} rounds by", "and how many of the differing values this gives"),
        words(f"{step['to']} rounds by", "and how many of the differing values this gives"),
    )
    differing = [row for row in layers["operators"] if row["differing"]]
    return Table(identity, columns, tuple(_layer(row) for row in differing))


def _layer(row: Layer) -> tuple[Cell, ...]:
    channels = ", ".join(str(channel["channel"]) for channel in row["channels"])
    more = row["largest_step"] > 1
    return (
        whole(row["index"]),
        name(row["operator"]),
        whole(row["elements"]),
        whole(row["differing"]),
        Cell(str(row["largest_step"]), row["largest_step"], "bad" if more else ""),
        whole(row["accumulated_differing"]),
        whole(row["accumulated_largest_step"]),
        Cell(channels or DASH, channels),
        _rounding(None if more else row["rounding_from"]),
        _rounding(None if more else row["rounding_to"]),
    )


def _rounding(explanation: Rounding | None) -> Cell:
    if explanation is None:
        return Cell(DASH)
    return Cell(f"{explanation['rounding']}, {100 * explanation['share']:.4g} %", explanation["rounding"])
