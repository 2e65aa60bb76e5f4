"""compare.json: models stage by stage, sample by sample and class by class (docs/COMPARE_JSON.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypedDict

from edgeval.documents.detection import Detection
from edgeval.documents.device import DeviceCost, OperatorCost
from edgeval.documents.fields import (
    Count,
    Dataset,
    Fraction,
    FromTo,
    Interval,
    Limits,
    OfKind,
    PerChannel,
    Points,
    SchemaVersion,
    Sha256,
    Some,
    StageName,
)
from edgeval.documents.gate import Against, Gate
from edgeval.documents.layers import Divergence, Explanation, Layers
from edgeval.documents.stage import Overlap, StageFigures

TransitionVerdict = Annotated[
    str,
    Limits(enum=["bit-exact", "float rounding", "rounding only", "quantization", "differs", "diverges",
              "not comparable"]),
]  # fmt: skip
Steps = Annotated[int, Limits(minimum=0, maximum=255)]  # of an int8 output


class _Change(TypedDict):
    """Labels of samples that both stages cover. `lost`: right before, wrong after; `gained`: the other way."""

    predictions: Count
    flipped: Count
    lost: Count
    gained: Count
    wrong_to_other_wrong: Count
    failed_before: Count
    failed_after: Count
    outputs: Count  # values compared; 0 where they cannot be
    outputs_differing: Count
    outputs_one_step: Count
    largest_difference_steps: Steps | None
    verdict: TransitionVerdict
    diverges_at: Divergence | None


class SeedTransition(_Change):
    """One seed between two stages; `largest_difference_score` where outputs are floats."""

    seed: Count
    accuracy_before: Fraction
    accuracy_after: Fraction
    jaccard_errors: Fraction
    largest_difference_score: float | None


class FlippedClass(TypedDict):
    """A true class with flipped labels; counts are sums over the seeds."""

    index: Count
    name: str
    predictions: Count
    lost: Count
    gained: Count
    wrong_to_other_wrong: Count


class Transition(_Change, FromTo):
    """Two neighbouring stages over all seeds that have both: sums, and means of the accuracies and the Jaccard.

    `layers`, `diverges_at` and `explained_by` are of the seed with the worst verdict, None where none was looked into.
    """

    seeds: Count
    accuracy_before: Fraction | None  # None where no seed has both stages
    accuracy_after: Fraction | None
    jaccard_errors: Fraction | None
    verdict_text: str
    layers: Layers | None
    explained_by: list[Explanation] | None
    flipped_classes: list[FlippedClass]
    per_seed: list[SeedTransition]


class Confused(TypedDict):
    """A wrong answer and how often it was given."""

    name: str
    predictions: Some


class ClassChange(TypedDict):
    """One class in the view that was judged. Accuracies are None for a class without samples; counts of images are
    None where no image of one side belongs to one of the other."""

    index: Count
    name: str
    predictions: Count  # all seeds together
    accuracy_before: Fraction | None
    accuracy_after: Fraction | None
    change_points: Points | None
    lost: Count | None
    gained: Count | None
    wrong_to_other_wrong: Count | None
    confused_with: list[Confused]


class _Judged(TypedDict, total=False):
    """Absent in older documents, whose classes are between a model's own stages."""

    against: Against
    baseline: str
    accuracy_before: Fraction
    accuracy_after: Fraction
    change_points: Points


class ClassChanges(_Judged, FromTo):
    """Every class between two stages, the largest loser first."""

    seeds: Count
    classes: list[ClassChange]


class Pixels(OfKind):
    """A network sees (pixel / 255 - mean) / std, of samples that are no images (value - mean) / std."""

    mean: PerChannel
    std: PerChannel


class _MadeBy(TypedDict, total=False):
    """Absent in older documents."""

    preprocessing: Pixels | None
    delegate: str | None  # what computes in place of the runtime's own kernels
    threads: Some | None
    network: str | None  # stage float: name and hash of the code that builds it
    method: int | None  # counts up when stages are evaluated in another way


class Provenance(_MadeBy):
    """Where the predictions of a seed and stage come from; None is what does not apply or is not known."""

    seed: Count
    stage: StageName
    model_sha256: Sha256 | None
    runtime: str
    target: str | None
    engine: str | None
    firmware_sha256: Sha256 | None


class SplitPart(FromTo):
    """A part of the change of accuracy, in points, with its interval over images."""

    cause: str
    change_points: Points
    interval: Interval


class AccuracySplit(SplitPart):
    """The whole change from the validated to the deployed stage, and the parts that add up to it."""

    samples: Some
    confidence: Fraction  # of the intervals
    resamples: Some
    parts: Annotated[list[SplitPart], Limits(minItems=1)]


class _OfTwoClasses(TypedDict, total=False):
    """Absent where there are more classes, and in older documents."""

    detection: Detection | None


class ComparedModel(DeviceCost, _OfTwoClasses):
    """One model. `params`, `macs` and `size_bytes` (the deployed file) are None where they are not known."""

    id: str
    family: str
    params: Count | None
    macs: Count | None
    size_bytes: Count | None
    seeds: Annotated[Sequence[Count], Limits(minItems=1)]
    validated_stage: StageName
    deployed_stage: StageName
    stages: Annotated[dict[StageName, StageFigures], Limits(minProperties=1)]
    jaccard_vs_reference: Overlap | None  # at the last stage that has it
    transitions: list[Transition]
    operators: list[OperatorCost]
    profile_sha256: Sha256 | None  # of the file that the device's figures were read from
    provenance: list[Provenance]
    class_changes: ClassChanges
    accuracy_split: AccuracySplit | None


class FamilyFit(TypedDict):
    """The power law error = exp(intercept) * N^-alpha of a family at a stage, over the seeds that all sizes have.

    `alpha` is the mean over the seeds, `mean_alpha` and `intercept` are of the mean error; `r2` is None where all
    errors are equal. `left_out` names sizes with a run without errors.
    """

    family: str
    stage: StageName
    models: Annotated[Sequence[str], Limits(minItems=2)]
    left_out: Sequence[str]
    seeds: Some
    alpha: float
    alpha_std: float | None
    alpha_ci95: Interval | None
    r2: float | None
    intercept: float
    mean_alpha: float
    local_alpha: Sequence[float]


class _Suspicious(TypedDict, total=False):
    """Absent in older documents."""

    suspicious: Sequence[str]  # what makes every figure doubtful


class ComparisonDocument(_Suspicious):
    """`target` and `engine` are None without a device, `reference` where there is none larger."""

    schema_version: SchemaVersion
    edgeval: str
    target: str | None
    engine: str | None
    reference: str | None
    record_only: bool
    dataset: Dataset
    gate: Gate
    warnings: Sequence[str]
    models: Annotated[list[ComparedModel], Limits(minItems=1)]
    scaling: list[FamilyFit]
