"""Int8 exports of networks that nobody has trained yet: weights do not change what a model needs on a target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgeval.export.onnx import export_torch
from edgeval.export.worker import converter
from edgeval.nets import build
from edgeval.progress import progress

IMAGE_SHAPE = (32, 32, 3)  # what the networks of edgeval.nets are made for
CALIBRATION_IMAGES = 8  # noise; it sets scales, which take the same space whatever they are


def untrained_models(model_ids: Sequence[str], classes: int) -> Iterator[tuple[str, bytes]]:
    """Each network's name and its full-int8 .tflite file with random weights.

    Raises ToolError where the converter is missing, UsageError for an unknown network.
    """
    import torch

    noise = np.random.default_rng(0).random((CALIBRATION_IMAGES, *IMAGE_SHAPE), np.float32)
    with converter() as worker, progress(len(model_ids), "untrained exports", "net") as bar:
        for model_id in model_ids:
            torch.manual_seed(0)
            onnx = export_torch(build(model_id, classes), IMAGE_SHAPE, classes, model_id)
            yield model_id, worker.to_int8(onnx, "NCHW", noise, model_id)
            bar.update(1)
