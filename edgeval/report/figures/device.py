"""Arena over time: what lies in the arena while each operator of a model runs, and where its peak is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edgeval.documents.device import OperatorCost
from edgeval.report.figures.drawing import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    SKY,
    Figure,
    canvas,
    csv_text,
    legend_below,
    svg_text,
)
from edgeval.report.figures.series import values_of
from edgeval.report.view import SizeModel, Sizes
from edgeval.report.words.numbers import kib

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DRAWN = 3  # models: the largest of each family that has a profile; the CSV of each names its own operators
NAMED = 40  # operators whose names fit below the bars
PARTS = {  # of arena_parts, from the bottom -> label, colour; neighbours differ in lightness too
    "state": ("engine's state and scratch", GREY),
    "waiting": ("kept for a later operator", ORANGE),
    "inputs": ("input", "#c4e4f6"),
    "outputs": ("output", BLUE),
}


def arena_figures(document: Sizes) -> list[Figure]:
    """One figure for the largest profiled model of each family; none without a device."""
    largest = {
        model["family"]: model
        for model in sorted(document["models"], key=lambda model: model["params"] or 0)
        if any(row.get("arena_bytes") for row in model["operators"])
    }
    return [_arena(model) for model in list(largest.values())[:DRAWN]]


def _arena(model: SizeModel) -> Figure:
    rows = model["operators"]
    live = [row["arena_bytes"] or 0 for row in rows]
    ram = model["peak_ram_bytes"]
    peak = int(np.argmax(live))
    name = f"arena-{_id(model['id'])}"
    with canvas(max(4.7, min(9.4, 1.4 + 0.19 * len(rows))), 3.4) as (figure, axes):
        _bars(axes, rows)
        _marks(axes, rows, peak, (ram["arena"] if ram else 0) or max(live))
        if len(rows) <= NAMED:
            axes.set_xticks(range(len(rows)), [_name(row) for row in rows], rotation=90, fontsize=6.5)
        else:
            axes.set_xlabel("operator, in the order of execution")
        legend_below(axes)
        svg = svg_text(figure, name)
    return Figure(
        name,
        f"Arena over time: {model['id']}",
        "Bytes of the arena in use while each operator runs, first to last. The dashed line is what has to be "
        "reserved, above the highest bar where gaps remain between tensors. Tensors that wait for a later operator, "
        "as those of a residual connection, are what another order of the operators can avoid.",
        f"Arena bytes in use for each of {len(rows)} operators of {model['id']}. Peak {kib(live[peak])} KiB at "
        f"operator {peak}, {_name(rows[peak])}.",
        svg,
        _numbers(rows),
        wide=len(rows) > 24,
    )


def _split(rows: list[OperatorCost]) -> bool:
    """Whether the profile says what the bytes are; older ones do not."""
    return all(row.get("arena_parts") for row in rows)


def _bars(axes: Axes, rows: list[OperatorCost]) -> None:
    positions, bottom = range(len(rows)), np.zeros(len(rows))
    style: dict[str, Any] = {"width": 1.0, "ec": "white", "lw": 0.3}
    if not _split(rows):
        axes.bar(
            positions, [(row["arena_bytes"] or 0) / 1024 for row in rows], color=SKY, label="in use", **style
        )
        return
    for name, (label, colour) in PARTS.items():
        heights = np.array([values_of(row["arena_parts"], (name,)) for row in rows], float)[:, 0] / 1024
        axes.bar(positions, heights, bottom=bottom, color=colour, label=label, **style)
        bottom += heights


def _marks(axes: Axes, rows: list[OperatorCost], peak: int, reserved: int) -> None:
    """The highest bar, and the bytes to reserve."""
    highest = rows[peak]["arena_bytes"] or 0
    axes.axhline(reserved / 1024, color=INK, lw=1, ls="--", label=f"to reserve, {kib(reserved)} KiB")
    axes.plot(peak, highest / 1024, "v", color=INK, ms=5)
    axes.annotate(
        f"peak {kib(highest)} KiB: {peak} {_name(rows[peak])}", (peak, max(reserved, highest) / 1024),
        xytext=(0, 6), textcoords="offset points", fontsize=8, ha=_side(peak, len(rows)),
    )  # fmt: skip
    axes.set_ylim(0, 1.14 * max(reserved, highest) / 1024)
    axes.set_xlim(-0.6, len(rows) - 0.4)
    axes.grid(axis="x", visible=False)
    axes.set_ylabel("arena in use, KiB")


def _numbers(rows: list[OperatorCost]) -> str:
    parts = tuple(PARTS) if _split(rows) else ()
    values = [
        (
            row["index"],
            row["operator"],
            row["arena_bytes"],
            *(values_of(row["arena_parts"], parts) if parts else ()),
        )
        for row in rows
    ]
    return csv_text(("index", "operator", "arena_bytes", *parts), values)


def _name(row: OperatorCost) -> str:
    return str(row["operator"]).removesuffix("_2D").replace("_", " ").lower()


def _side(index: int, count: int) -> str:
    return "left" if index < count / 3 else "right" if index > 2 * count / 3 else "center"


def _id(name: str) -> str:
    """A model's id as part of an HTML id."""
    return "".join(c if c.isalnum() else "-" for c in name)
