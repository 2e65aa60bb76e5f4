"""Dataset x model x stage -> predictions: the only place that joins them.

A stage is cut into chunks of CHUNK samples that worker processes evaluate, each with one thread, so that the
result does not depend on the number of workers. Finished chunks are kept beside the prediction file until it
is whole; the next start goes on from them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from edgeval import store
from edgeval.data.alike import near_identical
from edgeval.data.dataset import Dataset, check_fits
from edgeval.errors import ModelError, StoreError, ToolError
from edgeval.processes import settle
from edgeval.progress import progress
from edgeval.records import (
    FAILED,
    DatasetInfo,
    Predictions,
    Provenance,
    predictions_bytes,
    read_predictions,
)
from edgeval.runtimes import ModelSource, Runtime, open_runtime
from edgeval.runtimes.identity import INT8_STAGES, Identity, identity
from edgeval.runtimes.input_range import cut_share
from edgeval.turns import turn

NOTED_CUT = 0.01  # of the input values: a report says that more were cut
CHUNK = 128  # samples; what a kill can cost at most


@dataclass(frozen=True)
class Job:
    """One stage of one model: what runs, and the folder and name of its prediction file.

    `ids` int64 (n,) are the positions in the test split that the stage covers, ascending; None is all.
    """

    source: ModelSource
    folder: Path
    name: str  # below the folder, e.g. "predictions/int8.npz"
    label: str  # for people, e.g. "scalecnn-16 seed 0"
    ids: np.ndarray | None = None
    firmware_sha256: str | None = None


@contextmanager
def workers(count: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of evaluating processes; a worker keeps the model it opened last. ToolError where one died."""
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=settle, initargs=(1,))
    try:
        yield pool
    except BrokenProcessPool as error:  # met by whoever submits next, or asks for a result
        pool.shutdown(wait=False, cancel_futures=True)
        raise ToolError(
            "an evaluating process died (out of memory, or the library crashed on this model); "
            "run the same command again to go on with the next chunk"
        ) from error
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def evaluate(job: Job, dataset: Dataset, info: DatasetInfo, pool: ProcessPoolExecutor) -> Predictions:
    """The predictions of a stage over its samples, read where they are finished and still valid.

    Raises DataError where the model does not fit the dataset, ModelError, ToolError or StoreError.
    """
    made_by = identity(job.source)
    # What was inferred is what runs, so the file cannot say another preprocessing than the one that made it.
    job = replace(job, source=replace(job.source, preprocessing=made_by.preprocessing))
    provenance = _provenance(job, info, made_by)
    store.inside(job.folder, job.name)  # before the work, not after it
    with turn(_hidden(job, "claim"), f"evaluating {job.folder / job.name}"):
        ids = np.arange(len(dataset.test)) if job.ids is None else job.ids
        finished = _finished(job, provenance, ids)
        if finished is not None:
            return finished
        input_shape, classes = pool.submit(_form, job.source, provenance.model_sha256).result()
        check_fits(str(job.source.path), input_shape, classes, info, dataset.sample_shape, dataset.kind)
        cut = _cut(job, dataset)
        predictions = _with_groups(_evaluate_chunks(job, provenance, dataset, ids, pool), dataset, info, cut)
        store.publish(job.folder, job.name, predictions_bytes(predictions))
        shutil.rmtree(_hidden(job, "parts"), ignore_errors=True)
    return replace(predictions, file=job.folder / job.name)


def _cut(job: Job, dataset: Dataset) -> float:
    """How many values an int8 input cuts, as a fraction; DataError where the data have another scale."""
    told = job.source.preprocessing
    if job.source.stage not in INT8_STAGES or told is None:
        return 0.0
    return cut_share(job.source.path, dataset.test.samples, told)


def _with_groups(predictions: Predictions, dataset: Dataset, info: DatasetInfo, cut: float) -> Predictions:
    groups = dataset.test.groups
    alike = _alike(info.sha256, dataset)
    return replace(
        predictions,
        groups=None if groups is None else groups[predictions.ids],
        notes=predictions.notes
        | ({"near_identical": alike} if alike else {})
        | ({"inputs_cut": cut} if cut > NOTED_CUT else {}),
    )


_ALIKE: dict[str, int] = {}  # by the data set's SHA-256: a run evaluates many models on one


def _alike(sha256: str, dataset: Dataset) -> int:
    if sha256 not in _ALIKE:
        _ALIKE[sha256] = near_identical(dataset.test.samples, dataset.test.groups)
    return _ALIKE[sha256]


def _provenance(job: Job, info: DatasetInfo, made_by: Identity) -> Provenance:
    return Provenance(
        stage=job.source.stage,
        model_sha256=store.sha256_file(job.source.path),
        dataset=info,
        target=job.source.target,
        engine=job.source.engine,
        firmware_sha256=job.firmware_sha256,
        **vars(made_by),
    )


def _finished(job: Job, provenance: Provenance, ids: np.ndarray) -> Predictions | None:
    """What an earlier evaluation left, where nothing that makes it has changed since."""
    if not store.is_finished(job.folder, job.name):
        return None
    try:
        predictions = read_predictions(job.folder / job.name)
    except StoreError:
        return None  # of an edgeval that did not store all that makes it
    valid = predictions.provenance == provenance and np.array_equal(predictions.ids, ids)
    return predictions if valid else None


def _evaluate_chunks(
    job: Job, provenance: Provenance, dataset: Dataset, ids: np.ndarray, pool: ProcessPoolExecutor
) -> Predictions:
    chunks = [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
    paths = [_part_path(job, provenance, chunk) for chunk in chunks]
    parts = {index: read_predictions(path) for index, path in enumerate(paths) if path.exists()}
    done = sum(len(part.ids) for part in parts.values())
    right = sum(int((~part.errors).sum()) for part in parts.values())
    with progress(len(ids), f"{job.label} {provenance.stage}", done=done) as bar:
        pending = {
            pool.submit(_run_chunk, job.source, provenance, chunk, *_samples(dataset, chunk)): index
            for index, chunk in enumerate(chunks)
            if index not in parts
        }
        for future in as_completed(pending):
            index = pending[future]
            part = parts[index] = future.result()
            store.write_bytes(paths[index], predictions_bytes(part))
            done, right = done + len(part.ids), right + int((~part.errors).sum())
            bar.update(len(part.ids), accuracy=right / done)
    return _joined([parts[index] for index in range(len(chunks))])


def _samples(dataset: Dataset, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return dataset.test.samples[ids], dataset.test.labels[ids]


def _hidden(job: Job, kind: str) -> Path:
    path = job.folder / job.name
    return path.with_name(f".{path.stem}.{kind}")


def _part_path(job: Job, provenance: Provenance, ids: np.ndarray) -> Path:
    key = store.sha256_bytes(repr(provenance).encode() + ids.tobytes())[:16]
    return _hidden(job, "parts") / f"{ids[0]:08d}-{key}.npz"


def _joined(parts: list[Predictions]) -> Predictions:
    outputs = [part.output_int8 for part in parts if part.output_int8 is not None]
    return replace(
        parts[0],
        ids=np.concatenate([part.ids for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        top1=np.concatenate([part.top1 for part in parts]),
        scores=np.concatenate([part.scores for part in parts]),
        output_int8=np.concatenate(outputs) if outputs else None,
    )


# In the worker processes:


@lru_cache(maxsize=1)
def _opened(source: ModelSource, model_sha256: str | None) -> Runtime:
    """The runtime of the very file that has this hash; ModelError where another one lies there by now."""
    runtime = open_runtime(source)
    if store.sha256_file(source.path) != model_sha256:
        raise ModelError(f"{source.path} changed while it was evaluated; run the same command again")
    return runtime


def _form(source: ModelSource, model_sha256: str | None) -> tuple[tuple[int, ...], int]:
    runtime = _opened(source, model_sha256)
    return runtime.input_shape, runtime.classes


def _run_chunk(
    source: ModelSource, provenance: Provenance, ids: np.ndarray, samples: np.ndarray, labels: np.ndarray
) -> Predictions:
    runtime = _opened(source, provenance.model_sha256)
    _check_runtime(runtime, provenance)
    outputs = runtime.run(samples)
    if not np.isfinite(outputs.scores).all():
        raise ModelError(
            f"{source.path} gives scores that are not numbers at stage {source.stage}, in samples "
            f"{ids[0]} to {ids[-1]}; train or export it again"
        )
    ranked = outputs.scores if outputs.output_int8 is None else outputs.output_int8
    return Predictions(
        provenance=provenance,
        ids=ids,
        labels=labels,
        top1=np.where(outputs.failed, FAILED, ranked.argmax(axis=1)),
        scores=outputs.scores,
        score_kind=runtime.score_kind,
        output_int8=outputs.output_int8,
        output_scale=runtime.output_scale,
        output_zero_point=runtime.output_zero_point,
    )


def _check_runtime(runtime: Runtime, provenance: Provenance) -> None:
    """ToolError where another library opened than the one that the file would name."""
    seen, told = (runtime.name, runtime.delegate), (provenance.runtime, provenance.delegate)
    if seen != told:
        raise ToolError(
            f"stage {provenance.stage} opened {seen[0]} (delegate {seen[1]}), installed is {told[0]} (delegate "
            f"{told[1]}); reinstall one of them (see edgeval doctor)"
        )
