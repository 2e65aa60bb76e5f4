"""Real models and images of ../shared/data, for comparisons of engines."""

from __future__ import annotations

from pathlib import Path

import numpy as np

MODELS = (
    "bench-scalecnn-4-int8.tflite",
    "bench-scalecnn-16-int8.tflite",
    "bench-mobilenetv2-0.35-int8.tflite",
    "mlperf-tiny-ic-resnet8-int8.tflite",
)


def images(path: Path, count: int) -> np.ndarray:
    """The first test images of an npz as inputs of these models, int8 (count, height, width, channels)."""
    return (np.load(path)["x_test"][:count].astype(np.int16) - 128).astype(np.int8)
