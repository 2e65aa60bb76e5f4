"""ResNet-8 and real images for the tests of layers, and jobs made of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgeval.localise.job import LayerJob, int8_inputs
from edgeval.localise.kernels import Kernels
from edgeval.runtimes import ModelSource
from edgeval.runtimes.tflite_file import read_tflite


def source(path: Path, stage: str) -> ModelSource:
    return ModelSource(stage, path, classes=10, input_shape=(32, 32, 3))


def images(subset: Path, count: int) -> np.ndarray:
    """uint8 (count, 32, 32, 3): the first test images."""
    with np.load(subset) as archive:
        return archive["x_test"][:count]


def whole(model: bytes, kernels: Kernels, inputs: list[np.ndarray]) -> np.ndarray:
    """int8 (n, classes): what the kernels give for the whole model."""
    kernels.load(model)
    return np.concatenate([kernels.run([values])[0] for values in inputs])


def job(
    path: Path, stages: tuple[str, str], kernels: tuple[Kernels, Kernels], pixels: np.ndarray
) -> LayerJob:
    """All of the images, with what either stage's whole model predicts for them."""
    model = read_tflite(path)
    first, second = (source(path, stage) for stage in stages)
    inputs = int8_inputs(model, first, pixels)
    outputs = [whole(model, part, inputs) for part in kernels]
    return LayerJob(first, second, np.arange(len(pixels)), pixels, *outputs)
