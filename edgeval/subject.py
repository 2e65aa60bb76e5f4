"""One model with one seed through every stage of the chain, the device included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from edgeval.compare.case import DeviceFigures
from edgeval.data.dataset import Dataset
from edgeval.deployment import Deployment, device_samples, figures
from edgeval.evaluate import Job, evaluate
from edgeval.records import DatasetInfo, Predictions, Preprocessing
from edgeval.runs import PREDICTIONS
from edgeval.runtimes import ModelSource


@dataclass(frozen=True)
class Bench:
    """What all evaluations of a command share."""

    dataset: Dataset
    info: DatasetInfo
    pool: ProcessPoolExecutor
    deployment: Deployment | None = None


@dataclass(frozen=True)
class Subject:
    """A model's file for each stage, and the folder that its predictions go to."""

    label: str
    folder: Path
    files: Mapping[str, Path]
    preprocessing: Preprocessing | None
    network: str | None = None


@dataclass(frozen=True)
class Evaluated:
    """A subject's predictions by stage, and its figures on the target where one was asked for."""

    predictions: Mapping[str, Predictions]
    device: DeviceFigures | None = None


def evaluate_subject(subject: Subject, stages: Sequence[str], bench: Bench) -> Evaluated:
    """Evaluate the host stages on the whole test set, then the device stages.

    The engine's build for this PC runs the whole set too; the target runs all of it or a stratified sample.
    """
    predictions = {stage: _host_stage(subject, stage, bench) for stage in stages}
    deployment = bench.deployment
    if deployment is None:
        return Evaluated(predictions)
    costs = figures(subject.files["emulated"], subject.folder, deployment)
    predictions["host"] = _device_stage(subject, "host", bench, deployment, costs)
    if costs.fits:
        predictions["emulated"] = _device_stage(subject, "emulated", bench, deployment, costs)
    return Evaluated(predictions, costs)


def _source(subject: Subject, stage: str, bench: Bench) -> ModelSource:
    return ModelSource(
        stage=stage,
        path=subject.files[stage],
        classes=len(bench.dataset.classes),
        input_shape=bench.dataset.image_shape,
        preprocessing=subject.preprocessing,
    )


def _host_stage(subject: Subject, stage: str, bench: Bench) -> Predictions:
    source = _source(subject, stage, bench)
    if stage == "float":
        source = replace(source, network=subject.network)
    job = Job(source, subject.folder, f"{PREDICTIONS}/{stage}.npz", subject.label)
    return evaluate(job, bench.dataset, bench.info, bench.pool)


def _device_stage(
    subject: Subject, stage: str, bench: Bench, deployment: Deployment, costs: DeviceFigures
) -> Predictions:
    source = replace(_source(subject, stage, bench), engine=deployment.engine)
    if stage == "host":
        job = Job(source, subject.folder, f"{PREDICTIONS}/host.npz", subject.label)
    else:
        job = Job(
            source=replace(source, target=deployment.target),
            folder=subject.folder,
            name=f"{PREDICTIONS}/{stage}-{deployment.target}.npz",
            label=subject.label,
            ids=device_samples(bench.dataset.test.labels, costs.instructions or 1, deployment),
            firmware_sha256=deployment.firmware_sha256,
        )
    return evaluate(job, bench.dataset, bench.info, bench.pool)
