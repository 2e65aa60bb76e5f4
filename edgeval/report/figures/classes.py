"""Figures over classes: who lost, accuracy of every class and size, labels flipped by each transition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypedDict, cast

import numpy as np

from edgeval.report.figures.drawing import (
    BLUE,
    GREY,
    INK,
    VERMILLION,
    WIDTH,
    Figure,
    canvas,
    csv_text,
    svg_text,
)
from edgeval.report.figures.series import values_of
from edgeval.report.view import SizeModel, Sizes
from edgeval.report.words.comparison import shows_change, sides
from edgeval.report.words.numbers import points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMED = 150  # classes whose names fit below a heatmap; the CSV always has them
SHOWN = 20  # classes of the figure of changes: the largest losers and winners


def change_figures(document: Sizes) -> Iterator[Figure]:
    """What the steps of the chain changed: the classes of the worst hit model, and the labels of all."""
    worst = worst_model(document)
    if worst is not None:
        yield _changes(worst)
    if any(change["flipped"] for model in document["models"] for change in model["transitions"]):
        yield _flips(document)


def worst_model(document: Sizes) -> SizeModel | None:
    """The model with the largest loss of a class in the view that was judged."""
    compared = [m for m in document["models"] if shows_change(m) and m["class_changes"]["classes"]]
    return min(compared, key=_largest_loss, default=None)


def _largest_loss(model: SizeModel) -> float:
    points = [row["change_points"] for row in model["class_changes"]["classes"]]
    return min((value for value in points if value is not None), default=0.0)


class _Changed(TypedDict):
    """A class with samples, whose change is known."""

    name: str
    accuracy_before: float
    accuracy_after: float
    change_points: float


def _changes(model: SizeModel) -> Figure:
    changes = model["class_changes"]
    known = cast("list[_Changed]", [row for row in changes["classes"] if row["change_points"] is not None])
    shown = known if len(known) <= SHOWN else known[: SHOWN * 3 // 4] + known[-SHOWN // 4 :]
    first, last = sides(model)
    with canvas(height=0.9 + 0.24 * len(shown)) as (figure, axes):
        for position, row in enumerate(shown):
            before, after = 100 * row["accuracy_before"], 100 * row["accuracy_after"]
            colour = VERMILLION if after < before else BLUE if after > before else GREY
            axes.plot(
                (before, after), (position, position), color=colour, lw=3, solid_capstyle="butt", alpha=0.55
            )
            axes.plot(before, position, "o", mfc="white", mec=colour, ms=7)
            axes.plot(after, position, "o", color=colour, ms=5)
            axes.annotate(
                points(row["change_points"]), (max(before, after), position), xytext=(8, 0),
                textcoords="offset points", va="center", fontsize=8,
            )  # fmt: skip
        axes.set_yticks(range(len(shown)), [row["name"] for row in shown])
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.margins(x=0.14)
        axes.set_xlabel(f"class accuracy, %: ○ {first}, ● {last}, change in points")
        svg = svg_text(figure, "changes")
    header = ("class", "accuracy_before", "accuracy_after", "change_points", "lost", "gained")
    rows = [values_of(row, ("name", *header[1:])) for row in changes["classes"]]
    some = "" if len(known) <= SHOWN else f" The {SHOWN} classes with the largest changes of {len(known)}."
    return Figure(
        "changes",
        f"Which classes changed: {model['id']}",
        f"From {first} (open) to {last} (filled), the largest losers first; orange lost, blue gained.{some}",
        f"Accuracy of each class of {model['id']} at {first} and {last}. Largest losers: {_losers(known)}.",
        svg,
        csv_text(header, rows),
    )


def _losers(rows: list[_Changed]) -> str:
    losers = [
        f"{row['name']} {points(row['change_points'])} points" for row in rows[:5] if row["change_points"] < 0
    ]
    return ", ".join(losers) or "none"


def _flips(document: Sizes) -> Figure:
    bars = [
        (model["id"], change)
        for model in document["models"]
        for change in model["transitions"]
        if change["flipped"]
    ]
    with canvas(height=1.1 + 0.24 * len(bars)) as (figure, axes):
        for position, (_, change) in enumerate(bars):
            rate = 100 / change["predictions"]
            axes.barh(position, -rate * change["lost"], color=VERMILLION, height=0.7)
            axes.barh(position, rate * change["gained"], color=BLUE, height=0.7)
            other = rate * change["wrong_to_other_wrong"]
            axes.barh(
                position,
                other,
                left=rate * change["gained"],
                color="white",
                ec=GREY,
                lw=0.8,
                height=0.68,
            )
        axes.axvline(0, color=INK, lw=0.8)
        axes.set_yticks(
            range(len(bars)),
            [f"{name}  {change['from']} → {change['to']}" for name, change in bars],
            fontsize=8,
        )
        axes.set_ylim(len(bars) - 0.4, -0.6)
        axes.xaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        axes.set_xlabel("← lost  ·  % of the samples  ·  gained →")
        _flip_legend(axes)
        svg = svg_text(figure, "flips")
    header = ("model", "from", "to", "predictions", "lost", "gained", "wrong_to_other_wrong", "verdict")
    rows = [(name, *values_of(change, header[1:])) for name, change in bars]
    most = max(bars, key=lambda bar: bar[1]["flipped"] / bar[1]["predictions"])
    return Figure(
        "flips",
        "Labels flipped by each step",
        "Samples whose label changed, as a share of all: lost were right before, gained are right now, the "
        "outlined ones were wrong and are wrong in another way. Steps without a flip are left out.",
        f"Labels flipped by each transition. Most: {most[0]} from {most[1]['from']} to {most[1]['to']} with "
        f"{most[1]['flipped']} of {most[1]['predictions']}.",
        svg,
        csv_text(header, rows),
    )


def _flip_legend(axes: Axes) -> None:
    from matplotlib.patches import Patch

    handles = [
        Patch(color=VERMILLION, label="lost"),
        Patch(color=BLUE, label="gained"),
        Patch(fc="white", ec=GREY, lw=0.8, label="wrong in another way"),
    ]
    axes.figure.legend(handles=handles, loc="outside upper center", ncols=3)


def heatmap_figure(document: Sizes) -> Figure | None:
    """Accuracy of every class at every size; None for one model, or without accuracies of classes."""
    if len(document["models"]) < 2 or not document["dataset"]["classes"]:
        return None
    models = sorted(document["models"], key=lambda model: (model["params"] or 0, model["id"]))
    classes = document["dataset"]["classes"]
    values = np.array([m["stages"][m["deployed_stage"]]["per_class_accuracy"] for m in models], float)
    order = np.argsort(np.nan_to_num(np.nanmean(values, axis=0) if len(values) else values), kind="stable")
    named = len(classes) <= NAMED
    width = max(WIDTH, 1.6 + 0.125 * min(len(classes), NAMED))
    with canvas(width, 1.7 + 0.26 * len(models)) as (figure, axes):
        image = axes.pcolormesh(
            100 * values[:, order], cmap="cividis", vmin=0, vmax=100, rasterized=False, lw=0
        )
        axes.grid(False)
        axes.set_yticks(np.arange(len(models)) + 0.5, [model["id"] for model in models])
        axes.invert_yaxis()
        names = [classes[i] for i in order] if named else []
        size = 8 if len(classes) <= 40 else 6
        axes.set_xticks(np.arange(len(names)) + 0.5, names, rotation=90, fontsize=size)
        axes.set_xlabel("classes, hardest first")
        if len(classes) <= 12:
            _cell_texts(axes, 100 * values[:, order])
        figure.colorbar(image, ax=axes, label="accuracy, %", pad=0.01, fraction=0.08)
        svg = svg_text(figure, "heatmap")
    rows = [(classes[i], *(None if np.isnan(v) else float(v) for v in values[:, i])) for i in order]
    hardest = ", ".join(classes[i] for i in order[:5])
    return Figure(
        "heatmap",
        "Accuracy of every class and size",
        "Deployed stage, smallest size on top, hardest class at the left; dark is low. A dark column is a class "
        "that is hard for all, a dark cell in a bright column is a class that this size gave up.",
        f"Heatmap of class accuracy for {len(models)} models. Hardest classes: {hardest}.",
        svg,
        csv_text(("class", *(model["id"] for model in models)), rows),
        wide=len(classes) > 24,
        paper="4",
    )


def _cell_texts(axes: Axes, values: np.ndarray) -> None:
    for (row, column), value in np.ndenumerate(values):
        if not np.isnan(value):
            colour = "white" if value < 55 else "black"
            axes.text(
                column + 0.5, row + 0.5, f"{value:.0f}", ha="center", va="center", color=colour, fontsize=7
            )
