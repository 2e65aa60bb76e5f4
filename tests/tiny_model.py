"""Small int8 classifiers as .tflite files, in milliseconds: one dense layer on 8 x 8 images, and what surrounds it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.firmware.models import Model

SIDE, CLASSES = 8, 3
SCALE = 1 / 255


def write_tiny_model(path: Path, activation: str | None = None, outputs: int = 1) -> Path:
    """A .tflite whose scores are one dense layer of the pixels.

    `activation` is an operator without options between image and layer, such as HARD_SWISH; with two `outputs` the
    second is the scores again.
    """
    model = Model()
    image = at = model.activation((1, SIDE, SIDE, 3), SCALE, -128)
    if activation is not None:
        at = model.activation((1, SIDE, SIDE, 3), SCALE, -128)
        model.operator(activation, [image], [at], "HardSwishOptions" if activation == "HARD_SWISH" else "")
    flat = model.activation((1, SIDE * SIDE * 3), SCALE, -128)
    shape = model.constant(np.array([1, SIDE * SIDE * 3], np.int32))
    model.operator("RESHAPE", [at, shape], [flat], "ReshapeOptions", newShape=[1, SIDE * SIDE * 3])
    weights = np.random.default_rng(0).integers(-127, 128, (CLASSES, SIDE * SIDE * 3), np.int8)
    scores = model.activation((1, CLASSES), 0.1)
    operands = [
        flat,
        model.constant(weights, [0.01]),
        model.constant(np.zeros(CLASSES, np.int32), [0.01 * SCALE]),
    ]
    model.operator("FULLY_CONNECTED", operands, [scores], "FullyConnectedOptions")
    path.write_bytes(model.build([image], [scores] * outputs))
    return path


def write_tiny_images(path: Path, count: int = 40) -> str:
    """Images for it, as npz:PATH; 40 take one chunk of an evaluation."""
    random = np.random.default_rng(1)
    labels = np.arange(count) % CLASSES
    images = random.integers(0, 256, (count, SIDE, SIDE, 3), np.uint8)
    names = np.array(["a", "b", "c"])
    np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels, class_names=names)
    return f"npz:{path}"
