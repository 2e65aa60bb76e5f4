"""robustness.json: what corrupted images do to each size, class by class (docs/ROBUSTNESS.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypedDict

from edgeval.documents.fields import (
    Count,
    Dataset,
    Fraction,
    FromTo,
    Interval,
    Limits,
    ModelFile,
    SchemaVersion,
    Some,
    StageName,
)

Severity = Annotated[int, Limits(minimum=1, maximum=5)]
Correlation = Annotated[float, Limits(minimum=-1, maximum=1)]


class RobustnessSource(TypedDict):
    kind: Annotated[str, Limits(enum=["grid"])]
    name: str


class CorruptionAccuracy(TypedDict):
    """One corruption by severity, in the order of `severities`; ECE is None where no sample ran."""

    corruption: str
    accuracy: Sequence[Fraction]
    ece: Sequence[Fraction | None]


class ClassHit(TypedDict):
    name: str
    drop: float  # a fraction of accuracy


class ShiftedModel(TypedDict):
    """One size: means over seeds, and for corrupted images over corruptions and severities; drops are fractions."""

    model: str
    family: str
    params: Some
    seeds: Some
    accuracy: Fraction
    corrupted_accuracy: Fraction
    drop: float
    drop_ci95: Interval
    error_ratio: float | None  # errors on corrupted over clean images; None without an error on clean ones
    ece: Fraction | None
    corrupted_ece: Fraction | None
    by_corruption: list[CorruptionAccuracy]
    class_accuracy: Sequence[float | None]  # None for a class without samples
    corrupted_class_accuracy: Sequence[float | None]
    hardest_hit: list[ClassHit]


class ShiftedStage(TypedDict):
    stage: StageName
    models: Annotated[list[ShiftedModel], Limits(minItems=1)]


class ExtraDrop(FromTo):
    """What a later stage loses to corruption on top of the first one, as fractions of accuracy."""

    model: str
    drop_before: float
    drop_after: float
    extra_drop: float
    extra_drop_ci95: Interval


class ClassDrops(TypedDict):
    """Rank correlation over the classes of the losses by shrinking and by corruption, from disjoint images.

    `same_classes` is True where the interval lies above 0, False below, None where it holds 0 or is not defined;
    `repeat_...` is the correlation of a loss with itself on other images.
    """

    stage: StageName
    model: str
    reference: str
    classes: Count
    spearman: Correlation
    ci95: Interval | None
    same_classes: bool | None
    repeat_shrinking: Correlation
    repeat_corruption: Correlation
    by_corruption: dict[str, Correlation]


class Bounds(TypedDict):
    """Jaccard of independent errors, and the most that the two error rates allow."""

    independence: Fraction
    containment: Fraction


class _Jaccard(Bounds):
    jaccard: Fraction


class OwnOverlap(_Jaccard):
    """Errors on clean and on corrupted images of the same seed."""

    severity: Severity
    ci95: Interval


class OwnOverlaps(TypedDict):
    stage: StageName
    model: str
    by_severity: list[OwnOverlap]


class SizeOverlap(_Jaccard):
    """Errors of a small net on clean images and of the large one at a severity, 0 for clean images."""

    severity: Annotated[int, Limits(minimum=0, maximum=5)]
    reference_accuracy: Fraction


class SizeOverlaps(TypedDict):
    stage: StageName
    model: str
    reference: str
    by_severity: list[SizeOverlap]


class CorruptedOverlap(TypedDict):
    corrupted_against_clean: list[OwnOverlaps]
    small_against_large: list[SizeOverlaps]


class RobustnessSections(TypedDict):
    """What follows from the masks of errors."""

    stages: Annotated[list[ShiftedStage], Limits(minItems=1)]
    steps: list[ExtraDrop]
    class_drops: list[ClassDrops]
    overlap: CorruptedOverlap


class RobustnessDocument(RobustnessSections):
    """`samples` of the test set were corrupted, with noise from `corruption_seed`."""

    schema_version: SchemaVersion
    edgeval: str
    source: RobustnessSource
    dataset: Dataset
    samples: Some
    corruption_seed: Count
    corruptions: Annotated[Sequence[str], Limits(minItems=1)]
    severities: Annotated[Sequence[Severity], Limits(minItems=1)]
    models: list[ModelFile]
    resamples: Some
