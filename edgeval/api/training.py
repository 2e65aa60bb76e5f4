"""`train_grid`: sizes x seeds, resumable; `plan_grid`: what it would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeval.api.results import PathLike, Row, frame, path_or_none

if TYPE_CHECKING:
    import pandas

    from edgeval.training.config import GridConfig
    from edgeval.training.plan import PlannedRun

MODELS = Path("models")


@dataclass(frozen=True)
class TrainedGrid:
    """A grid with the runs finished that were asked for; `name` is what the other functions take as `grid`."""

    name: str
    folder: Path

    @property
    def models(self) -> list[Row]:
        """One row per run: model, family, seed, parameters, MACs, accuracy on the test set (a fraction), seconds."""
        from edgeval.runs import finished_runs

        rows = []
        for run in finished_runs(self.folder):
            document = run.document()
            row = {"model": run.model_id, "family": run.family, "seed": run.seed, **document["final"]}
            rows.append({**row, **{key: document[key] for key in ("params", "macs", "seconds")}})
        return rows

    def to_frame(self) -> pandas.DataFrame:
        """One line per run."""
        return frame(self.models)


@dataclass(frozen=True)
class GridPlan:
    """The runs of a grid that are not finished, longest first, each with its estimated seconds of work."""

    name: str
    folder: Path
    runs: tuple[PlannedRun, ...] = field(repr=False)
    text: str = field(repr=False)

    def to_frame(self) -> pandas.DataFrame:
        """One line per run."""
        return frame(
            {"model": one.run.model_id, "seed": one.run.seed, "epochs": one.epochs_left, "work_s": one.work_s}
            for one in self.runs
        )

    def __str__(self) -> str:
        return self.text


def train_grid(
    grid: PathLike = "demo",
    *,
    dataset: str | None = None,
    data_dir: PathLike | None = None,
    name: str | None = None,
    network: Sequence[str] | None = None,
    models: Sequence[str] | None = None,
    seeds: Sequence[int] | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    device: str = "auto",
    jobs: int | None = None,
    shard: str | None = None,
    out: PathLike = MODELS,
) -> TrainedGrid:
    """Train the networks of a shipped grid (demo, paper) or a TOML file into `out`/`name`; go on where it stopped.

    The other arguments override the grid file. `network` names FILE.py:function ([NAME=]my.py:build), a family, or an
    installed package's network; `models` then holds their sizes ("8", "16"), otherwise names such as scalecnn-8. `jobs`
    is the number of runs trained at the same time. What is finished is verified and kept.
    `shard` "I/N" trains one of N equal parts of the grid (docs/SCALE.md). Raises UsageError for an
    unknown grid, network or device, DataError and ModelError where data and networks do not fit each other, StoreError
    where the folder was trained with another recipe or other code.
    """
    from edgeval.shards import parse_shard
    from edgeval.training.grid import device_for, train_grid as train

    changes = {"dataset": dataset, "name": name, "network": network, "models": models, "seeds": seeds}
    config = _config(grid, **changes, epochs=epochs, batch_size=batch_size)
    folder = Path(out) / config.name
    train(config, folder, path_or_none(data_dir), device_for(device), jobs, parse_shard(shard))
    return TrainedGrid(config.name, folder)


def plan_grid(
    grid: PathLike = "demo",
    *,
    dataset: str | None = None,
    data_dir: PathLike | None = None,
    name: str | None = None,
    network: Sequence[str] | None = None,
    models: Sequence[str] | None = None,
    seeds: Sequence[int] | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    device: str = "auto",
    jobs: int | None = None,
    shard: str | None = None,
    out: PathLike = MODELS,
) -> GridPlan:
    """What `train_grid` with the same arguments would do, timed with a few steps of each network; writes nothing."""
    from edgeval.shards import parse_shard
    from edgeval.training.grid import device_for, make_plan
    from edgeval.training.table import plan_table

    changes = {"dataset": dataset, "name": name, "network": network, "models": models, "seeds": seeds}
    config = _config(grid, **changes, epochs=epochs, batch_size=batch_size)
    folder, chosen = Path(out) / config.name, device_for(device)
    data, planned = make_plan(
        config, folder, path_or_none(data_dir), chosen, dry_run=True, shard=parse_shard(shard)
    )
    return GridPlan(config.name, folder, tuple(planned), plan_table(config, data, planned, chosen, jobs))


def _config(grid: PathLike, **changes: Any) -> GridConfig:
    from edgeval.training.config import load_grid, override

    return override(load_grid(str(grid)), **changes)
