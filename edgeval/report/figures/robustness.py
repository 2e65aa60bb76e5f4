"""Figures of corrupted images: accuracy against severity, and whether corruption hurts what shrinking hurts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edgeval.documents.robustness import ClassDrops, RobustnessDocument, ShiftedModel
from edgeval.report.figures.drawing import (
    GREY,
    INK,
    SERIES,
    WIDTH,
    Figure,
    canvas,
    csv_text,
    legend_below,
    panels,
    svg_text,
)
from edgeval.report.figures.series import families, percent
from edgeval.report.words.numbers import decimal
from edgeval.report.words.robustness import judged_stage, spaced

DRAWN = 6  # sizes whose lines can be told apart: the smallest and the largest of each family first
STYLES = ("-", "--", ":")  # of the sizes of a family


def robustness_figures(document: RobustnessDocument | None) -> list[Figure]:
    """At the stage nearest to the device; none without corrupted images."""
    return [*_figures(document)] if document else []


def _figures(document: RobustnessDocument) -> Iterator[Figure]:
    yield _severities(document)
    stage = judged_stage(document)
    rows = [row for row in document["class_drops"] if row["stage"] == stage]
    if rows:
        yield _correlations(rows)


def _severities(document: RobustnessDocument) -> Figure:
    models, names = document["stages"][-1]["models"], document["corruptions"]
    drawn = _drawn(models)
    levels = [0, *document["severities"]]
    with panels(len(names), WIDTH, 0.9 + 0.18 * len(drawn) + 1.45 * -(-len(names) // 2)) as (figure, grid):
        for index, (axes, name) in enumerate(zip(grid, names, strict=True)):
            for row, style in drawn:
                values = [row["accuracy"], *row["by_corruption"][index]["accuracy"]]
                axes.plot(
                    levels, [100 * value for value in values], ms=4, lw=1.3, label=row["model"], **style
                )
            axes.set_title(spaced(name))
            axes.set_xticks(levels, ["clean", *map(str, document["severities"])])
            axes.set_ylim(bottom=0)
        figure.supylabel("accuracy, %", fontsize=9)
        legend_below(grid[0])
        svg = svg_text(figure, "severity")
    header = ("model", "corruption", "clean", *(f"severity_{level}" for level in document["severities"]))
    rows = [
        (row["model"], of["corruption"], row["accuracy"], *of["accuracy"])
        for row in models
        for of in row["by_corruption"]
    ]
    some = "" if len(drawn) == len(models) else f" {len(drawn)} of {len(models)} sizes; the table has all."
    return Figure(
        "severity",
        "Accuracy against severity",
        f"Each corruption at stage {judged_stage(document)}, from clean images on.{some}",
        f"Accuracy against severity of {len(names)} corruptions. "
        + "; ".join(
            f"{row['model']}: clean {percent(row['accuracy'])}, corrupted {percent(row['corrupted_accuracy'])}"
            for row, _ in drawn
        )
        + ".",
        svg,
        csv_text(header, rows),
    )


def _drawn(models: list[ShiftedModel]) -> list[tuple[ShiftedModel, dict[str, Any]]]:
    """Sizes with their style: colour and mark of the family; full, dashed and dotted from the largest size on."""
    found = families(models)
    most = max(1, min(len(STYLES), DRAWN // len(found)))
    chosen = []
    for index, of_family in enumerate(found.values()):
        colour, marker = SERIES[index % len(SERIES)]
        largest_first = _spread(of_family[::-1], most)
        for row, style in zip(largest_first, STYLES, strict=False):
            fill = colour if style == "-" else "white"
            chosen.append((row, {"color": colour, "marker": marker, "ls": style, "mfc": fill}))
    return chosen[:DRAWN]


def _spread(rows: list[ShiftedModel], most: int) -> list[ShiftedModel]:
    """At most so many, both ends and what lies between at equal steps."""
    if len(rows) <= most:
        return rows
    return rows[:1] if most == 1 else [rows[round(i * (len(rows) - 1) / (most - 1))] for i in range(most)]


def _correlations(rows: list[ClassDrops]) -> Figure:
    with canvas(height=1.5 + 0.3 * len(rows)) as (figure, axes):
        axes.axvline(0, color=INK, lw=0.8)
        for at, row in enumerate(rows):
            alone = list(row["by_corruption"].values())
            axes.plot(
                alone, [at] * len(alone), "|", color=GREY, ms=9, label=_once("one corruption alone", at)
            )
            if row["ci95"] is not None:
                axes.plot(
                    row["ci95"],
                    (at, at),
                    color=SERIES[0][0],
                    lw=2,
                    alpha=0.6,
                    label=_once("95 % interval", at),
                )
            axes.plot(row["spearman"], at, "o", color=SERIES[0][0], label=_once("all corruptions", at))
        axes.set_yticks(range(len(rows)), [row["model"] for row in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(-1.02, 1.02)
        axes.set_xlabel("← other classes  ·  rank correlation  ·  same classes →")
        legend_below(axes)
        svg = svg_text(figure, "classlosses")
    header = ("model", "reference", "spearman", "low95", "high95", *rows[0]["by_corruption"])
    numbers = [
        (row["model"], row["reference"], row["spearman"], *(row["ci95"] or (None, None)),
         *row["by_corruption"].values())
        for row in rows
    ]  # fmt: skip
    ends = list({row["model"]: row for row in (rows[0], rows[-1])}.values())
    return Figure(
        "classlosses",
        "Does corruption hurt the classes that shrinking hurts?",
        f"Rank correlation over {rows[0]['classes']} classes of what each loses by shrinking to this size and by "
        f"corruption, stage {rows[0]['stage']}. An interval that holds 0 cannot tell.",
        "Rank correlation of the classes' losses. "
        + "; ".join(f"{row['model']}: {decimal(row['spearman'], 2)}" for row in ends)
        + ".",
        svg,
        csv_text(header, numbers),
    )


def _once(label: str, at: int) -> str:
    """A label for the legend from the first row alone."""
    return label if at == 0 else "_nolegend_"
