"""The chain for a grid or a single file: evaluate every stage, hand the results to the comparator."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeval import runs, store
from edgeval.compare.case import ModelCase
from edgeval.data import load_dataset
from edgeval.data.dataset import Dataset
from edgeval.errors import DataError, StoreError, UsageError, unknown
from edgeval.evaluate import Job, evaluate, workers
from edgeval.records import DatasetInfo, Predictions, Preprocessing
from edgeval.runtimes import HOST_STAGES, ModelSource

REPORTS = Path("reports")
STAGE_FILES = {
    "float": runs.WEIGHTS,
    "onnx": runs.ONNX_MODEL,
    "int8": runs.INT8_MODEL,
    "tflm": runs.INT8_MODEL,
}
SINGLE_FILE_STAGES = {".onnx": ("onnx",), ".tflite": ("int8", "tflm")}


@dataclass(frozen=True)
class Bench:
    """What every evaluation of a command shares."""

    dataset: Dataset
    info: DatasetInfo
    pool: ProcessPoolExecutor


def cases_of(
    grid: str | None,
    model: Path | None,
    dataset_spec: str | None,
    stages: str | None,
    preprocessing: Preprocessing | None,
    folder: Path,
    data_dir: Path | None = None,
    jobs: int | None = None,
) -> list[ModelCase]:
    """The evaluated models of a grid or of one file, as `edgeval compare` names them."""
    if (grid is None) == (model is None):
        raise UsageError("give either --grid NAME or --model FILE, for example: edgeval compare --grid demo")
    if grid is not None:
        if preprocessing is not None:
            raise UsageError("--mean and --std belong to --model; a grid's preprocessing is in its run.json")
        wanted = parse_stages(stages, HOST_STAGES)
        return evaluate_grid(runs.grid_folder(grid), wanted, dataset_spec, data_dir, jobs)
    if model is None or dataset_spec is None:
        raise UsageError(
            "--model needs the test set it is judged on: --dataset npz:PATH, folder:PATH or cifar10"
        )
    return evaluate_file(model, dataset_spec, stages, preprocessing, folder, data_dir, jobs)


def report_folder(grid: str | None, model: Path | None) -> Path:
    """reports/<name of the grid or file>."""
    name = model.stem if model is not None else Path(grid or "report").name
    return REPORTS / name


def parse_stages(names: str | None, possible: Sequence[str]) -> tuple[str, ...]:
    """`float,int8` to stage ids in the order of the chain; None is all possible ones."""
    wanted = list(possible) if names is None else [name.strip() for name in names.split(",")]
    for name in wanted:
        if name not in possible:
            raise unknown("stage", name, possible, "--stages")
    return tuple(stage for stage in possible if stage in wanted)


def evaluate_grid(
    grid: Path,
    stages: Sequence[str],
    dataset_spec: str | None = None,
    data_dir: Path | None = None,
    jobs: int | None = None,
) -> list[ModelCase]:
    """Evaluate each stage of each finished run of a grid on the whole test set; finished stages are read.

    Raises StoreError where a run lacks a stage's file, DataError where the dataset is not the one that the
    grid was trained on (unless `dataset_spec` names another one on purpose).
    """
    found = runs.finished_runs(grid)
    if not found:
        raise StoreError(f"{grid} has no finished run; run edgeval train-grid first")
    documents = {run: run.document() for run in found}
    _check_files(found, stages)
    trained_on = documents[found[0]]["dataset"]
    dataset = load_dataset(dataset_spec or trained_on["spec"], data_dir)
    info = dataset.info()
    if dataset_spec is None and info.sha256 != trained_on["sha256"]:
        raise DataError(
            f"the test images of {dataset.spec} are not those that {grid} was trained with "
            f"(SHA-256 {info.sha256[:12]}, run.json says {trained_on['sha256'][:12]}); name the set with --dataset"
        )
    with workers(jobs or os.cpu_count() or 1) as pool:
        bench = Bench(dataset, info, pool)
        predicted = {run: _evaluate_run(run, documents[run], stages, bench) for run in found}
    return _cases(predicted, documents)


def _check_files(found: Sequence[runs.Run], stages: Sequence[str]) -> None:
    for run in found:
        for stage in stages:
            name = STAGE_FILES[stage]
            if store.listed(run.folder, name) is None:
                raise StoreError(
                    f"{run} has no {name} for stage {stage}; run edgeval export --int8 --grid {run.grid.name}, "
                    "or choose the stages with --stages"
                )


def _evaluate_run(
    run: runs.Run, document: dict[str, Any], stages: Sequence[str], bench: Bench
) -> dict[str, Predictions]:
    predicted = {}
    for stage in stages:
        source = ModelSource(
            stage=stage,
            path=store.verified(run.folder, STAGE_FILES[stage]),
            classes=len(bench.dataset.classes),
            input_shape=bench.dataset.image_shape,
            preprocessing=_preprocessing(document),
            network=run.model_id if stage == "float" else None,
        )
        job = Job(source, run.folder, f"{runs.PREDICTIONS}/{stage}.npz", str(run))
        predicted[stage] = evaluate(job, bench.dataset, bench.info, bench.pool)
    return predicted


def _preprocessing(document: dict[str, Any]) -> Preprocessing:
    return Preprocessing(document["input"]["mean"], document["input"]["std"])


def _cases(
    predicted: dict[runs.Run, dict[str, Predictions]], documents: dict[runs.Run, dict[str, Any]]
) -> list[ModelCase]:
    by_model: dict[str, list[runs.Run]] = {}
    for run in predicted:
        by_model.setdefault(run.model_id, []).append(run)
    cases = []
    for model_id, members in by_model.items():
        first = documents[members[0]]
        deployed = store.listed(members[0].folder, runs.INT8_MODEL)
        cases.append(
            ModelCase(
                id=model_id,
                family=members[0].family,
                seeds={run.seed: predicted[run] for run in members},
                params=first["params"],
                macs=first["macs"],
                size_bytes=deployed["bytes"] if deployed else None,
            )
        )
    return sorted(cases, key=lambda case: (case.family, case.params or 0))


def evaluate_file(
    model: Path,
    dataset_spec: str,
    stages: str | None,
    preprocessing: Preprocessing | None,
    folder: Path,
    data_dir: Path | None = None,
    jobs: int | None = None,
) -> list[ModelCase]:
    """Evaluate a user's own .tflite (stages int8 and tflm) or .onnx file; predictions go below `folder`.

    Raises UsageError where the file is neither, StoreError where it is missing.
    """
    if model.suffix not in SINGLE_FILE_STAGES:
        raise UsageError(
            f"{model} is neither a .tflite nor an .onnx file; export it first, see edgeval export --help"
        )
    if not model.is_file():
        raise StoreError(f"{model} does not exist; check the path")
    wanted = parse_stages(stages, SINGLE_FILE_STAGES[model.suffix])
    dataset = load_dataset(dataset_spec, data_dir)
    predicted = {}
    with workers(jobs or os.cpu_count() or 1) as pool:
        bench = Bench(dataset, dataset.info(), pool)
        for stage in wanted:
            source = ModelSource(stage, model, len(dataset.classes), dataset.image_shape, preprocessing)
            job = Job(source, folder, f"{runs.PREDICTIONS}/{stage}.npz", model.name)
            predicted[stage] = evaluate(job, bench.dataset, bench.info, bench.pool)
    return [
        ModelCase(id=model.stem, family=model.stem, seeds={0: predicted}, size_bytes=model.stat().st_size)
    ]
