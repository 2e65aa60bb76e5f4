"""The figure of error overlap with everything it has to be judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeval.documents.stage import Overlap
from edgeval.report.figures.drawing import (
    INK,
    Figure,
    canvas,
    csv_text,
    legend_below,
    parameter_axis,
    svg_text,
)
from edgeval.report.figures.series import drawn_families, lone_mark, params_of, percent, values_of
from edgeval.report.view import SizeModel, Sizes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


COLUMNS = ("stage", "reference", "mean", "std", "pairs", "independence", "containment", "cross_seed")
CSV_HEADER = ("model", "params", "stage", "reference", "jaccard", *COLUMNS[3:])


def overlap_figure(document: Sizes) -> Figure | None:
    """Jaccard overlap of each size with its reference; None where no size has one."""
    rows, texts = [], []
    with canvas() as (figure, axes):
        for family, models, colour, marker in drawn_families(document):
            seen = [(m, of) for m in models if (of := m["jaccard_vs_reference"]) and of["mean"] is not None]
            if not seen:
                continue
            _draw(axes, family, seen, colour, marker)
            for model, value in seen:
                rows.append((model["id"], model["params"], *values_of(value, COLUMNS)))
                texts.append(f"{model['id']} shares {percent(value['mean'])} with {value['reference']}")
        if not rows:
            return None
        _reference_legend(axes)
        parameter_axis(axes)
        axes.set_ylim(0, 1)
        axes.set_ylabel("Jaccard of the error sets")
        svg = svg_text(figure, "overlap")
    return Figure(
        "overlap",
        "Do small models fail on the same images?",
        "Share of errors that a model and its reference have in common (1: the same images). Judge it by its "
        "references: dotted is chance, dashed the most that the two error rates allow, a cross what another "
        "seed of the same size reaches.",
        "Jaccard overlap of the error sets with the reference. " + "; ".join(texts[:8]) + ".",
        svg,
        csv_text(CSV_HEADER, rows),
        paper="3",
    )


def _draw(axes: Axes, family: str, seen: list[tuple[SizeModel, Overlap]], colour: str, marker: str) -> None:
    """The line of one family, its two bounds, and crosses where seeds of one size can be compared."""
    params, values = params_of(model for model, _ in seen), [value for _, value in seen]
    means, stds = [v["mean"] or 0.0 for v in values], [v["std"] or 0.0 for v in values]
    axes.errorbar(params, means, stds, fmt=f"{marker}-", color=colour, capsize=2, zorder=3, label=family)
    most, chance = [v["containment"] or 0.0 for v in values], [v["independence"] or 0.0 for v in values]
    single = lone_mark(seen)
    for bounds, style in ((most, "--"), (chance, ":")):
        axes.plot(params, bounds, style, color=colour, marker=single, ms=5, lw=1.2)
    crossed = [(p, v["cross_seed"]) for p, v in zip(params, values, strict=True) if v["cross_seed"]]
    axes.plot(*zip(*crossed, strict=True) if crossed else ([], []), "x", color=colour, ms=7, mew=1.6)


def _reference_legend(axes: Axes) -> None:
    from matplotlib.lines import Line2D

    handles = axes.get_legend_handles_labels()[0]
    handles += [
        Line2D([], [], color=INK, ls="--", lw=1.2, label="containment (most possible)"),
        Line2D([], [], color=INK, ls=":", lw=1.2, label="independence (chance)"),
        Line2D([], [], color=INK, ls="", marker="x", ms=7, mew=1.6, label="another seed, same size"),
    ]
    legend_below(axes, handles)
