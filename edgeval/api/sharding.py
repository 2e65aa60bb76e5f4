"""`evaluate` and `evaluate_corrupted`: one machine's part of the predictions; `merge`: the parts together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edgeval.api.results import Names, PathLike, Row, frame, joined, path_or_none

if TYPE_CHECKING:
    import pandas

    from edgeval.cases.case import ModelCase
    from edgeval.training.merge import Merged


@dataclass(frozen=True)
class Evaluation:
    """The predictions of a shard, which lie in the grid's run folders."""

    shard: str
    cases: Sequence[ModelCase] = field(repr=False)

    @property
    def models(self) -> list[Row]:
        """One row per model, seed and stage: samples and accuracy (a fraction)."""
        return [
            {"model": case.id, "seed": seed, "stage": stage, "samples": len(seen.ids),
             "accuracy": float(1 - seen.errors.mean())}
            for case in self.cases
            for seed, stages in case.seeds.items()
            for stage, seen in stages.items()
        ]  # fmt: skip

    def to_frame(self) -> pandas.DataFrame:
        """One line per model, seed and stage."""
        return frame(self.models)

    def __str__(self) -> str:
        return (
            f"shard {self.shard}: {len(self.models)} predictions of {len(self.cases)} models are in the store"
        )


@dataclass(frozen=True)
class MergedGrid:
    """A grid joined from the stores of several machines. `missing` names the runs that no store has trained."""

    folder: Path
    copied: int
    present: int
    missing: tuple[str, ...]

    def __str__(self) -> str:
        text = f"{self.folder}: {self.copied} files copied, {self.present} were there"
        if self.missing:
            text += f"; {len(self.missing)} runs are not trained yet, first {self.missing[0]}"
        return text


def evaluate(
    grid: str | None = None,
    *,
    dataset: str | None = None,
    data_dir: PathLike | None = None,
    stages: Names | None = None,
    int8_runtime: str | None = None,
    target: str | None = None,
    engine: str = "builtin",
    runner: str = "unicorn",
    port: str | None = None,
    device_samples: int | None = None,
    jobs: int | None = None,
    shard: str | None = None,
) -> Evaluation:
    """Evaluate the stages of a grid, or of the part `shard` "I/N" of it, and keep the predictions; compare nothing.

    Finished stages are read, not run again. Raises as `compare`, and StoreError where a run of the shard is not here.
    """
    from edgeval.api.comparison import deployment_of
    from edgeval.evaluation.chain import Request, cases_of
    from edgeval.shards import WHOLE, parse_shard

    request = Request(
        grid=grid,
        dataset=dataset,
        stages=joined(stages),
        deployment=deployment_of(target, engine, device_samples, runner, port),
        data_dir=path_or_none(data_dir),
        jobs=jobs,
        int8_runtime=int8_runtime,
        shard=parse_shard(shard),
    )
    nothing = request.shard != WHOLE and not request.finished_runs
    return Evaluation(str(request.shard), [] if nothing else cases_of(request))


def evaluate_corrupted(
    grid: str | None = None,
    *,
    corruptions: Names | None = None,
    severities: str | list[int] | None = None,
    stages: Names | None = None,
    samples: int | None = None,
    data_dir: PathLike | None = None,
    jobs: int | None = None,
    shard: str | None = None,
) -> int:
    """Evaluate a grid, or the part `shard` "I/N" of it, on corrupted images and keep the predictions; how many."""
    from edgeval.api.corruption import corruption_request
    from edgeval.evaluation import corrupted

    request = corruption_request(grid, corruptions, severities, stages, samples, data_dir, jobs, shard)
    return corrupted.evaluate_corrupted(request)


def merge(sources: Sequence[PathLike], into: PathLike) -> MergedGrid:
    """Join the stores `sources` of one grid, made on different disks, in the folder `into`, which may be new.

    Every file is checked against its hash; the result has the bytes of one machine's store. Raises StoreError where
    recipes, data or files differ.
    """
    from edgeval.training.merge import merge_grids

    done: Merged = merge_grids([Path(source) for source in sources], Path(into))
    return MergedGrid(done.grid, done.copied, done.present, tuple(str(run) for run in done.missing))
