"""The document of `edgeval profile`, and the profile-<target>-<engine>.json that a run keeps (docs/PROFILE.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypedDict

from edgeval.documents.device import Flash, OperatorCost, PeakRam, Source
from edgeval.documents.fields import Count, Fraction, Limits, SchemaVersion, Sha256


class _Accuracy(TypedDict, total=False):
    """Absent where there is no time."""

    accuracy: str  # the error of an estimate, or the range of what was measured


class TimedLatency(_Accuracy):
    """Time of one inference; `value` and `source` are None where the runner has no time."""

    value: float | None  # ms
    source: Source | None
    model: str  # how it was obtained, or why not
    clock_hz: Count


class FunctionCost(TypedDict):
    """One of the functions with the most instructions; `share` is of all instructions."""

    function: str
    instructions: Count
    share: Fraction


class _Kept(TypedDict, total=False):
    """What a kept profile adds: all that makes it stale when changed."""

    model_sha256: Sha256
    firmware_sha256: Sha256
    target_sha256: Sha256
    method: int  # counts up when instructions are counted or cycles estimated in another way


class ProfileDocument(_Kept):
    """One inference on a target. Instructions are exact; None is what the runner cannot give."""

    schema_version: SchemaVersion
    target: str
    engine: str
    engine_version: str
    runner: str
    source: Annotated[str, Limits(enum=["measured", "emulated"])]  # of memory and instructions
    peak_ram_bytes: PeakRam
    ram_bytes: Count  # what the target has
    flash_bytes: Flash
    fits: bool
    instructions: Count | None
    cycles_estimated: Count | None
    cycles_waiting_for_flash: Count | None  # part of cycles_estimated
    cycles_measured: Count | None
    latency_ms: TimedLatency
    operators: list[OperatorCost]
    functions: list[FunctionCost]


class UnfitProfile(_Kept):
    """Kept for a model that does not fit the target and was not run there."""

    schema_version: SchemaVersion
    fits: Annotated[bool, Limits(const=False)]
    reasons: Annotated[Sequence[str], Limits(minItems=1)]
    flash_bytes: Flash
