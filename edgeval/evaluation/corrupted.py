"""Every size and stage of a grid on corrupted test images, evaluated as the clean ones are; resumable.

A prediction file is kept with the hash of the corrupted images in its provenance, so it is valid exactly as long as
they are the same pixels, whichever library made them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from edgeval import __version__, runs, store
from edgeval.analysis.robustness import RESAMPLES, Condition, Experiment, Shift, robustness
from edgeval.data.calibration import class_balanced
from edgeval.data.corruptions import NAMES, SEVERITIES, chosen, corrupted
from edgeval.data.dataset import Dataset
from edgeval.documents.fields import ModelFile
from edgeval.documents.robustness import RobustnessDocument
from edgeval.documents.run import RunDocument
from edgeval.errors import StoreError, UsageError, unknown
from edgeval.evaluation.chain import grid_dataset, has_run, parse_stages
from edgeval.evaluation.evaluate import Job, evaluate, workers
from edgeval.evaluation.grid_runs import run_subject
from edgeval.evaluation.subject import Bench, Subject, opening
from edgeval.metrics import calibration
from edgeval.progress import say
from edgeval.records import FAILED, DatasetInfo, Predictions
from edgeval.runs import PREDICTIONS
from edgeval.runtimes.versions import check_stages
from edgeval.shards import WHOLE, Shard, shard_runs

STAGES = ("float", "onnx", "int8", "tflm", "host")  # host: the device's arithmetic, bit for bit
DEFAULT_STAGES = "float,int8,host"
DEFAULT_SEVERITIES = "1,3,5"
SEED = 0  # of the corruptions and of the choice of samples


@dataclass(frozen=True)
class Request:
    """What `edgeval robustness` was asked for; `samples` None is the whole test set; without `corruptions`
    they are the default ones of the data set's samples."""

    grid: str
    corruptions: tuple[str, ...]
    severities: tuple[int, ...]
    stages: tuple[str, ...]
    samples: int | None = None
    data_dir: Path | None = None
    jobs: int | None = None
    shard: Shard = WHOLE

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return tuple((name, severity) for name in self.corruptions for severity in self.severities)


def parse_request(
    grid: str | None, corruptions: str | None, severities: str, stages: str, **rest: Any
) -> Request:
    """From what a user types; UsageError for a name or a severity that does not exist."""
    names = tuple(dict.fromkeys(name.strip() for name in corruptions.split(","))) if corruptions else ()
    for name in names:
        if name not in NAMES:
            raise unknown("corruption", name, NAMES, "--corruptions")
    levels = {text.strip() for text in severities.split(",")}
    if not levels <= set(map(str, SEVERITIES)):
        raise UsageError(f"--severities is '{severities}', expected numbers from 1 to 5, for example 1,3,5")
    chosen = parse_stages(stages, STAGES)
    return Request(grid or runs.only_grid(), names, tuple(sorted(map(int, levels))), chosen, **rest)


def measure_robustness(request: Request, resamples: int = RESAMPLES) -> RobustnessDocument:
    """Evaluate what is not there yet, and the document of it (docs/ROBUSTNESS.md).

    Raises StoreError for runs that are not exported, DataError where data and models do not fit.
    """
    documents = _documents(request)
    if not documents:
        raise StoreError(f"{request.grid} has no finished run; run edgeval train-grid first")
    request, dataset = _with_data(request, documents)
    ids = _samples(dataset, request.samples)
    seen = _evaluate_all(request, documents, dataset, ids)
    shifts = _shifts(request, documents, seen)
    experiment = Experiment(dataset.test.labels[ids], dataset.classes, request.conditions, shifts)
    document = {
        **_head(request, runs.grid_folder(request.grid), dataset.info(), len(ids)),
        "models": _models(seen),
        "resamples": resamples,
        **robustness(experiment, resamples),
    }
    return cast(RobustnessDocument, document)


def evaluate_corrupted(request: Request) -> int:
    """Evaluate what is not there yet of the request's shard, and leave the predictions in the store; how many
    predictions that shard has. Raises as `measure_robustness`."""
    documents = _documents(request)
    if not documents:
        return 0
    request, dataset = _with_data(request, documents)
    return len(_evaluate_all(request, documents, dataset, _samples(dataset, request.samples)))


def _documents(request: Request) -> dict[runs.Run, RunDocument]:
    return {run: run.document() for run in shard_runs(runs.grid_folder(request.grid), request.shard)}


def _with_data(request: Request, documents: dict[runs.Run, RunDocument]) -> tuple[Request, Dataset]:
    """The data set of the runs, and the request with the corruptions that its samples can have."""
    first, document = next(iter(documents.items()))
    dataset = grid_dataset(first.grid, document["dataset"], data_dir=request.data_dir)
    return replace(request, corruptions=chosen(dataset, request.corruptions)), dataset


def _head(request: Request, grid: Path, info: DatasetInfo, samples: int) -> dict[str, Any]:
    return {
        "schema_version": store.SCHEMA_VERSION,
        "edgeval": __version__,
        "source": {"kind": "grid", "name": grid.name},
        "dataset": info.document(),
        "samples": samples,
        "corruption_seed": SEED,
        "corruptions": list(request.corruptions),
        "severities": list(request.severities),
    }


def _samples(dataset: Dataset, wanted: int | None) -> np.ndarray:
    """Positions int64 (n,) in the test set: all, or a class-balanced part."""
    if wanted is None or wanted >= len(dataset.test):
        return np.arange(len(dataset.test))
    return class_balanced(dataset.test, wanted, SEED)


Key = tuple[runs.Run, str, Condition | None]  # None: the clean images


@dataclass(frozen=True)
class _Seen:
    """One run, stage and condition: errors bool (n,); ece NaN where no sample ran; the model file's hash."""

    errors: np.ndarray
    ece: float
    model_sha256: str | None


def _evaluate_all(
    request: Request, documents: dict[runs.Run, RunDocument], dataset: Dataset, ids: np.ndarray
) -> dict[Key, _Seen]:
    subjects = {run: run_subject(run, document, request.stages) for run, document in documents.items()}
    found: dict[Key, _Seen] = {}
    check_stages(stage for stage in request.stages if not has_run(subjects.values(), stage))
    with workers(request.jobs or os.cpu_count() or 1) as pool:
        for condition in (None, *request.conditions):
            for run, stage, seen in _evaluate(condition, request.stages, subjects, dataset, ids, pool):
                found[run, stage, condition] = _Seen(seen.errors, _ece(seen), seen.provenance.model_sha256)
    return found


def _models(found: dict[Key, _Seen]) -> list[ModelFile]:
    """Which model files were evaluated, as compare.json names them."""
    return [
        {"model": run.model_id, "seed": run.seed, "stage": stage, "model_sha256": seen.model_sha256}
        for (run, stage, condition), seen in found.items()
        if condition is None
    ]


def _evaluate(
    condition: Condition | None,
    stages: Sequence[str],
    subjects: dict[runs.Run, Subject],
    dataset: Dataset,
    ids: np.ndarray,
    pool: ProcessPoolExecutor,
) -> Iterator[tuple[runs.Run, str, Predictions]]:
    """One condition of all runs; the clean images are those that `edgeval compare` evaluates, whole and kept."""
    data = dataset if condition is None else corrupted(dataset, *condition, seed=SEED)
    folder = PREDICTIONS if condition is None else f"{PREDICTIONS}/{condition[0]}-{condition[1]}"
    say("clean samples" if condition is None else f"{condition[0]}, severity {condition[1]}")
    bench = Bench(data, data.info(), pool)
    for run, subject in subjects.items():
        for stage in stages:
            label = str(run) if condition is None else f"{run} {condition[0]} {condition[1]}"
            chosen = None if condition is None else ids
            job = Job(opening(subject, stage, bench), subject.folder, f"{folder}/{stage}.npz", label, chosen)
            seen = evaluate(job, data, bench.info, pool)
            yield run, stage, seen if condition is not None else _part(seen, ids)


def _part(seen: Predictions, ids: np.ndarray) -> Predictions:
    return replace(
        seen, ids=ids, labels=seen.labels[ids], top1=seen.top1[ids], scores=seen.scores[ids], output_int8=None,
        groups=None if seen.groups is None else seen.groups[ids],
    )  # fmt: skip


def _ece(seen: Predictions) -> float:
    """NaN where no sample ran."""
    ran = seen.top1 != FAILED
    if not ran.any():
        return float("nan")
    confidence = calibration.top1_confidence(seen.scores[ran], seen.score_kind)
    return calibration.expected_calibration_error(confidence, ~seen.errors[ran])


def _shifts(
    request: Request, documents: dict[runs.Run, RunDocument], seen: dict[Key, _Seen]
) -> tuple[Shift, ...]:
    """Stages in the order of the chain, families by name, sizes from the smallest on."""
    of_model: dict[tuple[str, int, str], list[runs.Run]] = {}
    for run, document in documents.items():
        of_model.setdefault((run.family, document["params"], run.model_id), []).append(run)
    return tuple(
        Shift(
            model=name,
            family=family,
            params=params,
            stage=stage,
            clean=np.stack([seen[run, stage, None].errors for run in members]),
            corrupted=np.stack(
                [[seen[run, stage, condition].errors for condition in request.conditions] for run in members]
            ),
            ece=np.array(
                [
                    [seen[run, stage, condition].ece for condition in (None, *request.conditions)]
                    for run in members
                ]
            ),
        )
        for stage in request.stages
        for (family, params, name), members in sorted(of_model.items())
    )
