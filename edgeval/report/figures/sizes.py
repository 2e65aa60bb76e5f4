"""Figures over the number of parameters: error, class inequality, calibration (the paper's 1, 3, 5 and 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from edgeval.report.figures.drawing import Figure, canvas, csv_text, legend_below, parameter_axis, svg_text
from edgeval.report.figures.fit import local_figure, residual_figure
from edgeval.report.figures.overlap import overlap_figure
from edgeval.report.figures.series import (
    deployed,
    drawn_families,
    endpoints,
    lone_mark,
    params_of,
    values_of,
)
from edgeval.report.view import SizeModel, Sizes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def size_figures(document: Sizes) -> Iterator[Figure]:
    """All figures over sizes; none where fewer than two models have a known size."""
    if len({model["params"] for model in document["models"] if model["params"]}) < 2:
        return
    for draw in (_error, residual_figure, local_figure, overlap_figure, _gini, _extremes, _calibration):
        figure = draw(document)
        if figure is not None:
            yield figure


def _error(document: Sizes) -> Figure:
    rows, fits, names = [], [], []
    with canvas() as (figure, axes):
        for family, models, colour, marker in drawn_families(document):
            names.append(family)
            moved = any(model["validated_stage"] != model["deployed_stage"] for model in models)
            for filled in (False, True) if moved else (True,):
                stages = [m["deployed_stage"] if filled else m["validated_stage"] for m in models]
                figures = [m["stages"][stage] for m, stage in zip(models, stages, strict=True)]
                errors = [1 - figure["accuracy"] for figure in figures]
                spread = [figure["std"]["accuracy"] or 0.0 for figure in figures]
                axes.errorbar(
                    params_of(models), [100 * e for e in errors], [100 * s for s in spread], fmt=marker,
                    color=colour, mfc=colour if filled else "white", capsize=2, ms=6 if filled else 9,
                    zorder=3 if filled else 2, label=f"{family}, {'deployed' if filled else 'validated'}",
                )  # fmt: skip
                rows += [
                    (m["id"], m["params"], stage, e, f["std"]["accuracy"])
                    for m, stage, e, f in zip(models, stages, errors, figures, strict=True)
                ]
            fits += _fit_lines(axes, document, models, colour)
        _error_axis(axes, [row[3] for row in rows])
        parameter_axis(axes)
        axes.set_ylabel("top-1 error, %")
        legend_below(axes)
        svg = svg_text(figure, "error")
    fit_text = "; ".join(fits) or "too few sizes for a power law"
    return Figure(
        "error",
        "Error against size",
        f"Filled marks are the deployed stage, open ones the validated stage; bars are one standard deviation over the "
        f"seeds; dashed lines are power laws of the deployed stage ({fit_text}).",
        f"Top-1 error against parameters on logarithmic axes for {_listed(names)}. {fit_text}. "
        + endpoints(document, lambda model: 1 - deployed(model)["accuracy"], "error"),
        svg,
        csv_text(("model", "params", "stage", "error", "error_std"), rows),
        paper="1 a",
    )


def _fit_lines(axes: Axes, document: Sizes, models: list[SizeModel], colour: str) -> list[str]:
    """Draw the family's power law at its deployed stage; returns it in words."""
    import numpy as np

    stage = models[-1]["deployed_stage"]
    texts = []
    for fit in document["scaling"]:
        if (fit["family"], fit["stage"]) != (models[0]["family"], stage):
            continue
        smallest, largest = params_of((models[0], models[-1]))
        params = np.geomspace(smallest, largest, 50)
        axes.plot(
            params, 100 * np.exp(fit["intercept"]) * params ** -fit["mean_alpha"], "--", color=colour, lw=1.2
        )
        spread = "" if fit["alpha_std"] is None else f" ± {fit['alpha_std']:.3f}"
        r2 = "" if fit["r2"] is None or len(fit["models"]) < 3 else f", R² {fit['r2']:.3f}"
        texts.append(
            f"{fit['family']}: error ~ N^-{fit['alpha']:.3f}{spread}{r2}, {len(fit['models'])} sizes"
        )
    return texts


def _gini(document: Sizes) -> Figure | None:
    return _metric_figure(
        document, "gini", "Gini of class accuracy", "gini_null",
        Figure(
            paper="5 a", svg="", csv="",
            id="gini",
            title="How unequal are the classes?",
            caption="Gini coefficient of per-class accuracy: 0 means that all classes are equally accurate. Dotted: "
            "what the size of the test set alone would produce if they were.",
            alt="Gini coefficient of per-class accuracy against parameters. "
            + endpoints(document, lambda model: deployed(model)["gini"], "Gini", "{:.3f}"),
        ),
    )  # fmt: skip


def _calibration(document: Sizes) -> Figure | None:
    return _metric_figure(
        document, "ece", "expected calibration error", None,
        Figure(
            paper="6", svg="", csv="",
            id="ece",
            title="Is the confidence honest?",
            caption="Expected calibration error at the deployed stage: the mean gap between how sure a model is and "
            "how often it is right (15 bins, 0 is best).",
            alt="Expected calibration error against parameters. "
            + endpoints(document, lambda model: deployed(model)["ece"], "ECE", "{:.3f}"),
        ),
    )  # fmt: skip


def _metric_figure(
    document: Sizes,
    metric: Literal["gini", "ece"],
    label: str,
    null: Literal["gini_null"] | None,
    words: Figure,
) -> Figure | None:
    """A metric of the deployed stage over sizes with its spread, and its null as a dotted line."""
    if all(deployed(model)[metric] is None for model in document["models"]):
        return None
    rows = []
    with canvas() as (figure, axes):
        for family, models, colour, marker in drawn_families(document):
            known = [m for m in models if deployed(m)[metric] is not None]
            params = params_of(known)
            values = [deployed(m)[metric] or 0.0 for m in known]
            stds = [deployed(m)["std"][metric] for m in known]
            axes.errorbar(
                params,
                values,
                [std or 0 for std in stds],
                fmt=f"{marker}-",
                color=colour,
                capsize=2,
                label=family,
            )
            if null is not None:
                nulls = [deployed(m)[null] or 0.0 for m in known]
                axes.plot(
                    params,
                    nulls,
                    ":",
                    color=colour,
                    marker=lone_mark(known),
                    lw=1.2,
                    label=f"{family}, by chance",
                )
            rows += [(m["id"], m["params"], m["deployed_stage"], deployed(m)[metric], deployed(m)["std"][metric])
                     for m in known]  # fmt: skip
        axes.set_ylim(bottom=0)
        parameter_axis(axes)
        axes.set_ylabel(label)
        legend_below(axes)
        svg = svg_text(figure, words.id)
    header = ("model", "params", "stage", metric, f"{metric}_std")
    return replace(words, svg=svg, csv=csv_text(header, rows))


def _extremes(document: Sizes) -> Figure | None:
    known = [name for name in HARDEST if any(deployed(m)[name] is not None for m in document["models"])]
    if not known:
        return None
    lines = EXTREME_LINES if len(known) == 1 else {name: HARDEST[name] for name in known}
    rows = []
    with canvas() as (figure, axes):
        for family, models, colour, marker in drawn_families(document):
            for name, (style, words) in lines.items():
                drawn = [m for m in models if deployed(m)[name] is not None]
                values = [100 * (deployed(m)[name] or 0.0) for m in drawn]
                axes.plot(
                    params_of(drawn),
                    values,
                    f"{marker}{style}",
                    color=colour,
                    ms=5,
                    label=f"{family}, {words}",
                )
            rows += [(m["id"], m["params"], *values_of(deployed(m), EXTREME_COLUMNS)) for m in models]
        axes.set_ylim(0, 100)
        parameter_axis(axes)
        axes.set_ylabel("class accuracy, %")
        legend_below(axes)
        svg = svg_text(figure, "extremes")
    return Figure(
        "extremes",
        "The hardest classes",
        "Mean accuracy of the hardest classes of each size. What a smaller size gives up, it gives up here first.",
        "Accuracy of the hardest classes against parameters. "
        + endpoints(document, lambda model: deployed(model)["bottom5_accuracy"], "hardest five"),
        svg,
        csv_text(("model", "params", *EXTREME_COLUMNS), rows),
        paper="5 b",
    )


Extreme = Literal[
    "bottom5_accuracy", "bottom10_accuracy", "bottom20_accuracy", "top5_class_accuracy", "accuracy"
]
HARDEST: dict[Extreme, tuple[str, str]] = {
    "bottom5_accuracy": ("-", "hardest 5"),
    "bottom10_accuracy": ("--", "hardest 10"),
    "bottom20_accuracy": (":", "hardest 20"),
}
EXTREME_LINES: dict[Extreme, tuple[str, str]] = {  # where there are too few classes for the hardest 10
    "top5_class_accuracy": (":", "easiest 5"),
    "accuracy": ("--", "all"),
    "bottom5_accuracy": ("-", "hardest 5"),
}
EXTREME_COLUMNS = (
    "bottom5_accuracy", "bottom10_accuracy", "bottom20_accuracy", "accuracy",
    "top20_class_accuracy", "top10_class_accuracy", "top5_class_accuracy",
)  # fmt: skip


def _error_axis(axes: Axes, errors: list[float]) -> None:
    """Logarithmic with plain numbers; linear where a model makes no error, for 0 has no logarithm."""
    from matplotlib.ticker import LogLocator, NullFormatter

    if min(errors) <= 0:
        return
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=range(1, 10) if high / low < 5 else (1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())


def _listed(names: list[str]) -> str:
    return " and ".join(names)
