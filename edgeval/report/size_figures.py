"""Figures over the number of parameters: error, error overlap, class inequality, calibration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from edgeval.report.drawing import (
    INK,
    SERIES,
    Figure,
    canvas,
    csv_text,
    legend_below,
    parameter_axis,
    svg_text,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Model = dict[str, Any]


def size_figures(document: dict[str, Any]) -> Iterator[Figure]:
    """All figures over sizes; none where fewer than two models have a known size."""
    if len({model["params"] for model in document["models"] if model["params"]}) < 2:
        return
    for draw in (_error, _overlap, _gini, _extremes, _calibration):
        figure = draw(document)
        if figure is not None:
            yield figure


def families(document: dict[str, Any]) -> dict[str, list[Model]]:
    """The models of known size by family, smallest first."""
    found: dict[str, list[Model]] = {}
    for model in sorted((m for m in document["models"] if m["params"]), key=lambda model: model["params"]):
        found.setdefault(model["family"], []).append(model)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def deployed(model: Model) -> dict[str, Any]:
    """The figures of the stage that is judged."""
    figures: dict[str, Any] = model["stages"][model["deployed_stage"]]
    return figures


def percent(value: float | None) -> str:
    return "unknown" if value is None else f"{100 * value:.1f} %"


def _error(document: dict[str, Any]) -> Figure:
    rows, fits, names = [], [], []
    with canvas() as (figure, axes):
        for family, models, colour, marker in _drawn_families(document):
            names.append(family)
            for stage_of, filled in (("validated_stage", False), ("deployed_stage", True)):
                figures = [model["stages"][model[stage_of]] for model in models]
                errors = [1 - figure["accuracy"] for figure in figures]
                spread = [figure["std"]["accuracy"] or 0.0 for figure in figures]
                axes.errorbar(
                    [m["params"] for m in models], [100 * e for e in errors], [100 * s for s in spread], fmt=marker,
                    color=colour, mfc=colour if filled else "white", capsize=2, ms=6 if filled else 9,
                    zorder=3 if filled else 2, label=f"{family}, {'deployed' if filled else 'validated'}",
                )  # fmt: skip
                rows += [
                    (m["id"], m["params"], m[stage_of], e, f["std"]["accuracy"])
                    for m, e, f in zip(models, errors, figures, strict=True)
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
        + _endpoints(document, lambda model: 1 - deployed(model)["accuracy"], "error"),
        svg,
        csv_text(("model", "params", "stage", "error", "error_std"), rows),
    )


def _fit_lines(axes: Axes, document: dict[str, Any], models: list[Model], colour: str) -> list[str]:
    """Draw the family's power law at its deployed stage; returns it in words."""
    import numpy as np

    stage = models[-1]["deployed_stage"]
    texts = []
    for fit in document["scaling"]:
        if (fit["family"], fit["stage"]) != (models[0]["family"], stage):
            continue
        params = np.geomspace(models[0]["params"], models[-1]["params"], 50)
        axes.plot(
            params, 100 * np.exp(fit["intercept"]) * params ** -fit["mean_alpha"], "--", color=colour, lw=1.2
        )
        spread = "" if fit["alpha_std"] is None else f" ± {fit['alpha_std']:.3f}"
        r2 = "" if fit["r2"] is None or len(fit["models"]) < 3 else f", R² {fit['r2']:.3f}"
        texts.append(
            f"{fit['family']}: error ~ N^-{fit['alpha']:.3f}{spread}{r2}, {len(fit['models'])} sizes"
        )
    return texts


def _overlap(document: dict[str, Any]) -> Figure | None:
    rows, texts = [], []
    with canvas() as (figure, axes):
        for family, models, colour, marker in _drawn_families(document):
            seen = [
                m
                for m in models
                if m["jaccard_vs_reference"] and m["jaccard_vs_reference"]["mean"] is not None
            ]
            if not seen:
                continue
            values = [m["jaccard_vs_reference"] for m in seen]
            params = [m["params"] for m in seen]
            means, stds = [v["mean"] for v in values], [v["std"] for v in values]
            axes.errorbar(
                params, means, stds, fmt=f"{marker}-", color=colour, capsize=2, zorder=3, label=family
            )
            for key, style in (("containment", "--"), ("independence", ":")):
                axes.plot(
                    params, [v[key] for v in values], style, color=colour, marker=_small(seen), ms=5, lw=1.2
                )
            crossed = [(p, v["cross_seed"]) for p, v in zip(params, values, strict=True) if v["cross_seed"]]
            axes.plot(*zip(*crossed, strict=True) if crossed else ([], []), "x", color=colour, ms=7, mew=1.6)
            rows += [(m["id"], m["params"], *_overlap_row(v)) for m, v in zip(seen, values, strict=True)]
            texts += [
                f"{m['id']} shares {percent(v['mean'])} with {v['reference']}"
                for m, v in zip(seen, values, strict=True)
            ]
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
        csv_text(
            (
                "model",
                "params",
                "stage",
                "reference",
                "jaccard",
                "std",
                "pairs",
                "independence",
                "containment",
                "cross_seed",
            ),
            rows,
        ),
    )


def _overlap_row(value: dict[str, Any]) -> tuple[Any, ...]:
    keys = ("stage", "reference", "mean", "std", "pairs", "independence", "containment", "cross_seed")
    return tuple(value[key] for key in keys)


def _small(points: list[Any]) -> str:
    """A mark for lines that would be invisible, for one point is no line."""
    return "_" if len(points) == 1 else ""


def _reference_legend(axes: Axes) -> None:
    from matplotlib.lines import Line2D

    handles = axes.get_legend_handles_labels()[0]
    handles += [
        Line2D([], [], color=INK, ls="--", lw=1.2, label="containment (most possible)"),
        Line2D([], [], color=INK, ls=":", lw=1.2, label="independence (chance)"),
        Line2D([], [], color=INK, ls="", marker="x", ms=7, mew=1.6, label="another seed, same size"),
    ]
    legend_below(axes, handles)


def _gini(document: dict[str, Any]) -> Figure:
    return _metric_figure(
        document, "gini", "Gini of class accuracy", "gini_null",
        Figure(
            "gini",
            "How unequal are the classes?",
            "Gini coefficient of per-class accuracy: 0 means that all classes are equally accurate. Dotted: what the "
            "size of the test set alone would produce if they were.",
            "Gini coefficient of per-class accuracy against parameters. "
            + _endpoints(document, lambda model: deployed(model)["gini"], "Gini", "{:.3f}"),
            "", "",
        ),
    )  # fmt: skip


def _calibration(document: dict[str, Any]) -> Figure:
    return _metric_figure(
        document, "ece", "expected calibration error", None,
        Figure(
            "ece",
            "Is the confidence honest?",
            "Expected calibration error at the deployed stage: the mean gap between how sure a model is and how often "
            "it is right (15 bins, 0 is best).",
            "Expected calibration error against parameters. "
            + _endpoints(document, lambda model: deployed(model)["ece"], "ECE", "{:.3f}"),
            "", "",
        ),
    )  # fmt: skip


def _metric_figure(
    document: dict[str, Any], metric: str, label: str, null: str | None, words: Figure
) -> Figure:
    """A metric of the deployed stage over sizes with its spread, and its null as a dotted line."""
    rows = []
    with canvas() as (figure, axes):
        for family, models, colour, marker in _drawn_families(document):
            known = [m for m in models if deployed(m)[metric] is not None]
            params = [m["params"] for m in known]
            values = [deployed(m)[metric] for m in known]
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
                nulls = [deployed(m)[null] for m in known]
                axes.plot(
                    params,
                    nulls,
                    ":",
                    color=colour,
                    marker=_small(known),
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
    return Figure(words.id, words.title, words.caption, words.alt, svg, csv_text(header, rows))


def _extremes(document: dict[str, Any]) -> Figure | None:
    if all(deployed(model)["bottom5_accuracy"] is None for model in document["models"]):
        return None
    rows = []
    with canvas() as (figure, axes):
        for family, models, colour, marker in _drawn_families(document):
            params = [m["params"] for m in models]
            for name, style, words in (("top5_class_accuracy", ":", "easiest 5"), ("accuracy", "--", "all"),
                                       ("bottom5_accuracy", "-", "hardest 5")):  # fmt: skip
                values = [100 * deployed(m)[name] for m in models]
                axes.plot(params, values, f"{marker}{style}", color=colour, ms=5, label=f"{family}, {words}")
            rows += [
                (m["id"], m["params"], *(deployed(m)[f"{kind}"] for kind in EXTREME_COLUMNS)) for m in models
            ]
        axes.set_ylim(0, 100)
        parameter_axis(axes)
        axes.set_ylabel("class accuracy, %")
        legend_below(axes)
        svg = svg_text(figure, "extremes")
    return Figure(
        "extremes",
        "Hardest and easiest classes",
        "Mean accuracy of the five hardest classes, all classes and the five easiest. Where the solid line falls away "
        "from the dashed one, a size gives up classes.",
        "Accuracy of the hardest and easiest classes against parameters. "
        + _endpoints(document, lambda model: deployed(model)["bottom5_accuracy"], "hardest five"),
        svg,
        csv_text(("model", "params", *EXTREME_COLUMNS), rows),
    )


EXTREME_COLUMNS = (
    "bottom5_accuracy", "bottom10_accuracy", "bottom20_accuracy", "accuracy",
    "top20_class_accuracy", "top10_class_accuracy", "top5_class_accuracy",
)  # fmt: skip


def _endpoints(
    document: dict[str, Any], value: Callable[[Model], float | None], name: str, form: str = ""
) -> str:
    """A sentence with the values of each family's smallest and largest size."""
    parts = []
    for models in families(document).values():
        ends = list(dict.fromkeys(m["id"] for m in (models[0], models[-1])))
        known = {m["id"]: value(m) for m in models}
        shown = {
            i: form.format(known[i]) if form and known[i] is not None else percent(known[i]) for i in ends
        }
        parts.append(", ".join(f"{name} {shown[i]} for {i}" for i in ends))
    return "; ".join(parts) + "."


def _drawn_families(document: dict[str, Any]) -> Iterator[tuple[str, list[Model], str, str]]:
    """Each family with its models, colour and mark."""
    for index, (family, models) in enumerate(families(document).items()):
        yield family, models, *SERIES[index % len(SERIES)]


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
