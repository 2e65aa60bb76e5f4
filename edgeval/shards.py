"""`--shard I/N`: which runs of a grid one of N machines does.

The split follows grid.toml, which is the same on every machine, so every command gives the same machine the same runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeval import runs, store
from edgeval.errors import StoreError, UsageError
from edgeval.runs import RUN_JSON, Run
from edgeval.tomlfile import read_toml

GRID_TOML = "grid.toml"


@dataclass(frozen=True)
class Shard:
    """Part `index` (from 1) of `count` equal ones."""

    index: int = 1
    count: int = 1

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def of(self, members: Iterable[Run]) -> list[Run]:
        """Every `count`-th run; seeds follow each other, so that as many shards as seeds get one seed of every size."""
        return list(members)[self.index - 1 :: self.count]


WHOLE = Shard()


def parse_shard(text: str | None) -> Shard:
    """`2/8` to a shard; None is the whole grid. UsageError for anything else."""
    if text is None:
        return WHOLE
    match = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text, re.ASCII)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise UsageError(f"--shard is '{text}', expected I/N with I from 1 to N, for example 2/8")
    return Shard(int(match[1]), int(match[2]))


def planned_runs(grid: Path) -> list[Run]:
    """All runs that grid.toml names, finished or not: sizes in its order, their seeds inside."""
    table = read_toml(grid / GRID_TOML)
    models, seeds = _list(table, "models", str), _list(table, "seeds", int)
    if not models or not seeds:
        raise StoreError(f"{grid / GRID_TOML} names no models and seeds; train the grid again")
    return [Run(grid, model, seed) for model in models for seed in seeds]


def _list(table: dict[str, Any], key: str, kind: type) -> list[Any]:
    value = table.get(key)
    return value if isinstance(value, list) and all(type(one) is kind for one in value) else []


def shard_runs(grid: Path, shard: Shard) -> list[Run]:
    """The finished runs of a shard, smallest name first; all finished ones for the whole grid.

    Raises StoreError where a run of the shard is not trained here: its machine has to, before it goes on.
    """
    if shard == WHOLE:
        return runs.finished_runs(grid)
    mine: Sequence[Run] = shard.of(planned_runs(grid))
    for run in mine:
        if not store.is_finished(run.folder, RUN_JSON):
            raise StoreError(
                f"shard {shard} has {run}, which is not trained in {grid}; run edgeval train-grid --shard {shard} first"
            )
    return sorted(mine)
