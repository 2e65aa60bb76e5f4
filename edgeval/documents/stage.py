"""The figures of a model at one stage, as compare.json has them (docs/COMPARE_JSON.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypedDict

from edgeval.documents.fields import Count, Fraction, Limits, Reliability, Some, StageName


class SeedFigures(TypedDict):
    """The figures of one seed at one stage; None is what the number of classes or missing scores make meaningless."""

    seed: Count
    samples: Some
    failed: Count  # they count as wrong
    accuracy: Fraction
    top5_accuracy: Fraction | None
    gini: Fraction
    gini_null: Fraction
    ece: Fraction | None
    mean_confidence: Fraction | None
    mean_confidence_correct: Fraction | None
    mean_confidence_wrong: Fraction | None
    bottom5_accuracy: Fraction | None
    bottom10_accuracy: Fraction | None
    bottom20_accuracy: Fraction | None
    top5_class_accuracy: Fraction | None
    top10_class_accuracy: Fraction | None
    top20_class_accuracy: Fraction | None
    per_class_accuracy: Sequence[Fraction | None]  # None for a class without samples


class FigureSpread(TypedDict):
    """Sample standard deviation of each figure over the seeds; None for one seed."""

    accuracy: float | None
    top5_accuracy: float | None
    gini: float | None
    gini_null: float | None
    ece: float | None
    mean_confidence: float | None
    mean_confidence_correct: float | None
    mean_confidence_wrong: float | None
    bottom5_accuracy: float | None
    bottom10_accuracy: float | None
    bottom20_accuracy: float | None
    top5_class_accuracy: float | None
    top10_class_accuracy: float | None
    top20_class_accuracy: float | None


class Overlap(TypedDict):
    """Jaccard of a model's errors with its reference's, over all pairs of seeds.

    The reference itself has `cross_seed` alone. `independence` is what independent errors would share, `containment`
    the most that the two error rates allow; `cross_seed` is between the seeds of one model, None for one seed.
    """

    reference: str
    stage: StageName
    mean: Fraction | None
    std: float | None
    independence: Fraction | None
    containment: Fraction | None
    pairs: Count | None
    cross_seed: Fraction | None
    cross_seed_reference: Fraction | None


class StageFigures(TypedDict):
    """One stage of a model: means over the seeds, `failed` their sum, and what the seeds gave."""

    samples: Some
    failed: Count
    seeds: Some
    accuracy: Fraction
    top5_accuracy: Fraction | None
    gini: Fraction
    gini_null: Fraction
    ece: Fraction | None
    mean_confidence: Fraction | None
    mean_confidence_correct: Fraction | None
    mean_confidence_wrong: Fraction | None
    bottom5_accuracy: Fraction | None
    bottom10_accuracy: Fraction | None
    bottom20_accuracy: Fraction | None
    top5_class_accuracy: Fraction | None
    top10_class_accuracy: Fraction | None
    top20_class_accuracy: Fraction | None
    per_class_accuracy: Sequence[Fraction | None]
    std: FigureSpread
    confidence_source: str
    reliability: Reliability | None  # all seeds together; None without scores
    per_seed: Annotated[list[SeedFigures], Limits(minItems=1)]
    jaccard_vs_reference: Overlap | None
