"""What a comparison is made of: models, their predictions per seed and stage, device figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from edgeval.documents.device import OperatorCost
from edgeval.records import STAGES, Predictions

DEVICE_STAGES = ("emulated", "board")  # these may cover a part of the test set


@dataclass(frozen=True)
class Latency:
    """Time of one inference. `source` is measured, emulated or estimated; `model` says how it was obtained."""

    value: float
    source: str
    model: str


@dataclass(frozen=True)
class PeakRam:
    """Bytes of RAM that one inference needs at most; `total` is the sum of the others."""

    total: int
    arena: int
    stack: int
    static: int


@dataclass(frozen=True)
class Flash:
    """Bytes of flash; `total` is code and model."""

    total: int
    code: int
    model: int


@dataclass(frozen=True)
class DeviceFigures:
    """What a model costs on the target. `operators` has one row per operator, as the profile gives it.

    `profile_sha256` is of the file that these figures were read from; None where they were not.
    """

    latency_ms: Latency | None = None
    instructions: int | None = None
    peak_ram_bytes: PeakRam | None = None
    flash_bytes: Flash | None = None
    fits: bool | None = None
    operators: tuple[OperatorCost, ...] = ()
    profile_sha256: str | None = None


def device_from_json(row: Mapping[str, Any]) -> DeviceFigures:
    """The figures as `dataclasses.asdict` gave them; KeyError or TypeError where they have another form."""
    parts = {"latency_ms": Latency, "peak_ram_bytes": PeakRam, "flash_bytes": Flash}
    made = {name: kind(**row[name]) for name, kind in parts.items() if row[name] is not None}
    return DeviceFigures(**{**row, **made, "operators": tuple(row["operators"])})


@dataclass(frozen=True)
class ModelCase:
    """One size of a family with its predictions: seeds[seed][stage].

    `params`, `macs` and `size_bytes` (the deployed file) are None where they are not known, as for a single
    file of a user's own; such a file is seed 0 of its own family. `layers` has for each seed the documents of
    the stages that were looked into layer by layer (docs/LAYERS.md). `networks` has for each seed the SHA-256 of
    the file that the model's files were made from, weights or ONNX, where that is known: by it two files are
    known to be the same network. `notes` are sentences about the model file that every report repeats.
    """

    id: str
    family: str
    seeds: Mapping[int, Mapping[str, Predictions]]
    params: int | None = None
    macs: int | None = None
    size_bytes: int | None = None
    device: DeviceFigures | None = None
    layers: Mapping[int, Sequence[dict[str, Any]]] = field(default_factory=dict)
    networks: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that at least one seed has, in the order of the chain."""
        present = {stage for predictions in self.seeds.values() for stage in predictions}
        return tuple(stage for stage in STAGES if stage in present)

    def of_stage(self, stage: str) -> dict[int, Predictions]:
        """The predictions of one stage by seed, in the order of the seeds."""
        return {seed: self.seeds[seed][stage] for seed in sorted(self.seeds) if stage in self.seeds[seed]}

    def of_stages(self, first: str, second: str) -> dict[int, tuple[Predictions, Predictions]]:
        """The predictions of two stages for the seeds that have both."""
        before, after = self.of_stage(first), self.of_stage(second)
        return {seed: (before[seed], after[seed]) for seed in before if seed in after}

    def layers_of(self, seed: int, first: str, second: str) -> dict[str, Any] | None:
        """What the layers of two stages show, or None where they were not looked into."""
        documents = self.layers.get(seed, ())
        return next((row for row in documents if (row["from"], row["to"]) == (first, second)), None)


@dataclass(frozen=True)
class Comparison:
    """The checked input of one comparison. `reference` is None where there is nothing larger to compare with."""

    cases: tuple[ModelCase, ...]
    classes: tuple[str, ...]
    reference_of: Mapping[str, str] = field(default_factory=dict)  # family -> model id
    reference: str | None = None

    def case(self, model_id: str) -> ModelCase:
        return next(case for case in self.cases if case.id == model_id)
