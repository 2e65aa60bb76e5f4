"""What the figures of sizes are drawn from: a comparison with its analysis, or an analysis alone in the same form.

A model here has the keys of docs/COMPARE_JSON.md; what an analysis does not hold is None or empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict, TypeVar, cast

from edgeval.documents.analysis import AnalysisDocument, Offer
from edgeval.documents.compare import ClassChanges, ComparisonDocument, Transition
from edgeval.documents.device import DeviceCost, OperatorCost
from edgeval.documents.errors import CalibrationModel, TriageModel
from edgeval.documents.fields import Reliability, Spread
from edgeval.documents.scaling import LocalStep, Scaling
from edgeval.documents.stage import Overlap


class SizeSpread(TypedDict):
    """Standard deviation over the seeds; None for one seed, or where it is not known."""

    accuracy: float | None
    gini: float | None
    ece: float | None


class SizeStage(TypedDict):
    """One stage of a model, as of a comparison (edgeval.documents.stage.StageFigures); None is what is not known."""

    failed: int
    accuracy: float
    top5_accuracy: float | None
    gini: float | None
    gini_null: float | None
    ece: float | None
    bottom5_accuracy: float | None
    bottom10_accuracy: float | None
    bottom20_accuracy: float | None
    top5_class_accuracy: float | None
    top10_class_accuracy: float | None
    top20_class_accuracy: float | None
    per_class_accuracy: Sequence[float | None]
    std: SizeSpread
    confidence_source: str | None
    reliability: Reliability | None
    jaccard_vs_reference: Overlap | None


class SizeModel(DeviceCost):
    """A model, as of a comparison; without one it has neither transitions nor changes of classes."""

    id: str
    family: str
    params: int | None
    macs: int | None
    size_bytes: int | None
    validated_stage: str
    deployed_stage: str
    stages: dict[str, SizeStage]
    jaccard_vs_reference: Overlap | None
    transitions: list[Transition]
    class_changes: ClassChanges
    operators: list[OperatorCost]


class _Local(TypedDict, total=False):
    """Only of an analysis."""

    local: list[LocalStep]


class SizeFit(_Local):
    """The power law of a family at a stage; `models` are ids."""

    family: str
    stage: str
    models: Sequence[str]
    alpha: float
    alpha_std: float | None
    r2: float | None
    intercept: float
    mean_alpha: float
    local_alpha: Sequence[float]


class SizeData(TypedDict):
    """`classes` is empty and `samples` None for a table."""

    name: str
    classes: Sequence[str]
    samples: int | None


class Sizes(TypedDict):
    """What the figures of sizes and the table of models are made of."""

    dataset: SizeData
    target: str | None
    engine: str | None
    models: list[SizeModel]
    scaling: list[SizeFit]


EXTREMES = tuple(
    f"{end}{k}{what}"
    for end, what in (("bottom", "_accuracy"), ("top", "_class_accuracy"))
    for k in (5, 10, 20)
)
NO_COST = dict.fromkeys(("latency_ms", "instructions", "peak_ram_bytes", "flash_bytes", "fits"))


def view(comparison: ComparisonDocument | None, analysis: AnalysisDocument | None = None) -> Sizes:
    """`dataset`, `target`, `engine`, `models` and `scaling` of a report. One of both documents must be there."""
    if comparison is not None:
        shown = cast(Sizes, comparison)  # it has these keys and more
        scaling = shown["scaling"] if analysis is None else cast("list[SizeFit]", analysis["scaling"])
        return {
            "dataset": shown["dataset"],
            "target": shown["target"],
            "engine": shown["engine"],
            "models": shown["models"],
            "scaling": scaling,
        }
    if analysis is None:
        raise ValueError("neither a comparison nor an analysis was given")
    table: SizeData = {"name": analysis["source"]["name"], "classes": [], "samples": None}
    return {
        "dataset": cast(SizeData, analysis["dataset"]) or table,
        "target": None,
        "engine": None,
        "models": [_model(analysis, row) for row in analysis["frontier"]["models"]],
        "scaling": [_fit(analysis, entry) for entry in analysis["scaling"]],
    }


def _fit(analysis: AnalysisDocument, entry: Scaling) -> SizeFit:
    """With the ids of the models; a table's fit names its sizes within the family."""
    fit = cast(SizeFit, entry)
    if analysis["source"]["kind"] != "table":
        return fit
    return {**fit, "models": [f"{entry['family']} {size}" for size in entry["models"]]}


def _model(analysis: AnalysisDocument, row: Offer) -> SizeModel:
    found = {entry["stage"]: _stage(analysis, entry["stage"], row) for entry in analysis["stages"]}
    stages = {name: figures for name, figures in found.items() if figures}
    made = {
        "id": row["model"],
        "family": row["family"],
        "params": row["params"],
        "macs": row["macs"],
        "size_bytes": row["size_bytes"],
        "validated_stage": next(iter(stages)),
        "deployed_stage": analysis["frontier"]["stage"],
        "stages": stages,
        "jaccard_vs_reference": stages[analysis["frontier"]["stage"]]["jaccard_vs_reference"],
        "transitions": [],
        "class_changes": {"from": None, "to": None, "classes": []},
        **{key: row.get(key) for key in NO_COST},
        "operators": [],
    }
    return cast(SizeModel, made)


def _stage(analysis: AnalysisDocument, stage: str, row: Offer) -> SizeStage | None:
    """The figures of one stage; None where the model lacks it."""
    if analysis["source"]["kind"] == "table":
        std: SizeSpread = {"accuracy": row.get("accuracy_std"), "gini": None, "ece": None}
        return {**_unknown(), "accuracy": row["accuracy"], "ece": row["ece"], "std": std}
    name = row["model"]
    classes = _row([of for e in analysis["triage"] if e["stage"] == stage for of in e["models"]], name)
    confidence = _row(
        [of for e in analysis["calibration"] if e["stage"] == stage for of in e["models"]], name
    )
    if classes is None:
        return None
    gini, ece = classes["gini"], confidence["ece"] if confidence else NO_SPREAD
    extremes = {
        key: (cast("dict[str, Spread | None]", classes)[key] or NO_SPREAD)["mean"] for key in EXTREMES
    }
    figures = {
        **_unknown(),
        **extremes,
        "accuracy": classes["accuracy"],
        "gini": gini["mean"],
        "gini_null": classes["gini_null"],
        "ece": ece["mean"],
        "std": {"accuracy": classes.get("accuracy_std"), "gini": gini["std"], "ece": ece["std"]},
        "per_class_accuracy": _class_accuracies(analysis, stage, name),
        "jaccard_vs_reference": _overlap(analysis, stage, name),
        "reliability": confidence.get("reliability") if confidence else None,
        "confidence_source": confidence.get("confidence_source") if confidence else None,
    }
    return cast(SizeStage, figures)


NO_SPREAD: Spread = {"mean": None, "std": None}


def _unknown() -> SizeStage:
    nothing = ("top5_accuracy", "gini", "gini_null", "ece", "confidence_source", "reliability",
               "jaccard_vs_reference", *EXTREMES)  # fmt: skip
    return cast(SizeStage, {**dict.fromkeys(nothing), "failed": 0, "per_class_accuracy": []})


Row = TypeVar("Row", TriageModel, CalibrationModel)


def _row(rows: Sequence[Row], model: str) -> Row | None:
    return next((row for row in rows if row["model"] == model), None)


def _class_accuracies(analysis: AnalysisDocument, stage: str, model: str) -> list[float | None]:
    """By index of the class; the analysis has the classes in the order of their difficulty."""
    (heatmap,) = [entry["heatmap"] for entry in analysis["triage"] if entry["stage"] == stage]
    values = heatmap["accuracy"][heatmap["models"].index(model)]
    return [value for _, value in sorted(zip(heatmap["class_indices"], values, strict=True))]


def _overlap(analysis: AnalysisDocument, stage: str, model: str) -> Overlap | None:
    (entry,) = [entry for entry in analysis["overlap"] if entry["stage"] == stage]
    own = {row["model"]: row["jaccard"] for row in entry["cross_seed"]}
    row = next((row for row in entry["vs_reference"] if row["model"] == model), None)
    if row is None:
        return None
    return {
        "reference": row["reference"],
        "stage": stage,
        "mean": row["jaccard"],
        "std": row["std"],
        "independence": row["independence"],
        "containment": row["containment"],
        "pairs": row["pairs"],
        "cross_seed": own[model],
        "cross_seed_reference": own[row["reference"]],
    }
