"""A classifier of tiny images, without training."""

from __future__ import annotations

import numpy as np

from tests.firmware.models import Model

CLASSES, SIDE = 3, 8


def classifier(seed: int) -> bytes:
    """An int8 file of one fully connected layer on images of SIDE x SIDE pixels; its input is pixel - 128."""
    model, rng = Model(), np.random.default_rng(seed)
    pixels = SIDE * SIDE * 3
    image = model.activation((1, SIDE, SIDE, 3), 1 / 255, -128)
    flat = model.activation((1, pixels), 1 / 255, -128)
    shape = model.constant(np.array([1, pixels], np.int32))
    weights = model.constant(rng.integers(-127, 128, (CLASSES, pixels)).astype(np.int8), [0.01])
    scores = model.activation((1, CLASSES), 0.2, 0)
    model.operator("RESHAPE", [image, shape], [flat], "ReshapeOptions", newShape=[1, pixels])
    model.operator("FULLY_CONNECTED", [flat, weights, -1], [scores], "FullyConnectedOptions")
    return model.build([image], [scores])
