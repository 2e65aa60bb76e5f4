"""From uint8 pixels to what a network takes: float NCHW or int8 NHWC."""

from __future__ import annotations

import numpy as np

from edgeval.errors import ModelError
from edgeval.records import Preprocessing

# The float ranges that image networks are commonly trained on, as preprocessing of a pixel.
COMMON_RANGES = {
    "0..1": Preprocessing(0.0, 1.0),
    "0..255": Preprocessing(0.0, 1.0 / 255.0),
    "-1..1": Preprocessing(0.5, 0.5),
}


def to_float(images: np.ndarray, preprocessing: Preprocessing) -> np.ndarray:
    """uint8 (n, h, w, c) to float32 (n, c, h, w): (p / 255 - mean) / std."""
    table = _float_table(preprocessing).astype(np.float32)
    return np.ascontiguousarray(table[images].transpose(0, 3, 1, 2))


def int8_table(preprocessing: Preprocessing, scale: float, zero_point: int) -> np.ndarray:
    """int8 (256,): the quantized input of each pixel value; rounds half away from zero as TFLite does.

    A quotient within float32's precision of an integer is that integer: 1/255 has no exact float32.
    """
    quotient = _float_table(preprocessing) / scale
    nearest = np.round(quotient)
    quotient = np.where(np.abs(quotient - nearest) < 1e-4, nearest, quotient)
    rounded = np.sign(quotient) * np.floor(np.abs(quotient) + 0.5)
    return np.clip(rounded + zero_point, -128, 127).astype(np.int8)


def _float_table(preprocessing: Preprocessing) -> np.ndarray:
    return (np.arange(256) / 255.0 - preprocessing.mean) / preprocessing.std


def infer_preprocessing(scale: float, zero_point: int) -> Preprocessing:
    """The preprocessing of a foreign int8 model, where its input scale leaves only one sensible choice.

    A model calibrated on pixels spreads them over the whole int8 range, so the right float range is the one
    that maps pixel p to p - 128, give or take one step. Raises ModelError where none of the common ones does.
    """
    identity = np.arange(256) - 128
    for preprocessing in COMMON_RANGES.values():
        if np.abs(int8_table(preprocessing, scale, zero_point) - identity).max() <= 1:
            return preprocessing
    raise ModelError(
        f"the model's input scale {scale:.6g} and zero point {zero_point} fit none of the pixel ranges "
        f"{', '.join(COMMON_RANGES)}; give --mean and --std of (pixel / 255 - mean) / std"
    )
