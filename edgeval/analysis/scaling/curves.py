"""The error of a family over its sizes, from a stage of a grid or from a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from edgeval.analysis.inputs.measured import Stage
from edgeval.analysis.inputs.table import Row, Table

TABLE_STAGE = "table"  # the stage of figures that a user gives


@dataclass(frozen=True)
class Curve:
    """`errors` float64 (seeds, sizes), sizes in the order of `params` int64 (sizes,), all different, none 0.

    `seeds` are those that every size has. Where no seed is common, or none is known, `seeds` is empty and errors
    has one row, each size's mean. `left_out` names sizes without an error, for which no power law has a point.
    """

    family: str
    stage: str
    models: tuple[str, ...]
    params: np.ndarray
    errors: np.ndarray
    seeds: tuple[int, ...]
    left_out: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def mean(self) -> np.ndarray:
        """Mean error over the seeds, float64 (sizes,)."""
        return np.asarray(self.errors.mean(axis=0))


@dataclass(frozen=True)
class Size:
    """One size of a family: its error by seed."""

    id: str
    params: int
    errors: Mapping[int, float]


def curves_of_stage(stage: Stage) -> list[Curve]:
    """One curve for each family of which the stage has at least two sizes."""
    families = {
        family: [
            Size(
                model.id,
                model.params,
                {seed: float(seen.errors.mean()) for seed, seen in stage.runs[model.id].items()},
            )
            for model in models
        ]
        for family, models in stage.families().items()
    }
    return list(curves(stage.name, families))


def curves_of_table(table: Table) -> list[Curve]:
    """One curve for each family of a table with at least two sizes."""
    families: dict[str, dict[str, list[Row]]] = {}
    for row in table.rows:
        families.setdefault(row.family, {}).setdefault(row.size, []).append(row)
    named = {
        family: [
            Size(size, rows[0].params, {row.seed: 1 - row.accuracy for row in rows})
            for size, rows in sorted(sizes.items(), key=lambda item: item[1][0].params)
        ]
        for family, sizes in families.items()
    }
    found = list(curves(TABLE_STAGE, named))
    return found if table.seeded else [replace(curve, seeds=()) for curve in found]


def curves(stage: str, families: Mapping[str, list[Size]]) -> Iterator[Curve]:
    """One curve for each family with at least two sizes, smallest first, that make errors."""
    for family, sizes in families.items():
        perfect = tuple(size.id for size in sizes if min(size.errors.values()) <= 0)
        usable = [size for size in sizes if size.id not in perfect]
        if len({size.params for size in usable}) >= 2:
            yield _curve(family, stage, usable, perfect)


def _curve(family: str, stage: str, sizes: list[Size], perfect: tuple[str, ...]) -> Curve:
    everywhere = sorted(set.intersection(*(set(size.errors) for size in sizes)))
    anywhere = sorted(set.union(*(set(size.errors) for size in sizes)))
    rows = [[size.errors[seed] for size in sizes] for seed in everywhere]
    where = f"{family} {stage}"
    warnings = [f"{where}: {name} has a run without errors and is left out of the fits" for name in perfect]
    if everywhere != anywhere:
        used = (
            f"seeds {', '.join(map(str, everywhere))}" if everywhere else "the mean of each size's own seeds"
        )
        warnings.append(f"{where}: not every size has every seed; the fits use {used}")
    return Curve(
        family=family,
        stage=stage,
        models=tuple(size.id for size in sizes),
        params=np.array([size.params for size in sizes]),
        errors=np.array(rows or [[float(np.mean(list(size.errors.values()))) for size in sizes]]),
        seeds=tuple(everywhere),
        left_out=perfect,
        warnings=tuple(warnings),
    )
