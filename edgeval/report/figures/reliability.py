"""How often a model is right when it claims a confidence."""

from __future__ import annotations

from typing import cast

from edgeval.documents.fields import Reliability
from edgeval.report.figures.drawing import GREY, SERIES, Figure, canvas, csv_text, legend_below, svg_text
from edgeval.report.figures.series import deployed
from edgeval.report.view import Sizes, SizeStage

CURVES = 6  # more reliability curves than palette entries could not be told apart


def reliability_figure(document: Sizes) -> Figure | None:
    """The reliability diagram; None where no stage has confidences."""
    curves = reliability_curves(document)
    if not curves:
        return None
    rows = []
    with canvas() as (figure, axes):
        axes.plot((0, 100), (0, 100), "--", color=GREY, lw=1, label="honest")
        for (name, stage), (colour, marker) in zip(curves, SERIES[: len(curves)], strict=True):
            table = cast(Reliability, stage["reliability"])
            points = [
                (confidence or 0.0, accuracy or 0.0, samples)
                for confidence, accuracy, samples in zip(
                    table["confidence"], table["accuracy"], table["samples"], strict=True
                )
                if samples
            ]
            axes.plot(
                [100 * p[0] for p in points], [100 * p[1] for p in points], f"{marker}-", color=colour, ms=4, lw=1.2,
                label=f"{name}, ECE {stage['ece']:.3f}",
            )  # fmt: skip
            rows += [(name, *point) for point in points]
        axes.set_xlim(0, 100)
        axes.set_ylim(0, 100)
        axes.set_xlabel("confidence, %")
        axes.set_ylabel("accuracy, %")
        legend_below(axes)
        svg = svg_text(figure, "reliability")
    sources = sorted({stage["confidence_source"] or "" for _, stage in curves})
    return Figure(
        "reliability",
        "Reliability diagram",
        f"How often a model is right when it claims a confidence; below the dashed line it is overconfident. "
        f"Confidence is {' or '.join(sources)}. All seeds together; bins with few samples scatter.",
        "Reliability diagram. "
        + "; ".join(f"{name}: ECE {stage['ece']:.3f}" for name, stage in curves)
        + ".",
        svg,
        csv_text(("curve", "confidence", "accuracy", "samples"), rows),
    )


def reliability_curves(document: Sizes) -> list[tuple[str, SizeStage]]:
    """What the reliability diagram shows: the stages of a single model, or sizes spread over the grid."""
    models = document["models"]
    if len(models) == 1:
        curves = list(models[0]["stages"].items())
    else:
        ordered = sorted(models, key=lambda model: (model["params"] or 0, model["id"]))
        step = max(1, -(-len(ordered) // CURVES))
        picked = [*ordered[:-1:step][: CURVES - 1], ordered[-1]]
        curves = [(f"{model['id']} {model['deployed_stage']}", deployed(model)) for model in picked]
    return [(name, stage) for name, stage in curves if stage["reliability"]][:CURVES]
