"""The layers of two stages for a file of which no stage was evaluated yet: what `edgeval layers` answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from edgeval import store
from edgeval.data import load_dataset
from edgeval.data.dataset import Dataset, check_fits
from edgeval.errors import UsageError, unknown
from edgeval.localise.job import LayerJob, document_of, int8_inputs, opened, sample_limit, telling
from edgeval.localise.kernels import STAGES, Kernels
from edgeval.records import Preprocessing
from edgeval.runtimes import ModelSource
from edgeval.runtimes.int8_core import read_int8
from edgeval.runtimes.tflite_file import classifier


@dataclass(frozen=True)
class Question:
    """Two stages of one .tflite file; `images` of the test set are looked through for the most telling `samples`.

    `samples` None is what the stages' speed allows; `preprocessing` None is inferred from the model's input.
    """

    model: Path
    dataset: str
    first: str = "int8"
    second: str = "tflm"
    target: str | None = None
    engine: str = "builtin"
    images: int = 256
    samples: int | None = None
    preprocessing: Preprocessing | None = None
    data_dir: Path | None = None
    int8_runtime: str | None = None


def compare_layers(question: Question) -> dict[str, Any]:
    """The document of docs/LAYERS.md, with `images`, `images_differing` and `flipped` beside it.

    Raises UsageError for an unknown stage or a missing target, DataError, ModelError, ToolError or DeviceError.
    """
    dataset, model = load_dataset(question.dataset, question.data_dir), read_int8(question.model)
    sources = [_source(question, stage, dataset.kind) for stage in (question.first, question.second)]
    _check_fits(question.model, model, dataset)
    ids = _evenly(len(dataset.test), question.images)
    inputs = int8_inputs(model, sources[0], dataset.test.samples[ids])
    with opened(sources[0]) as first, opened(sources[1]) as second:
        before, after = (_outputs(model, kernels, inputs) for kernels in (first, second))
        rows = telling(before, after, question.samples or sample_limit(question.first, question.second))
        if not len(rows):  # all equal: the layers are compared all the same, on the first images
            rows = np.arange(min(len(ids), sample_limit("emulated")))
        job = LayerJob(
            sources[0], sources[1], ids[rows], dataset.test.samples[ids[rows]], before[rows], after[rows]
        )
        document = document_of(model, job, first, second, [inputs[row] for row in rows])
    return {
        **document,
        "model_sha256": store.sha256_bytes(model),
        "images": len(ids),
        "images_differing": int(np.sum((before != after).any(axis=1))),
        "flipped": int(np.sum(before.argmax(axis=1) != after.argmax(axis=1))),
    }


def _source(question: Question, stage: str, kind: str) -> ModelSource:
    if stage not in STAGES:
        raise unknown("stage", stage, STAGES, "--from or --to")
    if stage == "emulated" and question.target is None:
        raise UsageError("stage emulated needs a target: --target stm32f746, see edgeval targets")
    form = classifier(read_int8(question.model), str(question.model))
    return ModelSource(
        stage, question.model, form.classes, form.input_shape,
        None if question.preprocessing is None else replace(question.preprocessing, kind=kind),
        target=question.target if stage == "emulated" else None, engine=question.engine,
        interpreter=question.int8_runtime if stage == "int8" else None, kind=kind,
    )  # fmt: skip


def _check_fits(path: Path, model: bytes, dataset: Dataset) -> None:
    form = classifier(model, str(path))
    check_fits(str(path), form.input_shape, form.classes, dataset.info(), dataset.sample_shape, dataset.kind)


def _evenly(samples: int, wanted: int) -> np.ndarray:
    """Ids int64 of `wanted` samples, evenly over the set; all where it has no more."""
    return np.unique(np.linspace(0, samples - 1, min(samples, wanted)).round().astype(np.int64))


def _outputs(model: bytes, kernels: Kernels, inputs: list[np.ndarray]) -> np.ndarray:
    """int8 (n, classes): the whole model's outputs."""
    kernels.load(model)
    return np.concatenate([kernels.run([values])[0].reshape(1, -1) for values in inputs])
