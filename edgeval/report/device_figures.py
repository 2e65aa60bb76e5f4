"""Arena over time: what lies in the arena while each operator of a model runs, and where its peak is."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeval.report.drawing import BLUE, INK, ORANGE, SKY, Figure, canvas, csv_text, legend_below, svg_text
from edgeval.report.text import kib

DRAWN = 3  # models: the largest of each family that has a profile; the CSV of each names its own operators
NAMED = 40  # operators whose names fit below the bars
PARTS = {  # of arena_parts -> label, colour, hatch
    "state": ("engine's state and scratch", "#d1d5db", ""),
    "waiting": ("kept for a later operator", ORANGE, "...."),
    "inputs": ("input", SKY, ""),
    "outputs": ("output", BLUE, "////"),
}


def arena_figures(document: dict[str, Any]) -> list[Figure]:
    """One figure for the largest profiled model of each family; none without a device."""
    largest = {
        model["family"]: model
        for model in sorted(document["models"], key=lambda model: model["params"] or 0)
        if any(row.get("arena_bytes") for row in model["operators"])
    }
    return [_arena(model) for model in list(largest.values())[:DRAWN]]


def _arena(model: dict[str, Any]) -> Figure:
    rows = model["operators"]
    live = [row["arena_bytes"] for row in rows]
    peak = int(np.argmax(live))
    split = all(row.get("arena_parts") for row in rows)
    with canvas(max(4.7, min(9.4, 1.4 + 0.19 * len(rows))), 3.4) as (figure, axes):
        bottom = np.zeros(len(rows))
        for name, (label, colour, hatch) in PARTS.items() if split else {None: ("in use", SKY, "")}.items():
            heights = (
                np.array([row["arena_parts"][name] if split else row["arena_bytes"] for row in rows]) / 1024
            )
            axes.bar(
                range(len(rows)),
                heights,
                1.0,
                bottom,
                color=colour,
                hatch=hatch,
                ec="white",
                lw=0.3,
                label=label,
            )
            bottom += heights
        axes.annotate(
            f"peak {kib(live[peak])} KiB: {peak} {_name(rows[peak])}", (peak, live[peak] / 1024),
            xytext=(0, 6), textcoords="offset points", fontsize=8, ha=_side(peak, len(rows)),
        )  # fmt: skip
        axes.plot(peak, live[peak] / 1024, "v", color=INK, ms=5)
        axes.set_ylim(0, 1.14 * max(live) / 1024)
        axes.set_xlim(-0.6, len(rows) - 0.4)
        axes.grid(axis="x", visible=False)
        axes.set_ylabel("arena in use, KiB")
        if len(rows) <= NAMED:
            axes.set_xticks(range(len(rows)), [_name(row) for row in rows], rotation=90, fontsize=6.5)
        else:
            axes.set_xlabel("operator, in the order of execution")
        legend_below(axes)
        svg = svg_text(figure, f"arena-{_id(model['id'])}")
    parts = tuple(PARTS) if split else ()
    header = ("index", "operator", "arena_bytes", *parts)
    values = [
        (row["index"], row["operator"], row["arena_bytes"], *(row["arena_parts"][p] for p in parts))
        for row in rows
    ]
    return Figure(
        f"arena-{_id(model['id'])}",
        f"Arena over time: {model['id']}",
        "Bytes of the arena in use while each operator runs, first to last; the highest bar is what the arena has to "
        "hold. Tensors that wait for a later operator, as those of a residual connection, are what a graph can be "
        "rearranged to avoid.",
        f"Arena bytes in use for each of {len(rows)} operators of {model['id']}. Peak {kib(live[peak])} KiB at "
        f"operator {peak}, {_name(rows[peak])}.",
        svg,
        csv_text(header, values),
        wide=len(rows) > 24,
    )  # fmt: skip


def _name(row: dict[str, Any]) -> str:
    return str(row["operator"]).removesuffix("_2D").replace("_", " ").lower()


def _side(index: int, count: int) -> str:
    return "left" if index < count / 3 else "right" if index > 2 * count / 3 else "center"


def _id(name: str) -> str:
    """A model's id as part of an HTML id."""
    return "".join(c if c.isalnum() else "-" for c in name)
