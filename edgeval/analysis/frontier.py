"""What each size offers for what it costs, and which sizes no other one beats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from edgeval.analysis.inputs.measured import Model, Stage
from edgeval.analysis.inputs.table import Table
from edgeval.analysis.resample import Resampled
from edgeval.cases.case import DeviceFigures, Flash, Latency, PeakRam
from edgeval.metrics import calibration, classification
from edgeval.metrics.inference.bootstrap import percentile_interval


@dataclass(frozen=True)
class Candidate:
    """A size with what it offers. Figures are means over the seeds, None where they are not known.

    `accuracy_std` is over the seeds, `accuracy_low` the lower end of the 95 % interval over images and seeds,
    `worst_seed_accuracy` the accuracy of the worst training. The last six are of the target, where one was profiled:
    `unfit` has the reasons why it does not fit there.
    """

    model: str
    family: str
    params: int
    accuracy: float
    worst_seed_accuracy: float
    accuracy_std: float | None = None
    accuracy_low: float | None = None
    worst_class: str | None = None
    worst_class_accuracy: float | None = None
    ece: float | None = None
    macs: int | None = None
    size_bytes: int | None = None
    latency_ms: Latency | None = None
    instructions: int | None = None
    peak_ram_bytes: PeakRam | None = None
    flash_bytes: Flash | None = None
    fits: bool | None = None
    unfit: tuple[str, ...] = ()


def candidates_of_stage(stage: Stage, resampled: Resampled) -> list[Candidate]:
    """The models of a stage, smallest first."""
    found = [_candidate(stage, model, resampled.accuracy[model.id]) for model in stage.models]
    return sorted(found, key=_size)


def _candidate(stage: Stage, model: Model, resampled: np.ndarray) -> Candidate:
    runs, device = stage.runs[model.id].values(), model.device or DeviceFigures()
    accuracies = [1 - float(seen.errors.mean()) for seen in runs]
    of_class = np.ma.stack(
        [classification.per_class_accuracy(seen.labels, seen.top1, len(stage.classes)) for seen in runs]
    ).mean(axis=0)
    worst = int(of_class.filled(np.inf).argmin())
    ran = [(seen.confidence, ~np.isnan(seen.confidence), ~seen.errors) for seen in runs]
    ece = [calibration.expected_calibration_error(c[rows], ok[rows]) for c, rows, ok in ran if rows.any()]
    return Candidate(
        model=model.id,
        family=model.family,
        params=model.params,
        accuracy=float(np.mean(accuracies)),
        worst_seed_accuracy=min(accuracies),
        accuracy_std=_std(accuracies),
        accuracy_low=percentile_interval(resampled)[0],
        worst_class=stage.classes[worst],
        worst_class_accuracy=float(of_class[worst]),
        ece=float(np.mean(ece)) if ece else None,
        macs=model.macs,
        size_bytes=model.size_bytes,
        latency_ms=device.latency_ms,
        instructions=device.instructions,
        peak_ram_bytes=device.peak_ram_bytes,
        flash_bytes=device.flash_bytes,
        fits=device.fits,
        unfit=model.unfit,
    )


def candidates_of_table(table: Table) -> list[Candidate]:
    """The sizes of a table, smallest first."""
    sizes = dict.fromkeys((row.family, row.size, row.params) for row in table.rows)
    found = []
    for family, size, params in sizes:
        rows = [row for row in table.rows if (row.family, row.size) == (family, size)]
        accuracies, ece = [row.accuracy for row in rows], [row.ece for row in rows if row.ece is not None]
        found.append(
            Candidate(
                f"{family} {size}", family, params, float(np.mean(accuracies)), min(accuracies),
                accuracy_std=_std(accuracies), ece=float(np.mean(ece)) if ece else None,
            )
        )  # fmt: skip
    return sorted(found, key=_size)


def _std(values: Sequence[float]) -> float | None:
    """Sample standard deviation over the seeds, None for one."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def _size(candidate: Candidate) -> tuple[int, str]:
    return candidate.params, candidate.model


QUALITIES = {"accuracy": 1, "worst_class_accuracy": 1, "ece": -1}  # 1 where more is better
COSTS = ("params", "macs", "latency_ms", "peak_ram_bytes", "flash_bytes")


def frontier(candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    """All candidates, smallest first.

    `on_frontiers` has for each quality the costs for which no other candidate is as cheap and as good, or better;
    `on_frontier` is that of accuracy against parameters.
    """
    found = [
        {
            quality: [cost for cost in COSTS if _unbeaten(own, candidates, quality, cost)]
            for quality in QUALITIES
        }
        for own in candidates
    ]
    return [
        {**asdict(own), "on_frontier": "params" in on["accuracy"], "on_frontiers": on}
        for own, on in zip(candidates, found, strict=True)
    ]


def _unbeaten(own: Candidate, candidates: Sequence[Candidate], quality: str, cost: str) -> bool:
    """False where this candidate's figures are not known."""
    mine = _point(own, quality, cost)
    if mine is None:
        return False
    others = (_point(other, quality, cost) for other in candidates)
    return not any(
        other[0] >= mine[0] and other[1] <= mine[1] and other != mine for other in others if other is not None
    )


def _point(candidate: Candidate, quality: str, cost: str) -> tuple[float, float] | None:
    """(how good, how expensive)."""
    good, price = getattr(candidate, quality), getattr(candidate, cost)
    price = price.value if isinstance(price, Latency) else getattr(price, "total", price)
    return None if good is None or price is None else (QUALITIES[quality] * good, price)


def sources(candidates: Sequence[Candidate], stage: str) -> dict[str, str]:
    """Where the figures of each column come from, for those that are known."""
    latency = next((c.latency_ms for c in candidates if c.latency_ms), None)
    known = {
        "accuracy": f"evaluated, stage {stage}",
        "ece": f"evaluated, stage {stage}",
        "params": "counted",
        "macs": "counted",
        "latency_ms": f"{latency.source}: {latency.model}" if latency else "",
        "instructions": "emulated, exact",
        "peak_ram_bytes": "emulated: static data, stack and arena at their high-water marks",
        "flash_bytes": "counted: code and model file",
    }
    return {
        name: text for name, text in known.items() if any(getattr(c, name) is not None for c in candidates)
    }
