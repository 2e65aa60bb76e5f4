"""Figures that only an analysis has the data for: what each size offers, overlap of all models, confidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from edgeval.documents.analysis import AnalysisDocument, Choice, Offer
from edgeval.documents.errors import CalibrationStage, OverlapStage
from edgeval.report.figures.drawing import (
    GREY,
    INK,
    SERIES,
    VERMILLION,
    WIDTH,
    Figure,
    canvas,
    csv_text,
    legend_below,
    parameter_axis,
    svg_text,
)
from edgeval.report.figures.series import families, values_of

CELLS_WITH_TEXT = 12  # models of a matrix whose cells still have room for a number


def analysis_figures(analysis: AnalysisDocument) -> Iterator[Figure]:
    """The figures of an analysis (docs/ANALYSIS.md) that a comparison cannot draw."""
    stage = analysis["frontier"]["stage"]
    for entry in analysis["overlap"]:
        if entry["stage"] == stage and len(entry["matrix"]["models"]) > 2:
            yield _matrix(entry)
    for judged in analysis["calibration"]:
        if judged["stage"] == stage and len(judged["models"]) > 1:
            yield _confidence(judged, analysis["frontier"]["models"])


def frontier_figure(analysis: AnalysisDocument) -> Figure | None:
    """Accuracy and worst class against parameters, the floors, and the size to ship."""
    frontier = analysis["frontier"]
    models = frontier["models"]
    if len(models) < 2:
        return None
    with canvas() as (figure, axes):
        for index, (family, of_family) in enumerate(families(models).items()):
            colour, marker = SERIES[index % len(SERIES)]
            params = [row["params"] for row in of_family]
            axes.plot(
                params, [100 * row["accuracy"] for row in of_family], marker, color=colour, label=family
            )
            worst = [(row["params"], 100 * row["worst_class_accuracy"]) for row in of_family
                     if row["worst_class_accuracy"] is not None]  # fmt: skip
            if worst:
                axes.plot(*zip(*worst, strict=True), marker, color=colour, mfc="white", ms=5,
                          label=f"{family}, worst class")  # fmt: skip
        best = [row for row in models if row["on_frontier"]]
        axes.step([r["params"] for r in best], [100 * r["accuracy"] for r in best], where="post", color=GREY,
                  lw=1, zorder=1, label="best of its size")  # fmt: skip
        _choice(axes, analysis["size_to_ship"], models)
        parameter_axis(axes)
        axes.set_ylabel("accuracy, %")
        legend_below(axes)
        svg = svg_text(figure, "frontier")
    columns = ("model", "params", "accuracy", "worst_class", "worst_class_accuracy", "ece", "on_frontier")
    chosen = analysis["size_to_ship"]["model"] if analysis["size_to_ship"] else None
    return Figure(
        "frontier",
        "What each size offers",
        f"Accuracy at stage {frontier['stage']}; open marks are the class that fares worst. A model below the "
        "grey steps is beaten by one that is no larger. A ring marks the size to ship, dashed lines the floors.",
        "Accuracy against parameters with the best model of every size. "
        + (f"Size to ship: {chosen}." if chosen else "No size to ship."),
        svg,
        csv_text(columns, [values_of(row, columns) for row in models]),
    )


def _choice(axes: Any, choice: Choice | None, models: list[Offer]) -> None:
    """The floors as lines and a ring around the size to ship."""
    if choice is None:
        return
    floors = choice["floors"]
    for floor, words in (
        (floors["min_accuracy"], "floor"),
        (floors["min_class_accuracy"], "floor of a class"),
    ):
        if floor is not None:
            axes.axhline(100 * floor, color=INK, lw=1, ls="--")
            axes.annotate(words, (0.01, 100 * floor), xycoords=("axes fraction", "data"), ha="left", va="bottom",
                          fontsize=7.5)  # fmt: skip
    for row in models:
        if row["model"] == choice["model"]:
            axes.plot(row["params"], 100 * row["accuracy"], "o", ms=15, mfc="none", mec=VERMILLION, mew=1.8)


def _matrix(entry: OverlapStage) -> Figure:
    names = entry["matrix"]["models"]
    values = np.array(entry["matrix"]["jaccard"], float)
    size = max(WIDTH, 1.6 + 0.3 * len(names))
    with canvas(size, 0.86 * size) as (figure, axes):
        image = axes.pcolormesh(values, cmap="cividis", vmin=0, vmax=1, lw=0)
        axes.grid(False)
        ticks = np.arange(len(names)) + 0.5
        axes.set_xticks(ticks, names, rotation=90, fontsize=8)
        axes.set_yticks(ticks, names, fontsize=8)
        axes.invert_yaxis()
        axes.set_aspect("equal")
        if len(names) <= CELLS_WITH_TEXT:
            for (row, column), value in np.ndenumerate(values):
                if not np.isnan(value):
                    axes.text(column + 0.5, row + 0.5, f"{value:.2f}", ha="center", va="center", fontsize=7,
                              color="white" if value < 0.55 else "black")  # fmt: skip
        figure.colorbar(image, ax=axes, label="Jaccard of the error sets", pad=0.02, fraction=0.05)
        svg = svg_text(figure, "matrix")
    rows = [
        (name, *(None if np.isnan(v) else float(v) for v in row))
        for name, row in zip(names, values, strict=True)
    ]
    low, high = map(int, np.unravel_index(np.nanargmin(values), values.shape))
    return Figure(
        "matrix",
        "Who fails on the same images",
        f"Share of common errors of every two models at stage {entry['stage']}; bright is the same images. The "
        "diagonal holds two seeds of one size: no two models can be expected to agree more than that.",
        f"Matrix of error overlap for {len(names)} models. Least alike: {names[low]} and {names[high]}, "
        f"{values[low, high]:.2f}.",
        svg,
        csv_text(("model", *names), rows),
    )  # fmt: skip


def _confidence(entry: CalibrationStage, sizes: list[Offer]) -> Figure:
    known = {row["model"]: row for row in entry["models"]}
    models = [row for row in sizes if row["model"] in known]
    rows = [(m["model"], m["params"], *values_of(known[m["model"]], CONFIDENCES)) for m in models]
    with canvas() as (figure, axes):
        for index, (family, of_family) in enumerate(families(models).items()):
            colour, marker = SERIES[index % len(SERIES)]
            for key, (style, words) in CONFIDENCES.items():
                seen = [(m["params"], known[m["model"]][key]) for m in of_family]
                drawn = [(params, 100 * value) for params, value in seen if value is not None]
                axes.plot(*(zip(*drawn, strict=True) if drawn else ([], [])), f"{marker}{style}", color=colour, ms=4,
                          lw=1.2, mfc="white" if key == "accuracy" else colour, label=f"{family}, {words}")  # fmt: skip
        axes.set_ylim(0, 100)
        parameter_axis(axes)
        axes.set_ylabel("%")
        legend_below(axes)
        svg = svg_text(figure, "confidence")
    return Figure(
        "confidence",
        "How sure, and how sure of what is wrong",
        "Mean confidence of right and wrong answers, of all of them, and the accuracy. Where the dashed line "
        "lies above the open marks a model claims more than it keeps; where dotted and solid lines meet, confidence "
        "sorts nothing.",
        "Mean confidence against parameters. "
        + "; ".join(f"{m['model']}: accuracy {100 * m['accuracy']:.1f} %, "
                    f"confidence {100 * m['mean_confidence']:.1f} %"
                    for m in (known[models[0]["model"]], known[models[-1]["model"]]))
        + ".",
        svg,
        csv_text(("model", "params", *CONFIDENCES), rows),
    )  # fmt: skip


Confidence = Literal["mean_confidence_correct", "mean_confidence", "accuracy", "mean_confidence_wrong"]
CONFIDENCES: dict[Confidence, tuple[str, str]] = {
    "mean_confidence_correct": ("-", "right answers"),
    "mean_confidence": ("--", "all answers"),
    "accuracy": ("", "accuracy"),
    "mean_confidence_wrong": (":", "wrong answers"),
}
