"""A line of a history (docs/CI.md): one judged comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypedDict

from edgeval.documents.fields import Count, Dataset, Fraction, Limits, SchemaVersion, Sha256, StageName
from edgeval.documents.gate import Acknowledged, Against, GateVerdict, JudgedBy, Status

Time = Annotated[str, Limits(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")]  # UTC


class HistoryPolicy(TypedDict):
    """Where the rules came from, and the hash of them as they were applied."""

    source: str
    sha256: Sha256


class HistoryStage(TypedDict):
    """Means over the seeds; `runtime` is what the figures were computed with."""

    samples: Count
    failed: Count
    accuracy: Fraction
    per_class_accuracy: Sequence[Fraction | None]
    runtime: str
    model_sha256: Sha256 | None
    firmware_sha256: Sha256 | None


class HistoryCost(TypedDict):
    """A device figure and its source: measured, emulated, estimated, or file sizes."""

    value: float
    source: str


class HistoryModel(TypedDict):
    """A model's figures at every stage, and its cost where a device was asked for."""

    id: str
    validated_stage: StageName
    deployed_stage: StageName
    stages: dict[str, HistoryStage]
    latency_ms: HistoryCost | None
    instructions: HistoryCost | None
    peak_ram_bytes: HistoryCost | None
    flash_bytes: HistoryCost | None


class HistoryClasses(TypedDict):
    """One entry a class: its status, its accuracy in the baseline, and the points that it may lose."""

    status: Sequence[Status]
    before: Sequence[Fraction | None]
    limit: Sequence[float | None]


class HistoryCheck(TypedDict):
    """One rule on one model, as in compare.json; `before` is the baseline's figure."""

    rule: str
    metric: str
    model: str
    stage: StageName
    baseline: str
    status: Status
    unit: str
    against: JudgedBy
    seen: float | None
    limit: float | None
    before: float | None
    p_value: Fraction | None
    classes: HistoryClasses | None


class HistoryLine(TypedDict):
    """`commit` is None outside git; `dirty`: its files were changed; `page` leads from the history to the report."""

    schema_version: SchemaVersion
    time: Time
    edgeval: str
    commit: str | None
    branch: str | None
    dirty: bool | None
    report: str
    page: str
    compare_sha256: Sha256
    seal: Sha256 | None
    dataset: Dataset
    policy: HistoryPolicy
    against: Against
    baseline_sha256: Sha256 | None
    anchor_sha256: Sha256 | None
    verdict: GateVerdict
    record_only: bool
    exit_code: Annotated[int, Limits(minimum=0, maximum=2)]
    reasons: Sequence[str]
    acknowledged: Sequence[Acknowledged]
    suspicious: Sequence[str]
    target: str | None
    engine: str | None
    models: list[HistoryModel]
    checks: list[HistoryCheck]
