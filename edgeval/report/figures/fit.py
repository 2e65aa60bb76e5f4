"""What a single power law hides: the residuals of its fit, and the exponents between neighbouring sizes."""

from __future__ import annotations

import numpy as np

from edgeval.report.figures.drawing import (
    GREY,
    Figure,
    canvas,
    csv_text,
    legend_below,
    parameter_axis,
    svg_text,
)
from edgeval.report.figures.series import deployed, drawn_families, params_of
from edgeval.report.view import SizeFit, SizeModel, Sizes

LARGE_MODELS = (
    0.076  # exponent of language models over parameters, Kaplan et al. 2020, as the paper quotes it
)


def residual_figure(document: Sizes) -> Figure | None:
    """Distance of every size from its family's power law; None where no family has three sizes."""
    rows = []
    with canvas() as (figure, axes):
        axes.axhline(0, color=GREY, lw=1, ls="--")
        for family, models, colour, marker in drawn_families(document):
            fit = _fit(document, models)
            if fit is None or len(fit["models"]) < 3:
                continue
            fitted = [m for m in models if m["id"] in fit["models"]]
            values = [_residual(fit, model) for model in fitted]
            axes.plot(params_of(fitted), values, f"{marker}-", color=colour, label=family, lw=1.2)
            rows += [(m["id"], m["params"], fit["stage"], v) for m, v in zip(fitted, values, strict=True)]
        if not rows:
            return None
        parameter_axis(axes)
        axes.set_ylabel("error above or below the fit, %")
        legend_below(axes)
        svg = svg_text(figure, "residuals")
    return Figure(
        "residuals",
        "What the power law misses",
        "Distance of each size's error from its family's power law, deployed stage. Points that scatter around 0 speak "
        "for one law; an arc says that it bends.",
        "Residuals of the power law against parameters. "
        + "; ".join(f"{name} {value:+.1f} %" for name, _, _, value in rows[:8])
        + ".",
        svg,
        csv_text(("model", "params", "stage", "residual_percent"), rows),
        paper="1 b",
    )


def local_figure(document: Sizes) -> Figure | None:
    """Exponent between neighbouring sizes; None where no family has three."""
    rows = []
    with canvas() as (figure, axes):
        axes.axhline(0, color=GREY, lw=0.8)
        axes.axhline(LARGE_MODELS, color=GREY, lw=1, ls="--", label=f"large language models, {LARGE_MODELS}")
        for _, models, colour, marker in drawn_families(document):
            fit = _fit(document, models)
            if fit is None or len(fit["local_alpha"]) < 2:
                continue
            params = np.array(params_of(m for m in models if m["id"] in fit["models"]), float)
            middles = np.sqrt(params[1:] * params[:-1])
            spread = [step["std"] or 0.0 for step in fit.get("local", [])] or np.zeros(len(middles))
            axes.errorbar(
                middles, fit["local_alpha"], spread, fmt=f"{marker}-", color=colour, capsize=2, label=fit["family"]
            )  # fmt: skip
            ends = zip(fit["models"][:-1], fit["models"][1:], middles.tolist(), strict=True)
            rows += [
                (fit["family"], fit["stage"], small, large, middle, alpha)
                for (small, large, middle), alpha in zip(ends, fit["local_alpha"], strict=True)
            ]
        if not rows:
            return None
        parameter_axis(axes, "parameters, geometric mean of two neighbours")
        axes.set_ylabel("local exponent")
        legend_below(axes)
        svg = svg_text(figure, "local")
    return Figure(
        "local",
        "What the next size buys",
        "Scaling exponent between neighbouring sizes, deployed stage: how fast the error falls there. Near 0 more "
        "parameters buy nothing. Bars, where shown, are one standard deviation over the seeds.",
        "Local scaling exponents against parameters. "
        + "; ".join(f"{alpha:.3f} from {small} to {large}" for _, _, small, large, _, alpha in rows[:8])
        + ".",
        svg,
        csv_text(("family", "stage", "from", "to", "params", "local_alpha"), rows),
        paper="2",
    )


def _fit(document: Sizes, models: list[SizeModel]) -> SizeFit | None:
    """The family's power law at its deployed stage."""
    wanted = (models[0]["family"], models[-1]["deployed_stage"])
    return next((fit for fit in document["scaling"] if (fit["family"], fit["stage"]) == wanted), None)


def _residual(fit: SizeFit, model: SizeModel) -> float:
    """Percent by which the error lies above the fit."""
    expected = np.exp(fit["intercept"]) * (model["params"] or 0) ** -fit["mean_alpha"]
    return float(100 * ((1 - deployed(model)["accuracy"]) / expected - 1))
