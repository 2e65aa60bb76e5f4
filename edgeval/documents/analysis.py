"""analysis.json: what a family of sizes does, stage by stage (docs/ANALYSIS.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypedDict

from edgeval.documents.device import DeviceCost
from edgeval.documents.errors import CalibrationStage, OverlapStage, OverlapStep, Thresholds, TriageStage
from edgeval.documents.fields import (
    Count,
    Dataset,
    Fraction,
    Limits,
    ModelFile,
    SchemaVersion,
    Some,
)
from edgeval.documents.scaling import ActivationRank, AnyStage, FamilyTest, Scaling, Spectrum

Unit = Annotated[str, Limits(enum=["percent", "fraction"])]


class _Units(TypedDict, total=False):
    """Only of a table: the units that its columns were read as; `ece_unit` is None without the column."""

    accuracy_unit: Unit
    ece_unit: Unit | None


class AnalysisSource(_Units):
    kind: Annotated[str, Limits(enum=["grid", "table"])]
    name: str


class AnalysedStage(TypedDict):
    """The samples that all runs of a stage share; None for a table. `whole`: they are the whole test set."""

    stage: AnyStage
    samples: Some | None
    whole: bool | None


class Offer(DeviceCost):
    """What a size offers and costs: means over the seeds, None where not known; the cost is that on the target.

    `on_frontiers`: by quality the costs for which no other size is as cheap and as good; `unfit`: why it does not fit.
    """

    model: str
    family: str
    params: Some
    accuracy: Fraction
    worst_seed_accuracy: Fraction
    accuracy_std: float | None
    accuracy_low: float | None  # lower end of the 95 % interval
    worst_class: str | None
    worst_class_accuracy: Fraction | None
    ece: Fraction | None
    macs: Count | None
    size_bytes: Count | None
    unfit: Sequence[str]
    on_frontier: bool
    on_frontiers: dict[str, list[str]]


class Frontier(TypedDict):
    """The sizes at the judged stage, smallest first; `sources` says where each column comes from."""

    stage: AnyStage
    target: str | None
    engine: str | None
    sources: dict[str, str]
    models: list[Offer]


class Floors(TypedDict):
    """What the user asks for; None where nothing was asked."""

    min_accuracy: Fraction | None
    min_class_accuracy: Fraction | None
    max_ece: Fraction | None
    max_latency_ms: float | None
    max_ram_bytes: Count | None
    max_flash_bytes: Count | None


class Budgets(TypedDict):
    """What the target has."""

    target: str
    engine: str
    ram_bytes: Count
    flash_bytes: Count


class Refused(TypedDict):
    model: str
    params: Some
    reasons: Annotated[Sequence[str], Limits(minItems=1)]


class Choice(TypedDict):
    """The smallest size that meets all floors and budgets; `model` and `params` are None where none does."""

    floors: Floors
    budgets: Budgets | None
    model: str | None
    params: Some | None
    cautions: Sequence[str]
    refused: list[Refused]


class Statement(TypedDict):
    """A statement of the paper on the figures of a stage."""

    stage: AnyStage
    section: str
    statement: str
    holds: bool
    evidence: str


class _Models(TypedDict, total=False):
    """Absent in older documents."""

    models: list[ModelFile]


class AnalysisDocument(_Models):
    """Of a table, `dataset` and `resamples` are None and all that needs predictions is empty."""

    schema_version: SchemaVersion
    edgeval: str
    source: AnalysisSource
    dataset: Dataset | None
    stages: Annotated[list[AnalysedStage], Limits(minItems=1)]
    resamples: Some | None
    warnings: Sequence[str]
    scaling: list[Scaling]
    family_tests: list[FamilyTest]
    overlap: list[OverlapStage]
    steps: list[OverlapStep]
    triage: list[TriageStage]
    calibration: list[CalibrationStage]
    thresholds: list[Thresholds]
    spectrum: Spectrum | None
    activation_rank: ActivationRank | None
    frontier: Frontier
    size_to_ship: Choice | None  # None without floors
    paper: list[Statement]
