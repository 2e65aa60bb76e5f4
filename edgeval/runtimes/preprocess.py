"""From a sample to what a network takes: float in torch's order of axes, or int8 in TFLite's."""

from __future__ import annotations

import numpy as np

from edgeval.data.order import to_torch_order
from edgeval.errors import DataError, ModelError
from edgeval.records import IMAGE, QUANTIZED, Preprocessing

# The float ranges that image networks are commonly trained on, as preprocessing of a pixel.
COMMON_RANGES = {
    "0..1": Preprocessing((0.0,), (1.0,)),
    "0..255": Preprocessing((0.0,), (1.0 / 255.0,)),
    "-1..1": Preprocessing((0.5,), (0.5,)),
}


def to_float(samples: np.ndarray, preprocessing: Preprocessing) -> np.ndarray:
    """What a float network takes of samples (n, ...): float32 in torch's order, (n, c, h, w), (n, c, t) or (n, f)."""
    return to_torch_order(normalised(samples, preprocessing))


def normalised(samples: np.ndarray, preprocessing: Preprocessing) -> np.ndarray:
    """float32 of the samples' shape: (x * unit - mean) / std, channel by channel of the last axis (`Preprocessing`).

    DataError where it is for another number of channels.
    """
    _check_channels(samples.shape, preprocessing)
    if preprocessing.kind == IMAGE:
        return _looked_up(_float_table(preprocessing).astype(np.float32), samples)
    if preprocessing.is_default:
        return samples.astype(np.float32, copy=False)
    mean, std = np.array(preprocessing.mean), np.array(preprocessing.std)
    return ((samples - mean) / std).astype(np.float32)


def quantized_input(
    samples: np.ndarray, preprocessing: Preprocessing, scale: float, zero_point: int, taken: str = "int8"
) -> np.ndarray:
    """int8 of the samples' shape: the input of a model's int8 core.

    Samples of kind `quantized` in the type that the model's file takes go in as they are; `taken` uint8 is shifted by
    128, as the QUANTIZE at such an edge does. DataError where they have another type.
    """
    _check_channels(samples.shape, preprocessing)
    if preprocessing.kind == IMAGE:
        return _looked_up(int8_table(preprocessing, scale, zero_point), samples)
    if preprocessing.kind == QUANTIZED and preprocessing.is_default:
        if samples.dtype == np.int8:
            return samples
        if samples.dtype == np.uint8 and taken == "uint8":
            return (samples ^ np.uint8(128)).view(np.int8)
        raise DataError(
            f"the samples are {samples.dtype}, already quantized; the model takes {taken}: store them so, or give "
            "--mean (their zero point) and --std (1 / their scale)"
        )
    return quantize(normalised(samples, preprocessing), scale, zero_point)


def quantize(values: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    """int8 of float32 values, in float32 and half away from zero, as TFLite's QUANTIZE does."""
    quotient = values.astype(np.float32, copy=False) / np.float32(scale)
    return np.clip(_half_away(quotient) + zero_point, -128, 127).astype(np.int8)


def int8_table(preprocessing: Preprocessing, scale: float, zero_point: int) -> np.ndarray:
    """int8 (256,), or (256, channels): the quantized input of each pixel value, rounded half away from zero.

    A quotient within float32's precision of an integer is that integer: 1/255 has no exact float32.
    """
    quotient = _float_table(preprocessing) / scale
    nearest = np.round(quotient)
    quotient = np.where(np.abs(quotient - nearest) < 1e-4, nearest, quotient)
    return np.clip(_half_away(quotient) + zero_point, -128, 127).astype(np.int8)


def covers_pixels(preprocessing: Preprocessing, scale: float, zero_point: int) -> bool:
    """Whether the pixels spread over a model's whole int8 input: pixel p becomes p - 128, give or take one step. With a
    mean and std for each channel the channels share the range, and their ends are those of the input."""
    table = int8_table(preprocessing, scale, zero_point).astype(int)
    if preprocessing.channels is None:
        return bool(np.abs(table - (np.arange(256) - 128)).max() <= 1)
    return bool(table.min() <= -127 and table.max() >= 126)


def _half_away(values: np.ndarray) -> np.ndarray:
    rounded: np.ndarray = np.sign(values) * np.floor(np.abs(values) + values.dtype.type(0.5))
    return rounded


def _float_table(preprocessing: Preprocessing) -> np.ndarray:
    """float64 (256,), or (256, channels): each pixel value as the network sees it."""
    pixels = np.arange(256) / 255.0
    if preprocessing.channels is None:
        return (pixels - preprocessing.mean[0]) / preprocessing.std[0]
    return (pixels[:, None] - np.array(preprocessing.mean)) / np.array(preprocessing.std)


def _looked_up(table: np.ndarray, samples: np.ndarray) -> np.ndarray:
    found: np.ndarray = table[samples] if table.ndim == 1 else table[samples, np.arange(table.shape[1])]
    return found


def _check_channels(shape: tuple[int, ...], preprocessing: Preprocessing) -> None:
    if preprocessing.channels not in (None, shape[-1]):
        raise DataError(
            f"--mean and --std are for {preprocessing.channels} channels, the samples have {shape[-1]}; give one "
            "number for all channels or one for each"
        )


def infer_preprocessing(scale: float, zero_point: int, kind: str = IMAGE) -> Preprocessing:
    """The preprocessing of a foreign int8 model, where its input leaves only one sensible choice.

    An image model calibrated on pixels spreads them over the whole int8 range, so the right float range is the one
    that maps pixel p to p - 128, give or take one step. Raises ModelError where none of the common ones does. Samples
    of another kind go in as they are.
    """
    if kind != IMAGE:
        return Preprocessing(kind=kind)
    for preprocessing in COMMON_RANGES.values():
        if covers_pixels(preprocessing, scale, zero_point):
            return preprocessing
    raise ModelError(
        f"the model's input scale {scale:.6g} and zero point {zero_point} fit none of the pixel ranges "
        f"{', '.join(COMMON_RANGES)}; give --mean and --std of (pixel / 255 - mean) / std"
    )
