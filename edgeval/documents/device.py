"""What a model costs on a target, as profiles, comparisons and analyses have it."""

from __future__ import annotations

from typing import Annotated, TypedDict

from edgeval.documents.fields import Count, Limits

Source = Annotated[str, Limits(enum=["measured", "emulated", "estimated"])]


class Latency(TypedDict):
    """Time of one inference; `model` says how it was obtained."""

    value: float  # ms
    source: Source
    model: str


class PeakRam(TypedDict):
    """Bytes; `total` is the sum of the others, each at its high-water mark."""

    total: Count
    arena: Count
    stack: Count
    static: Count


class Flash(TypedDict):
    """Bytes; `total` is code and model."""

    total: Count
    code: Count
    model: Count


class ArenaParts(TypedDict):
    """Bytes in the arena while an operator runs."""

    inputs: Count
    outputs: Count
    waiting: Count  # kept for a later operator
    state: Count  # the engine's own and scratch


class _ArenaParts(TypedDict, total=False):
    """Only where the engine says how much of the arena is in use."""

    arena_parts: ArenaParts


class OperatorCost(_ArenaParts):
    """One operator in the order of execution; None is what the runner cannot give."""

    index: Count
    operator: str
    instructions: Count | None
    cycles_estimated: Count | None
    cycles_measured: Count | None
    arena_bytes: Count | None


class DeviceCost(TypedDict):
    """The figures of a model on the target; all None without one, or what is not known."""

    latency_ms: Latency | None
    instructions: Count | None  # exact count of one inference
    peak_ram_bytes: PeakRam | None
    flash_bytes: Flash | None
    fits: bool | None
