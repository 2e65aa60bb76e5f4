"""The tables that `Comparison.to_frame` gives: stages, steps, classes, samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from edgeval.api.results import Row, flat

if TYPE_CHECKING:
    from edgeval.api.comparison import Comparison


def stages(comparison: Comparison) -> Iterator[Row]:
    kept = ("id", "family", "params", "macs", "size_bytes")
    for model in comparison.models:
        for stage, figures in model["stages"].items():
            std = {f"{key}_std": value for key, value in figures["std"].items()}
            yield {**{key: value for key, value in model.items() if key in kept}, "stage": stage,
                   **flat(figures), **std}  # fmt: skip


def transitions(comparison: Comparison) -> Iterator[Row]:
    return map(flat, comparison.transitions)


def classes(comparison: Comparison) -> Iterator[Row]:
    for model in comparison.models:
        changes = model["class_changes"]
        way = {"model": model["id"], "from": changes["from"], "to": changes["to"]}
        yield from ({**way, **flat(row)} for row in changes["classes"])


def samples(comparison: Comparison) -> Iterator[Row]:
    for case in comparison.cases:
        for seed, stages in case.seeds.items():
            for stage, seen in stages.items():
                where = {"model": case.id, "seed": seed, "stage": stage}
                columns = zip(seen.ids.tolist(), seen.labels.tolist(), seen.top1.tolist(), strict=True)
                yield from (
                    {**where, "id": id_, "label": label, "top1": top1} for id_, label, top1 in columns
                )
