"""The size to ship: the smallest that meets the user's floors and the target's budgets, and why not a smaller one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from edgeval.analysis.frontier import Candidate
from edgeval.analysis.inputs.costs import Budget


@dataclass(frozen=True)
class Floors:
    """What a model must reach, as fractions, and what it may cost; None where the user asks for nothing.

    RAM and flash are the target's where they are None and a target is named.
    """

    min_accuracy: float | None = None
    min_class_accuracy: float | None = None
    max_ece: float | None = None
    max_latency_ms: float | None = None
    max_ram_bytes: int | None = None
    max_flash_bytes: int | None = None

    @property
    def given(self) -> bool:
        return any(value is not None for value in asdict(self).values())

    @property
    def of_device(self) -> bool:
        """Whether one of them can only be judged on a target."""
        return any(
            value is not None for value in (self.max_latency_ms, self.max_ram_bytes, self.max_flash_bytes)
        )


def size_to_ship(
    candidates: Sequence[Candidate], floors: Floors, budget: Budget | None = None
) -> dict[str, Any] | None:
    """The smallest candidate that meets all floors and budgets, and why each smaller one was refused.

    None without floors. `candidates` smallest first.
    """
    if not floors.given:
        return None
    head = {"floors": asdict(floors), "budgets": asdict(budget) if budget else None}
    refused: list[dict[str, Any]] = []
    for candidate in candidates:
        reasons = [*_below_floors(candidate, floors), *_beyond_budget(candidate, floors, budget)]
        if not reasons:
            cautions = list(_cautions(candidate, floors))
            return {
                **head,
                "model": candidate.model,
                "params": candidate.params,
                "cautions": cautions,
                "refused": refused,
            }
        refused.append({"model": candidate.model, "params": candidate.params, "reasons": reasons})
    return {**head, "model": None, "params": None, "cautions": [], "refused": refused}


def _below_floors(candidate: Candidate, floors: Floors) -> Iterator[str]:
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


def _beyond_budget(candidate: Candidate, floors: Floors, budget: Budget | None) -> Iterator[str]:
    if budget is None:
        return
    if candidate.fits is None:
        yield f"what it needs on {budget.target} is not known"
        return
    yield from (f"{budget.target}: {reason}" for reason in candidate.unfit)
    ram, flash, latency = candidate.peak_ram_bytes, candidate.flash_bytes, candidate.latency_ms
    for what, seen, limit in (
        ("RAM", ram.total if ram else None, floors.max_ram_bytes),
        ("flash", flash.total if flash else None, floors.max_flash_bytes),
    ):
        if seen is not None and limit is not None and seen > limit:
            yield f"{what}: {seen:,} bytes are more than {limit:,}"
    if floors.max_latency_ms is not None and not candidate.unfit:
        if latency is None:
            yield "latency is not known"
        elif latency.value > floors.max_latency_ms:
            yield f"latency {latency.value:,.1f} ms ({latency.source}) is above {floors.max_latency_ms:g} ms"


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
