"""What a grid has to do: its folder, the runs that are not finished, and how long they will take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edgeval import store
from edgeval.data import Dataset
from edgeval.errors import DataError, StoreError
from edgeval.records import IMAGE
from edgeval.runs import Run
from edgeval.tomlfile import read_toml
from edgeval.training.config import GridConfig, toml_text
from edgeval.training.worker import is_trained

GRID_TOML = "grid.toml"
SMALLEST_IMAGE = 8  # pixels: ScaleCNN halves it three times


@dataclass(frozen=True)
class PlannedRun:
    """A run with training left; `work_s` is the estimate for one worker, in seconds."""

    run: Run
    epochs_left: int
    images_left: int
    work_s: float


def check_trainable(dataset: Dataset, config: GridConfig) -> None:
    """DataError where the grid's networks cannot be trained on the dataset."""
    if len(dataset.train) < config.recipe.batch_size:
        raise DataError(
            f"{dataset.spec} has {len(dataset.train)} training images, fewer than one batch of "
            f"{config.recipe.batch_size}; give a smaller --batch-size or more images"
        )
    if dataset.kind != IMAGE or dataset.sample_shape[2] != 3:
        raise DataError(
            f"{dataset.spec} has {dataset.kind} of {dataset.sample_shape}; grids train on RGB images"
        )
    if min(dataset.sample_shape[:2]) < SMALLEST_IMAGE:
        raise DataError(
            f"{dataset.spec} has images of {dataset.sample_shape}, expected {SMALLEST_IMAGE} pixels or more "
            "on each side"
        )
    if len(dataset.classes) < 2:
        raise DataError(f"{dataset.spec} has {len(dataset.classes)} class; a classifier needs at least two")


def open_grid(folder: Path, config: GridConfig, dataset: Dataset, write: bool = True) -> None:
    """Write the resolved grid.toml, or check that it describes the same training.

    Sizes and seeds may be added to an existing grid. Raises StoreError where its recipe or data differ.
    """
    table = resolved(config, dataset)
    path = folder / GRID_TOML
    if path.exists():
        table = _merged(read_toml(path), table, path)
    text = toml_text(table)
    if write and not (path.exists() and path.read_text(encoding="utf-8") == text):
        store.write_text(path, text)


def resolved(config: GridConfig, dataset: Dataset) -> dict[str, Any]:
    """The grid as it is stored: nothing left to defaults, and the data named by hash."""
    return {
        "schema_version": store.SCHEMA_VERSION,
        "dataset": config.dataset,
        "models": list(config.models),
        "seeds": list(config.seeds),
        "recipe": asdict(config.recipe),
        "data": {
            "name": dataset.name,
            "classes": len(dataset.classes),
            "train_sha256": dataset.train_sha256,
            "test_sha256": dataset.info().sha256,
        },
    }


def _merged(before: dict[str, Any], now: dict[str, Any], path: Path) -> dict[str, Any]:
    if before.get("schema_version") != now["schema_version"]:
        raise StoreError(
            f"{path} has schema version {before.get('schema_version')}, expected {now['schema_version']}"
        )
    for part in ("recipe", "data"):
        for key, value in now[part].items():
            seen = before.get(part, {}).get(key)
            if seen != value:
                raise StoreError(
                    f"{path.parent} was trained with {part}.{key} = {seen}, now {value}; "
                    f"give another --name, or delete {path.parent}"
                )
    both = {key: list(dict.fromkeys([*before.get(key, []), *now[key]])) for key in ("models", "seeds")}
    return now | both


def unfinished(config: GridConfig, folder: Path) -> list[Run]:
    """The grid's runs that are not finished; StoreError where a finished one was changed."""
    runs = [Run(folder, model, seed) for model in config.models for seed in config.seeds]
    return [run for run in runs if not is_trained(run)]


def plan(runs: Iterable[Run], config: GridConfig, dataset: Dataset, device: str) -> list[PlannedRun]:
    """The runs with their estimated work, longest first so that workers end at about the same time."""
    from edgeval.training.estimate import seconds_per_image
    from edgeval.training.run import epochs_done

    height, width, _ = dataset.sample_shape
    speed: dict[str, float] = {}
    planned = []
    for run in runs:
        if run.model_id not in speed:
            speed[run.model_id] = seconds_per_image(
                run.model_id, len(dataset.classes), height, width, config.recipe, device
            )
        epochs = config.recipe.epochs - epochs_done(run.folder)
        images = epochs * len(dataset.train)
        planned.append(PlannedRun(run, epochs, images, images * speed[run.model_id]))
    return sorted(planned, key=lambda item: -item.work_s)


def duration_s(planned: list[PlannedRun], jobs: int) -> float:
    """Estimated seconds until all are finished when `jobs` workers take them in this order."""
    busy_until = [0.0] * max(jobs, 1)
    for item in planned:
        busy_until[busy_until.index(min(busy_until))] += item.work_s
    return max(busy_until)
