"""The neighbouring stages of an evaluated model, looked into where their outputs differ; results are kept."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from edgeval import store
from edgeval.errors import EdgevalError, StoreError, ToolError
from edgeval.localise.job import LayerJob, look, sample_limit, telling
from edgeval.localise.kernels import STAGES
from edgeval.progress import say
from edgeval.records import FAILED, Predictions
from edgeval.runtimes import ModelSource

METHOD = 1  # counts up when layers are looked into in another way: what was kept is then made again


@dataclass(frozen=True)
class EvaluatedModel:
    """One model after its evaluation: for each stage how it was opened and what it predicted."""

    label: str
    folder: Path
    sources: Mapping[str, ModelSource]
    predictions: Mapping[str, Predictions]


def layers_of(model: EvaluatedModel, images: np.ndarray, pool: ProcessPoolExecutor) -> list[dict[str, Any]]:
    """The documents of `look`, one for each two neighbouring int8 stages whose outputs differ.

    `images` uint8 (n, h, w, c) are the test set's, by sample id. Where a stage cannot be looked into, that is said
    and the pair is left out: it keeps the verdict of its outputs.
    """
    stages = [stage for stage in STAGES if stage in model.predictions]
    documents = []
    for first, second in pairwise(stages):
        job = _job(model, first, second, images)
        if job is None:
            continue
        try:
            documents.append(_looked(model, job, pool))
        except EdgevalError as error:
            say(f"{model.label}: the layers of {first} and {second} cannot be compared: {error}")
    return documents


def _job(model: EvaluatedModel, first: str, second: str, images: np.ndarray) -> LayerJob | None:
    before, after = model.predictions[first], model.predictions[second]
    if before.output_int8 is None or after.output_int8 is None:
        return None
    ids, rows, others = np.intersect1d(before.ids, after.ids, return_indices=True)
    ran = (before.top1[rows] != FAILED) & (after.top1[others] != FAILED)
    ids, outputs = ids[ran], before.output_int8[rows[ran]]
    differing = after.output_int8[others[ran]]
    chosen = telling(outputs, differing, sample_limit(first, second))
    if not len(chosen):
        return None
    return LayerJob(
        model.sources[first], model.sources[second],
        ids[chosen], images[ids[chosen]], outputs[chosen], differing[chosen],
    )  # fmt: skip


def _looked(model: EvaluatedModel, job: LayerJob, pool: ProcessPoolExecutor) -> dict[str, Any]:
    first, second = job.first.stage, job.second.stage
    name = f"layers-{first}-{second}{'' if job.second.target is None else f'-{job.second.target}'}.json"
    origins = repr((METHOD, model.predictions[first].provenance, model.predictions[second].provenance))
    key = store.sha256_bytes(origins.encode() + job.ids.tobytes())
    document = _kept(model.folder, name, key)
    if document is None:
        say(
            f"{model.label}: outputs differ from {first} to {second}, comparing layers on {len(job.ids)} samples"
        )
        document = {**_ask(pool, job), "key": key}
        store.publish(model.folder, name, store.json_bytes(document))
    return document


def _kept(folder: Path, name: str, key: str) -> dict[str, Any] | None:
    """The document of an earlier run that is still valid, or None."""
    if store.is_finished(folder, name):
        with contextlib.suppress(StoreError):  # of an older edgeval
            document = store.read_json(folder / name)
            return document if document.get("key") == key else None
    return None


def _ask(pool: ProcessPoolExecutor, job: LayerJob) -> dict[str, Any]:
    try:
        return pool.submit(look, job).result()
    except BrokenProcessPool as error:
        raise ToolError(
            "the process that compared layers died (out of memory, or a library crashed on one operator)"
        ) from error
