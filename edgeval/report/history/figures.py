"""Trends of a history: a model's accuracy, and the classes that moved most, with what the gate allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeval.report.figures.drawing import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    VERMILLION,
    Figure,
    canvas,
    csv_text,
    panels,
    svg_text,
)
from edgeval.report.history.series import Band, Series, short_commit
from edgeval.report.words.numbers import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 8  # classes with a picture; the table has all
TICKS = 6  # commits named on an axis
MARKS = {"fail": ("X", VERMILLION, 8), "missing": ("s", PURPLE, 6), "warn": ("^", ORANGE, 6)}
LEGEND = {"fail": "regression", "missing": "not judged", "warn": "warning"}


def trend_figures(series: Series, number: int) -> list[Figure]:
    """The figures of one model; `number` keeps the ids of several apart."""
    return [_accuracy(series, number), *_classes(series, number)]


def _accuracy(series: Series, number: int) -> Figure:
    values = [point.stage["accuracy"] for point in series.points]
    bands = [[point.accuracy_band(anchor) for point in series.points] for anchor in (False, True)]
    with canvas(width=9.4, height=2.9) as (figure, axes):
        _trend(axes, values, bands, [point.status for point in series.points], series)
        axes.set_ylabel("accuracy, %")
        _commits(axes, series)
        _legend(axes, bands, {point.status for point in series.points})
        svg = svg_text(figure, f"trend{number}")
    header = (
        "time",
        "commit",
        "report",
        "verdict",
        "status",
        "accuracy",
        "least_by_baseline",
        "least_by_anchor",
    )
    rows = [
        (p.line["time"], p.line["commit"], p.line["report"], p.line["verdict"], p.status, value, *least)
        for p, value, *both in zip(series.points, values, *bands, strict=True)
        for least in [[bound[0] for bound in both]]
    ]
    return Figure(
        f"trend{number}",
        f"Accuracy of {series.model} {series.stage}",
        "Each point is a judged comparison. The shaded band is what the accuracy rule allows below the baseline, the "
        "dashed line what it allows below the anchor; below it a loss fails once it is shown.",
        f"Accuracy of {series.model} over {len(values)} comparisons, from {percent(values[0])} % to "
        f"{percent(values[-1])} %.",
        svg,
        csv_text(header, rows),
        wide=True,
    )


def _classes(series: Series, number: int) -> list[Figure]:
    shown = worst_classes(series)[:SHOWN]
    if not shown:
        return []
    rows = -(-len(shown) // 2)
    with panels(len(shown), 9.4, 0.9 + 1.55 * rows) as (figure, grid):
        for axes, name in zip(grid, shown, strict=True):
            values = [point.class_accuracy(name) for point in series.points]
            bands = [[point.class_band(name, anchor) for point in series.points] for anchor in (False, True)]
            _trend(axes, values, bands, [point.class_status(name) for point in series.points], series)
            axes.set_title(name, loc="left", fontweight="bold")
        for axes in grid[-2:]:
            _commits(axes, series, 4)
        figure.supylabel("class accuracy, %", fontsize=9)
        svg = svg_text(figure, f"classes{number}")
    header = ("time", "commit", *series.classes)
    table = [
        (p.line["time"], p.line["commit"], *(p.class_accuracy(name) for name in series.classes))
        for p in series.points
    ]
    some = "" if len(shown) == len(series.classes) else f" {len(shown)} of {len(series.classes)} classes."
    return [
        Figure(
            f"classes{number}",
            f"Classes of {series.model} that fell most",
            f"Those that failed first, then by how far they are below the start.{some} Bands as above.",
            f"Accuracy of the classes {', '.join(shown)} of {series.model} over {len(series.points)} comparisons.",
            svg,
            csv_text(header, table),
            wide=True,
        )
    ]


def worst_classes(series: Series) -> list[str]:
    """Classes that failed, then those that fell most from the first comparison to their last."""

    def key(name: str) -> tuple[int, float]:
        failures = sum(point.class_status(name) == "fail" for point in series.points)
        known = [value for point in series.points if (value := point.class_accuracy(name)) is not None]
        return (-failures, known[-1] - known[0] if known else 0.0)

    return sorted(series.classes, key=key)


def _trend(
    axes: Axes,
    values: Sequence[float | None],
    bands: Sequence[Sequence[Band]],
    statuses: Sequence[str],
    series: Series,
) -> None:
    """A line, the bands of what is allowed, and a mark for whatever is no pass."""
    places = np.arange(len(values))
    seen = 100 * np.array([np.nan if value is None else value for value in values], float)
    low, high, fixed, _ = (
        100 * np.array([np.nan if band[end] is None else band[end] for band in row], float)
        for row in bands
        for end in (0, 1)
    )
    if not np.isnan(low).all():
        axes.fill_between(places, low, high, step="mid", color=GREY, alpha=0.18, lw=0)
    if not np.isnan(fixed).all():
        axes.step(places, fixed, where="mid", color=INK, lw=0.9, ls="--")
    axes.plot(places, seen, "-o", color=BLUE, ms=2.6 if len(values) > 20 else 4, lw=1.3)
    for status, (mark, colour, size) in MARKS.items():
        chosen = [place for place, one in enumerate(statuses) if one == status]
        axes.plot(
            chosen, seen[chosen], mark, color=colour, ms=size, mec="white", mew=0.6, ls="none", zorder=3
        )
    for place in series.breaks:
        axes.axvline(place - 0.5, color=GREY, lw=0.9, ls=":")


def _commits(axes: Axes, series: Series, ticks: int = TICKS) -> None:
    last = len(series.points) - 1
    places = sorted({round(last * step / (ticks - 1)) for step in range(ticks)})
    axes.set_xticks(places, [short_commit(series.points[place].line) for place in places], fontsize=8)
    axes.set_xlim(-0.6, last + 0.6)


def _legend(axes: Axes, bands: Sequence[Sequence[Band]], statuses: set[str]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [
        Line2D([], [], marker=mark, color=colour, ms=size, ls="none", label=LEGEND[status])
        for status, (mark, colour, size) in MARKS.items()
        if status in statuses
    ]
    if any(low is not None for low, _ in bands[0]):
        handles.append(Patch(color=GREY, alpha=0.3, label="allowed below the baseline"))
    if any(low is not None for low, _ in bands[1]):
        handles.append(Line2D([], [], color=INK, lw=0.9, ls="--", label="least that the anchor allows"))
    if handles:
        axes.figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
