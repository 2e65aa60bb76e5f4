"""Small int8 classifiers of samples of any shape, and data sets for them: one dense layer, in milliseconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.firmware.models import Model

CLASSES = 3
SCALE, ZERO_POINT = 0.05, -3  # of the input: -6.25 to 6.5


def write_dense(path: Path, shape: tuple[int, ...]) -> Path:
    """A .tflite whose scores are one dense layer of the values of a sample of `shape`, in TFLite's order."""
    model, size = Model(), int(np.prod(shape))
    source = at = model.activation((1, *shape), SCALE, ZERO_POINT)
    if len(shape) > 1:
        at = model.activation((1, size), SCALE, ZERO_POINT)
        target = model.constant(np.array([1, size], np.int32))
        model.operator("RESHAPE", [source, target], [at], "ReshapeOptions", newShape=[1, size])
    weights = np.random.default_rng(0).integers(-127, 128, (CLASSES, size), np.int8)
    scores = model.activation((1, CLASSES), 0.1)
    operands = [
        at,
        model.constant(weights, [0.01]),
        model.constant(np.zeros(CLASSES, np.int32), [0.01 * SCALE]),
    ]
    model.operator("FULLY_CONNECTED", operands, [scores], "FullyConnectedOptions")
    path.write_bytes(model.build([source], [scores]))
    return path


def features(shape: tuple[int, ...], count: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """float32 samples of normal noise, whose mean follows their label, and the labels."""
    random, labels = np.random.default_rng(1), np.arange(count) % CLASSES
    noise = random.normal(size=(count, *shape))
    return (noise + labels.reshape(-1, *[1] * len(shape)) - 1).astype(np.float32), labels


def write_features(path: Path, samples: np.ndarray, labels: np.ndarray, **more: np.ndarray) -> str:
    """As npz:PATH, the same samples for training and testing."""
    names = np.array(["a", "b", "c"])
    np.savez(path, x_train=samples, y_train=labels, x_test=samples, y_test=labels, class_names=names, **more)
    return f"npz:{path}"
