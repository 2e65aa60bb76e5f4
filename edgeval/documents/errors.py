"""The sections of analysis.json about single samples: which errors, which classes, how sure (docs/ANALYSIS.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypedDict

from edgeval.documents.fields import (
    Count,
    Fraction,
    FromTo,
    Interval,
    Limits,
    Reliability,
    Some,
    Spread,
    StageName,
)


class PairOverlap(TypedDict):
    """Jaccard of two models' errors over all pairs of seeds, with its intervals and bounds."""

    model: str
    reference: str
    jaccard: Fraction
    std: float
    pairs: Some
    ci95: Interval
    ci95_covers: str
    independence: Fraction
    containment: Fraction
    above_independence: float
    above_independence_ci95: Interval
    below_containment: float
    below_containment_ci95: Interval
    reference_errors_shared: Fraction
    reference_errors_shared_by_its_seeds: Fraction | None  # None for one seed


class CrossSeed(TypedDict):
    """Jaccard between the seeds of one model; None for one seed."""

    model: str
    jaccard: Fraction | None
    std: float | None
    pairs: Count


class OverlapMatrix(TypedDict):
    """Jaccard of every two models; the diagonal is that of a model's own seeds, None for one seed."""

    models: Sequence[str]
    jaccard: Sequence[Sequence[Fraction | None]]


class OverlapEnd(TypedDict):
    models: Annotated[Sequence[str], Limits(minItems=2, maxItems=2)]
    jaccard: Fraction


class H2(TypedDict):
    """Whether the paper's hypothesis that errors change with size holds; `decisive` is False where two seeds of one
    size share less than `limit` already, None for one seed."""

    supported: bool
    limit: Fraction
    lowest: OverlapEnd
    highest: OverlapEnd
    cross_seed_range: Interval | None
    decisive: bool | None


class OverlapStage(TypedDict):
    """Which errors the models of a stage share; `h2` is None for families of one size."""

    stage: StageName
    samples: Some
    vs_reference: list[PairOverlap]
    adjacent: list[PairOverlap]
    cross_seed: list[CrossSeed]
    matrix: OverlapMatrix
    h2: H2 | None


class OverlapStep(FromTo):
    """Jaccard of one model's errors at two stages, mean over the seeds."""

    model: str
    samples: Some
    seeds: Some
    jaccard: Fraction
    std: float
    independence: Fraction
    containment: Fraction
    ci95: Interval


class WorstClass(TypedDict):
    name: str
    accuracy: Fraction


class GivenUp(TypedDict):
    """A class significantly below a third of the model's accuracy; `at_most` is the upper end of its interval."""

    index: Count
    name: str
    accuracy: Fraction
    at_most: Fraction


class TriageModel(TypedDict):
    """Inequality of one model's classes; extremes are None unless there are more than k classes."""

    model: str
    accuracy: Fraction
    accuracy_std: float | None
    gini: Spread
    gini_null: Fraction
    bottom5_accuracy: Spread | None
    bottom10_accuracy: Spread | None
    bottom20_accuracy: Spread | None
    top5_class_accuracy: Spread | None
    top10_class_accuracy: Spread | None
    top20_class_accuracy: Spread | None
    worst_class: WorstClass
    given_up: list[GivenUp]
    gini_without_noise: float
    gini_ci95: Interval
    equal_classes_p: Fraction
    gini_minus_reference: float | None  # None for the reference itself
    gini_minus_reference_ci95: Interval | None


class Heatmap(TypedDict):
    """Accuracy by model and class, the hardest class first; None for a class without samples."""

    models: Sequence[str]
    classes: Sequence[str]
    class_indices: Sequence[Count]
    accuracy: Sequence[Sequence[Fraction | None]]


class TriageStage(TypedDict):
    stage: StageName
    samples: Some
    class_sizes: Sequence[Count]
    models: list[TriageModel]
    heatmap: Heatmap


class Temperature(TypedDict):
    """Fitted on half of the images; the ECEs are of the other half."""

    value: float
    std: float | None
    ece_before: Fraction
    ece_after: Fraction


class CalibrationModel(TypedDict):
    """Confidence of one model over the samples that ran; intervals are over images."""

    model: str
    confidence_source: str
    ece: Spread
    ece_null: float
    ece_without_noise: float
    ece_ci95: Interval
    calibrated_p: Fraction
    accuracy: Fraction
    mean_confidence: Fraction
    mean_confidence_correct: Fraction | None
    mean_confidence_wrong: Fraction | None
    global_gap: float  # mean confidence less accuracy
    global_gap_ci95: Interval | None
    match: Annotated[str, Limits(enum=["calibrated", "global match only", "overconfident", "underconfident"])]
    ece_beyond_global_gap: float
    reliability: Reliability
    temperature: Temperature | None


class CalibrationStage(TypedDict):
    """`models` without those whose every sample failed."""

    stage: StageName
    samples: Some
    models: list[CalibrationModel]


class Threshold(TypedDict):
    """One threshold of confidence at both stages, all seeds together; precision is None where nothing is accepted."""

    threshold: Fraction
    confidence_step: float | None  # of one int8 output step; None for float outputs
    distinct_before: float  # different confidences within 0.01 of the threshold, mean over the seeds
    distinct_after: float
    coverage_before: Fraction | None
    coverage_after: Fraction | None
    precision_before: Fraction | None
    precision_after: Fraction | None
    decisions_changed: Fraction | None


class Thresholds(FromTo):
    """What a threshold chosen at the first stage does at a later one; `highest_...` confidence that occurs."""

    model: str
    seeds: Count
    highest_before: Fraction | None
    highest_after: Fraction | None
    thresholds: list[Threshold]
