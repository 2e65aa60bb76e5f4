"""What a grid has to do: its folder, the runs that are not finished, and how long they will take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from edgeval.data import Dataset
from edgeval.errors import DataError
from edgeval.nets import build
from edgeval.nets.catalogue import check_input, parse
from edgeval.records import FEATURES, IMAGE
from edgeval.runs import Run
from edgeval.shards import WHOLE, Shard
from edgeval.training.config import GridConfig
from edgeval.training.worker import is_trained


@dataclass(frozen=True)
class PlannedRun:
    """A run with training left; `work_s` is the estimate for one worker, in seconds."""

    run: Run
    epochs_left: int
    images_left: int
    work_s: float


def check_trainable(dataset: Dataset, config: GridConfig) -> None:
    """DataError or ModelError, in one line, where the grid's networks cannot be trained on the dataset."""
    batch = max(recipe.batch_size for recipe in config.recipes.values())
    if len(dataset.train) < batch:
        raise DataError(
            f"{dataset.spec} has {len(dataset.train)} training samples, fewer than one batch of {batch}; "
            "give a smaller --batch-size or more samples"
        )
    if dataset.kind not in (IMAGE, FEATURES):
        raise DataError(
            f"{dataset.spec} has {dataset.kind} samples, which are for models that exist; grids train on images and "
            "features"
        )
    if len(dataset.classes) < 2:
        raise DataError(f"{dataset.spec} has {len(dataset.classes)} class; a classifier needs at least two")
    for model in config.models:
        _check_network(model, config, dataset)


def _check_network(model: str, config: GridConfig, dataset: Dataset) -> None:
    """Networks of one's own are built and run once: better now than in a worker."""
    code = config.code(model)
    if code is None:
        check_input(parse(model), dataset.sample_shape)
        return
    from edgeval.nets.cost import cost

    cost(model, len(dataset.classes), dataset.sample_shape, code)


def unfinished(config: GridConfig, folder: Path, shard: Shard = WHOLE) -> list[Run]:
    """The runs of a shard of the grid that are not finished; StoreError where a finished one was changed."""
    return [run for run in shard.of(grid_runs(config, folder)) if not is_trained(run)]


def grid_runs(config: GridConfig, folder: Path) -> list[Run]:
    """All runs of a grid: sizes in their order, the seeds inside."""
    return [Run(folder, model, seed) for model in config.models for seed in config.seeds]


def plan(runs: Iterable[Run], config: GridConfig, dataset: Dataset, device: str) -> list[PlannedRun]:
    """The runs with their estimated work, longest first so that workers end at about the same time."""
    from edgeval.training.estimate import seconds_per_image
    from edgeval.training.run import epochs_done

    speed: dict[str, float] = {}
    planned = []
    for run in runs:
        recipe = config.recipe_of(run.model_id)
        if run.model_id not in speed:
            speed[run.model_id] = seconds_per_image(
                partial(
                    build, run.model_id, len(dataset.classes), dataset.sample_shape, config.code(run.model_id)
                ),
                dataset.sample_shape,
                recipe,
                device,
            )
        epochs = recipe.epochs - epochs_done(run.folder)
        images = epochs * len(dataset.train)
        planned.append(PlannedRun(run, epochs, images, images * speed[run.model_id]))
    return sorted(planned, key=lambda item: -item.work_s)


def duration_s(planned: list[PlannedRun], jobs: int) -> float:
    """Estimated seconds until all are finished when `jobs` workers take them in this order."""
    busy_until = [0.0] * max(jobs, 1)
    for item in planned:
        busy_until[busy_until.index(min(busy_until))] += item.work_s
    return max(busy_until)
