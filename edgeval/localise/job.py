"""Look into the layers of two stages of one model: on which samples, and what is said of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from edgeval import store
from edgeval.localise.findings import diverges_at, explained_by, in_words, verdict
from edgeval.localise.kernels import Kernels, open_kernels
from edgeval.localise.walk import walk
from edgeval.runtimes import ModelSource
from edgeval.runtimes.int8_core import read_int8, taken_type
from edgeval.runtimes.preprocess import infer_preprocessing, quantized_input
from edgeval.runtimes.tflite_file import classifier

SAMPLES = 32
EMULATED_SAMPLES = 4  # a kernel's fault shows on any input, and an emulated inference takes up to a minute


@dataclass(frozen=True)
class LayerJob:
    """Two stages of one .tflite file and the samples to look into.

    ids int64 (n,); samples (n, ...) of the data set; before and after int8 (n, classes): what the stages predicted.
    """

    first: ModelSource
    second: ModelSource
    ids: np.ndarray
    samples: np.ndarray
    before: np.ndarray
    after: np.ndarray


def sample_limit(*stages: str) -> int:
    """How many samples two stages are looked into with."""
    return EMULATED_SAMPLES if "emulated" in stages else SAMPLES


def telling(before: np.ndarray, after: np.ndarray, limit: int) -> np.ndarray:
    """Rows int64 (n,), n <= limit, that tell most of two int8 outputs (m, classes): flipped labels first, then the
    largest differences, then the lowest row. Rows without a difference are left out."""
    largest = np.abs(before.astype(np.int16) - after).max(axis=1, initial=0)
    flipped = before.argmax(axis=1) != after.argmax(axis=1)
    order = np.lexsort((np.arange(len(largest)), -largest, ~flipped))
    chosen: np.ndarray = order[largest[order] > 0]
    return chosen[:limit]


def look(job: LayerJob) -> dict[str, Any]:
    """Run the samples through both stages' layers; the JSON document that docs/LAYERS.md describes.

    Raises ModelError, ToolError or DeviceError where a stage cannot be opened or refuses an operator.
    """
    model = read_int8(job.first.path)
    inputs = int8_inputs(model, job.first, job.samples)
    with opened(job.first) as first, opened(job.second) as second:
        return document_of(model, job, first, second, inputs)


def document_of(
    model: bytes, job: LayerJob, first: Kernels, second: Kernels, inputs: list[np.ndarray]
) -> dict[str, Any]:
    """As look(), with kernels that are open already: a test's own build of the engine, for example."""
    seen = walk(model, first, second, inputs)
    layers = [{**asdict(layer), "channels": [asdict(row) for row in layer.channels]} for layer in seen.layers]
    document = {
        "schema_version": store.SCHEMA_VERSION,
        "from": job.first.stage,
        "to": job.second.stage,
        "samples": len(job.ids),
        "sample_ids": job.ids.tolist(),
        "reproduced_from": _equal(seen.first_outputs, job.before),
        "reproduced_to": _equal(seen.second_outputs, job.after),
        "diverges_at": diverges_at(layers),
        "explained_by": explained_by(layers),
        "operators": layers,
    }
    return {**document, "verdict": verdict(document), "text": in_words(document)}


def int8_inputs(model: bytes, source: ModelSource, samples: np.ndarray) -> list[np.ndarray]:
    """The model's inputs int8 (1, ...), one for each of the samples (n, ...)."""
    form = classifier(model, str(source.path))
    preprocessing = source.preprocessing or infer_preprocessing(
        form.input_scale, form.input_zero_point, source.kind
    )
    quantized = quantized_input(
        samples, preprocessing, form.input_scale, form.input_zero_point, taken_type(source.path)
    )
    return [quantized[row : row + 1] for row in range(len(quantized))]


@contextlib.contextmanager
def opened(source: ModelSource) -> Iterator[Kernels]:
    """The kernels of a stage, closed afterwards."""
    kernels = open_kernels(source)
    try:
        yield kernels
    finally:
        kernels.close()


def _equal(outputs: np.ndarray, whole: np.ndarray) -> int:
    """How many samples end, operator by operator, at the bytes that the whole model gave."""
    return int(np.sum((outputs.reshape(whole.shape) == whole).all(axis=1)))
