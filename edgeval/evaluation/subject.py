"""One model with one seed through every stage of the chain, the device included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgeval.cases.case import DeviceFigures
from edgeval.data.dataset import Dataset
from edgeval.evaluation.deployment import ENGINE, Deployment, device_samples, figures
from edgeval.evaluation.evaluate import Job, evaluate, workers
from edgeval.localise.neighbours import EvaluatedModel, layers_of
from edgeval.nets.code import Code
from edgeval.records import DatasetInfo, Predictions, Preprocessing
from edgeval.runs import PREDICTIONS
from edgeval.runtimes import HOST_STAGES, ModelSource


@dataclass(frozen=True)
class Bench:
    """What all evaluations of a command share."""

    dataset: Dataset
    info: DatasetInfo
    pool: ProcessPoolExecutor
    deployment: Deployment | None = None
    int8_runtime: str | None = None  # of edgeval.runtimes.interpreters


@dataclass(frozen=True)
class Subject:
    """A model's file for each stage, and the folder that its predictions go to."""

    label: str
    folder: Path
    files: Mapping[str, Path]
    preprocessing: Preprocessing | None
    network: str | None = None
    code: Code | None = None


@dataclass(frozen=True)
class Evaluated:
    """A subject's predictions by stage, its figures on the target where one was asked for, and what its layers
    show where neighbouring stages differ (edgeval.localise)."""

    predictions: Mapping[str, Predictions]
    device: DeviceFigures | None = None
    layers: tuple[dict[str, Any], ...] = ()


def evaluate_subject(subject: Subject, stages: Sequence[str], bench: Bench) -> Evaluated:
    """Evaluate the host stages on the whole test set, then the device stages, then look into what differs.

    The engine on this PC runs the whole set too, as `host` or `tflm`; the target runs all of it or a stratified
    sample.
    """
    evaluated = _stages(subject, stages, bench)
    sources = {stage: opening(subject, stage, bench) for stage in evaluated.predictions}
    model = EvaluatedModel(subject.label, subject.folder, sources, evaluated.predictions)
    return replace(evaluated, layers=tuple(layers_of(model, bench.dataset.test.samples, bench.pool)))


def _stages(subject: Subject, stages: Sequence[str], bench: Bench) -> Evaluated:
    predictions = {stage: _host_stage(subject, stage, bench) for stage in stages}
    deployment = bench.deployment
    if deployment is None:
        return Evaluated(predictions)
    stage = deployment.stage
    costs = figures(subject.files[stage], subject.folder, deployment)
    full = deployment.full_stage
    if full not in predictions:
        predictions[full] = _host_stage(subject, full, bench)
    if costs.fits:
        predictions[stage] = _device_stage(subject, stage, bench, deployment, costs)
    return Evaluated(predictions, costs)


def _source(subject: Subject, stage: str, bench: Bench) -> ModelSource:
    return ModelSource(
        stage=stage,
        path=subject.files[stage],
        classes=len(bench.dataset.classes),
        input_shape=bench.dataset.sample_shape,
        preprocessing=_of_kind(subject.preprocessing, bench.dataset.kind),
        kind=bench.dataset.kind,
    )


def _of_kind(preprocessing: Preprocessing | None, kind: str) -> Preprocessing | None:
    """--mean and --std are numbers; what they are applied to is the data set's to say."""
    return None if preprocessing is None else replace(preprocessing, kind=kind)


def opening(subject: Subject, stage: str, bench: Bench) -> ModelSource:
    """How a stage of a subject is opened, wherever it runs: a device stage as `bench.deployment` says."""
    source, deployment = _source(subject, stage, bench), bench.deployment
    if stage == "float":
        return replace(source, network=subject.network, code=subject.code)
    if stage == "int8":
        return replace(source, interpreter=bench.int8_runtime)
    if stage == "host":
        return replace(source, engine=ENGINE)
    if deployment is None or stage in HOST_STAGES:
        return source
    return replace(
        source,
        engine=deployment.engine,
        target=deployment.target,
        runner=deployment.runner,
        port=deployment.port,
    )


def _host_stage(subject: Subject, stage: str, bench: Bench) -> Predictions:
    source = opening(subject, stage, bench)
    job = Job(source, subject.folder, f"{PREDICTIONS}/{stage}.npz", subject.label)
    return evaluate(job, bench.dataset, bench.info, bench.pool)


def _device_stage(
    subject: Subject, stage: str, bench: Bench, deployment: Deployment, costs: DeviceFigures
) -> Predictions:
    job = Job(
        source=opening(subject, stage, bench),
        folder=subject.folder,
        name=f"{PREDICTIONS}/{deployment.predictions}",
        label=subject.label,
        ids=device_samples(bench.dataset.test.labels, costs.instructions or 1, deployment),
        firmware_sha256=deployment.firmware_sha256,
    )
    with _pool(stage, bench) as pool:
        return evaluate(job, bench.dataset, bench.info, pool)


@contextmanager
def _pool(stage: str, bench: Bench) -> Iterator[ProcessPoolExecutor]:
    """There is one board: a process of its own opens the port, and gives it back at its end."""
    if stage != "board":
        yield bench.pool
        return
    with workers(1) as pool:
        yield pool
