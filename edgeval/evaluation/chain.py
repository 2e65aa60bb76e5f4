"""The chain for a grid or a single file: evaluate every stage, hand the results to the comparator."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from edgeval import runs, store
from edgeval.cases.case import ModelCase
from edgeval.data import load_dataset
from edgeval.data.dataset import Dataset
from edgeval.data.loading import located
from edgeval.documents.export import ExportData
from edgeval.documents.run import TrainedOn
from edgeval.errors import DataError, StoreError, ToolError, UsageError, unknown
from edgeval.evaluation.deployment import Deployment, check_deployable
from edgeval.evaluation.evaluate import workers
from edgeval.evaluation.exported import (
    exported_case,
    exported_record,
    exported_stages,
    exported_subject,
    is_exported,
    network_of,
)
from edgeval.evaluation.grid_runs import grouped, run_subject
from edgeval.evaluation.subject import Bench, Evaluated, Subject, evaluate_subject
from edgeval.imports.folder import imported_cases, imported_homes
from edgeval.progress import say
from edgeval.records import Preprocessing
from edgeval.runtimes import HOST_STAGES
from edgeval.runtimes.int8_core import told
from edgeval.runtimes.versions import check_stages
from edgeval.shards import WHOLE, Shard, shard_runs

REPORTS = Path("reports")
DEVICE_STAGES = ("tflm", "host", "emulated", "board")  # which --target may add; all run the int8 file
SINGLE_FILE_STAGES = {".onnx": ("onnx",), ".tflite": ("int8", "tflm", "host")}


@dataclass(frozen=True)
class Request:
    """What `edgeval compare` was asked for: a grid, a model file, the folder of an exported network or a folder of
    imported predictions; on which data, how far down the chain.

    Without any it is the one grid in models/. An exported network is named by `grid` or by `model`.
    `stages` are host stages, None is all that the model can run; `preprocessing` belongs to a model file, None
    infers it; `int8_runtime` is the interpreter of stage int8 (edgeval.runtimes.interpreters).
    """

    grid: str | None = None
    model: Path | None = None
    predictions: Path | None = None
    dataset: str | None = None
    stages: str | None = None
    preprocessing: Preprocessing | None = None
    deployment: Deployment | None = None
    data_dir: Path | None = None
    jobs: int | None = None
    out: Path | None = None
    int8_runtime: str | None = None
    shard: Shard = WHOLE

    @property
    def folder(self) -> Path:
        """Where the report goes: reports/<name of the grid, file or folder> unless it was named."""
        if sum(given is not None for given in (self.grid, self.model, self.predictions)) > 1:
            raise UsageError("give one of --grid NAME, --model FILE and --predictions FOLDER")
        if self.predictions is not None:
            name = self.predictions.name
        elif self.exported is not None:
            name = self.exported.resolve().name
        else:
            name = self.model.stem if self.model is not None else Path(self.grid or runs.only_grid()).name
        return self.out or REPORTS / name

    @property
    def exported(self) -> Path | None:
        """The folder of an exported network, where the request is about one."""
        named = self.model or (Path(self.grid) if self.grid is not None else None)
        return named if named is not None and is_exported(named) else None

    @cached_property
    def finished_runs(self) -> list[runs.Run]:
        """The finished runs of the grid or of its shard, listed once; StoreError where there is none."""
        grid = runs.grid_folder(self.grid or runs.only_grid())
        found = shard_runs(grid, self.shard)
        if not found and self.shard == WHOLE:
            raise StoreError(f"{grid} has no finished run; run edgeval train-grid first")
        return found

    @cached_property
    def test_set(self) -> Dataset | None:
        """What the models are judged on, loaded and checked once; None for imported predictions."""
        if self.predictions is not None:
            return None
        if self.exported is not None:
            made_with = exported_record(self.exported)["dataset"]
            return grid_dataset(self.exported, made_with, self.dataset, self.data_dir)
        if self.model is not None:
            return load_dataset(self.dataset or "", self.data_dir)
        first = self.finished_runs[0]
        return grid_dataset(first.grid, first.document()["dataset"], self.dataset, self.data_dir)


def cases_of(request: Request) -> list[ModelCase]:
    """Evaluate every stage of the request on the whole test set; finished stages are read, not run again.

    Raises UsageError, StoreError for missing files, DataError where data and model do not fit.
    """
    if request.exported is not None:
        return _exported_cases(request.exported, request)
    if request.model is not None:
        return _file_cases(request)
    if request.predictions is not None:
        return _imported_cases(request.predictions, request)
    return _grid_cases(request)


def artifacts_of(request: Request) -> dict[str, Path]:
    """SHA-256 -> file, of every model, profile and firmware that the cases of a request can come from."""
    named = [] if request.model is None or request.exported is not None else [request.model]
    if request.deployment is not None:
        named.append(request.deployment.elf_path)
    if request.exported is not None:
        folders = [request.exported]
    elif request.model is not None:
        folders = [request.folder]
    elif request.predictions is not None:
        folders = imported_homes(request.predictions)
    else:
        folders = [run.folder for run in request.finished_runs]
    kept = {
        entry["sha256"]: folder / name
        for folder in folders
        for name in store.names(folder)
        if (entry := store.listed(folder, name)) is not None
    }
    return {**kept, **{store.sha256_file(path): path for path in named}}


def _imported_cases(folder: Path, request: Request) -> list[ModelCase]:
    """Nothing is evaluated, so what belongs to evaluating is refused."""
    evaluating = {
        "--dataset": request.dataset,
        "--stages": request.stages,
        "--mean and --std": request.preprocessing,
        "--target": request.deployment,
        "--int8-runtime": request.int8_runtime,
    }
    for option, value in evaluating.items():
        if value is not None:
            raise UsageError(
                f"{option} belongs to evaluating a model; --predictions compares what was imported"
            )
    return imported_cases(folder)


def parse_stages(names: str | None, possible: Sequence[str]) -> tuple[str, ...]:
    """`float,int8` to stage ids in the order of the chain; None is all possible ones."""
    wanted = list(possible) if names is None else [name.strip() for name in names.split(",")]
    for name in wanted:
        if name not in possible:
            raise unknown("stage", name, possible, "--stages")
    return tuple(stage for stage in possible if stage in wanted)


def has_run(subjects: Iterable[Subject], stage: str) -> bool:
    """Whether every subject has finished predictions of a stage, valid or not: then its library may be gone."""
    name = f"{runs.PREDICTIONS}/{stage}.npz"
    return all(store.listed(subject.folder, name) is not None for subject in subjects)


def _evaluate(subjects: Sequence[Subject], stages: Sequence[str], request: Request) -> list[Evaluated]:
    dataset = request.test_set
    assert dataset is not None  # these subjects are no imported predictions
    deployment = request.deployment
    needed = stages if deployment is None else (*stages, deployment.full_stage)
    check_stages((stage for stage in needed if not has_run(subjects, stage)), request.int8_runtime)
    if deployment is not None:
        check_deployable([subject.files[deployment.stage] for subject in subjects], deployment)
    with workers(request.jobs or os.cpu_count() or 1) as pool:
        bench = Bench(dataset, dataset.info(), pool, request.deployment, request.int8_runtime)
        return [evaluate_subject(subject, stages, bench) for subject in subjects]


def _grid_cases(request: Request) -> list[ModelCase]:
    if request.preprocessing is not None:
        raise UsageError("--mean and --std belong to --model; a grid's preprocessing is in its run.json")
    stages = parse_stages(request.stages, HOST_STAGES)
    found = request.finished_runs
    documents = [run.document() for run in found]
    needed = stages + (DEVICE_STAGES if request.deployment else ())
    subjects = [run_subject(run, document, needed) for run, document in zip(found, documents, strict=True)]
    evaluated = _evaluate(subjects, stages, request)
    return grouped(found, documents, evaluated)


def grid_dataset(
    grid: Path, trained_on: TrainedOn | ExportData, spec: str | None = None, data_dir: Path | None = None
) -> Dataset:
    """The data set that a grid was trained with, as its run.json has it, or another that `spec` names.

    DataError where it is not found, or the test images are not those of the training.
    """
    dataset = load_dataset(spec or located(trained_on["spec"], grid), data_dir)
    seen = dataset.info().sha256
    if spec is None and seen != trained_on["sha256"]:
        raise DataError(
            f"the test images of {dataset.spec} are not those that {grid} was made with "
            f"(SHA-256 {seen[:12]}, its record says {trained_on['sha256'][:12]}); name the set with --dataset"
        )
    return dataset


def _file_stages(request: Request, possible: Sequence[str]) -> tuple[str, ...]:
    """Those that were asked for. Without --stages int8 and tflm where their libraries are installed; what is left
    out is said, and the engine on this PC, bit-exact with tflm, takes its place."""
    if request.stages is not None or "host" not in possible:
        return parse_stages(request.stages, possible)
    missing = {}
    for stage in ("int8", "tflm"):
        try:
            check_stages([stage], request.int8_runtime)
        except ToolError as error:
            if stage == "int8" and request.int8_runtime is not None:
                raise
            missing[stage] = str(error)
    for stage, reason in missing.items():
        say(f"stage {stage} is left out: {reason}")
    return tuple(stage for stage in possible if stage not in missing and (missing or stage != "host"))


def _exported_cases(folder: Path, request: Request) -> list[ModelCase]:
    if request.preprocessing is not None:
        raise UsageError(
            f"--mean and --std belong to a file; the preprocessing of {folder} is in its export.json"
        )
    record = exported_record(folder)
    if request.deployment and runs.INT8_MODEL not in record["files"]:
        raise UsageError(f"--target runs {runs.INT8_MODEL}, {folder} has none; export it with --int8 first")
    subject, stages = exported_subject(folder, record), exported_stages(record)
    (result,) = _evaluate([subject], parse_stages(request.stages, stages), request)
    return [exported_case(folder, record, result)]


def _file_cases(request: Request) -> list[ModelCase]:
    model = request.model
    if model is None or request.dataset is None:
        raise UsageError(
            "--model needs the test set it is judged on: --dataset npz:PATH, folder:PATH@SIZE or cifar10"
        )
    if model.suffix not in SINGLE_FILE_STAGES:
        raise UsageError(
            f"{model} is neither a .tflite nor an .onnx file nor the folder of edgeval export; export it first, see "
            "edgeval export --help"
        )
    if not model.is_file():
        raise StoreError(f"{model} does not exist; check the path")
    if request.deployment and model.suffix != ".tflite":
        raise UsageError(f"--target runs .tflite files, {model} is none; export it with --int8 first")
    stages = _file_stages(request, SINGLE_FILE_STAGES[model.suffix])
    subject = Subject(
        model.name, request.folder, dict.fromkeys((*stages, *DEVICE_STAGES), model), request.preprocessing
    )
    (result,) = _evaluate([subject], stages, request)
    network = network_of(model)
    return [
        ModelCase(
            id=model.stem,
            family=model.stem,
            seeds={0: result.predictions},
            size_bytes=model.stat().st_size,
            device=result.device,
            layers={0: result.layers} if result.layers else {},
            networks={0: network} if network else {},
            notes=told(model) if model.suffix == ".tflite" else (),
        )
    ]
