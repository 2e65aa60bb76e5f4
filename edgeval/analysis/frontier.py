"""What each size offers for what it costs, and the size to ship: the smallest that meets the user's floors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from edgeval.analysis.measured import Model, Stage
from edgeval.analysis.resample import Resampled
from edgeval.analysis.table import Table
from edgeval.compare.case import DeviceFigures, Flash, Latency, PeakRam
from edgeval.metrics import calibration, classification
from edgeval.metrics.bootstrap import percentile_interval


@dataclass(frozen=True)
class Floors:
    """What a model must reach, as fractions; None where the user asks for nothing."""

    min_accuracy: float | None = None
    min_class_accuracy: float | None = None
    max_ece: float | None = None

    @property
    def given(self) -> bool:
        return any(value is not None for value in asdict(self).values())


@dataclass(frozen=True)
class Candidate:
    """A size with what it offers. Figures are means over the seeds, None where they are not known.

    `accuracy_std` is over the seeds, `accuracy_low` the lower end of the 95 % interval over images and seeds, `worst_seed_accuracy` the accuracy
    of the worst training. The last four are of the target, where one was profiled.
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
    peak_ram_bytes: PeakRam | None = None
    flash_bytes: Flash | None = None
    fits: bool | None = None


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
        peak_ram_bytes=device.peak_ram_bytes,
        flash_bytes=device.flash_bytes,
        fits=device.fits,
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


def frontier(candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    """All candidates, smallest first; `on_frontier` where no other is as small and as accurate, or better."""
    return [
        {
            **asdict(own),
            "on_frontier": not any(
                other.params <= own.params
                and other.accuracy >= own.accuracy
                and (other.params, other.accuracy) != (own.params, own.accuracy)
                for other in candidates
            ),
        }
        for own in candidates
    ]


def size_to_ship(candidates: Sequence[Candidate], floors: Floors) -> dict[str, Any] | None:
    """The smallest candidate that meets all floors, and why each smaller one was refused; None without floors."""
    if not floors.given:
        return None
    refused: list[dict[str, Any]] = []
    for candidate in candidates:
        reasons = list(_reasons(candidate, floors))
        if not reasons:
            return {
                "floors": asdict(floors),
                "model": candidate.model,
                "params": candidate.params,
                "cautions": list(_cautions(candidate, floors)),
                "refused": refused,
            }
        refused.append({"model": candidate.model, "params": candidate.params, "reasons": reasons})
    return {"floors": asdict(floors), "model": None, "params": None, "cautions": [], "refused": refused}


def _reasons(candidate: Candidate, floors: Floors) -> Iterator[str]:
    """Why a candidate does not meet the floors."""
    if floors.min_accuracy is not None and candidate.accuracy < floors.min_accuracy:
        yield f"accuracy {100 * candidate.accuracy:.2f} % is below {100 * floors.min_accuracy:g} %"
    of_class = candidate.worst_class_accuracy
    if floors.min_class_accuracy is not None and (of_class is None or of_class < floors.min_class_accuracy):
        seen = (
            "is not known"
            if of_class is None
            else f"has {100 * of_class:.1f} %, below {100 * floors.min_class_accuracy:g} %"
        )
        yield f"class {candidate.worst_class} {seen}"
    if floors.max_ece is not None and (candidate.ece is None or candidate.ece > floors.max_ece):
        seen = "is not known" if candidate.ece is None else f"{candidate.ece:.3f} is above {floors.max_ece:g}"
        yield f"ECE {seen}"


def _cautions(candidate: Candidate, floors: Floors) -> Iterator[str]:
    """Where a floor is met by the mean and yet not safely."""
    floor = floors.min_accuracy
    if floor is None:
        return
    if candidate.accuracy_low is not None and candidate.accuracy_low < floor:
        yield (
            f"accuracy {100 * candidate.accuracy:.2f} % meets {100 * floor:g} % on these images, its 95 % interval "
            f"begins at {100 * candidate.accuracy_low:.2f} %"
        )
    if candidate.worst_seed_accuracy < floor:
        yield (
            f"one training reached only {100 * candidate.worst_seed_accuracy:.2f} %; check the one that you ship"
        )
