"""The exact integer sums of an operator, before any rounding: what all kernels agree on.

Sums are computed in float64, which is exact here: 2^14 * 2^20 products stay far below 2^53.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgeval.localise.operator_data import OperatorData, TensorData


def weighted_sums(operator: OperatorData, image: np.ndarray) -> np.ndarray:
    """int64 sums, bias included, in the operator's output shape with channels last.

    `image` int8 is the computed input. For CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED.
    """
    source, weights = _constant(operator.inputs[0]), _constant(operator.inputs[1])
    bias = operator.inputs[2] if len(operator.inputs) > 2 else None
    centred = image.astype(np.float64) - source.zero_point
    assert weights.values is not None
    values = weights.values.astype(np.float64) - weights.zero_point
    if operator.name == "FULLY_CONNECTED":
        sums = centred.reshape(-1, values.shape[1]) @ values.T
    elif operator.name == "CONV_2D":
        patches = _patches(operator, centred, values.shape[1:3])  # (n, y, x, c, fy, fx)
        sums = np.tensordot(patches, values, axes=((4, 5, 3), (1, 2, 3)))
    else:
        patches = _patches(operator, centred, values.shape[1:3])
        depth = values.shape[3] // patches.shape[3]
        filters = values[0].reshape(*values.shape[1:3], patches.shape[3], depth)
        sums = np.einsum("nyxcij,ijcd->nyxcd", patches, filters).reshape(*patches.shape[:3], -1)
    if bias is not None and bias.values is not None:
        sums = sums + bias.values
    return np.rint(sums).astype(np.int64).reshape(operator.output.shape)


def mean_sums(operator: OperatorData, images: Sequence[np.ndarray]) -> tuple[np.ndarray, int]:
    """Of MEAN: int64 sums of the inputs less their zero point, (n, *output shape), and how many inputs each has."""
    source, axes = _constant(operator.inputs[0]), _constant(operator.inputs[1])
    assert axes.values is not None
    centred = np.stack(images).astype(np.int64) - source.zero_point
    reduced = tuple(int(axis) % len(source.shape) + 1 for axis in axes.values.reshape(-1))
    sums = centred.sum(axis=reduced).reshape(len(images), *operator.output.shape)
    return sums, centred[0].size // sums[0].size


def real_multipliers(operator: OperatorData) -> np.ndarray:
    """float64 (channels,): input scale * weight scale / output scale, what a sum is multiplied with."""
    source, weights = _constant(operator.inputs[0]), _constant(operator.inputs[1])
    product = source.scales[0].astype(np.float64) * weights.scales.astype(np.float64)
    real: np.ndarray = product / operator.output.scales[0].astype(np.float64)
    return real


def _constant(tensor: TensorData | None) -> TensorData:
    assert tensor is not None
    return tensor


def _patches(operator: OperatorData, image: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """The receptive fields (n, out_y, out_x, channels, filter_y, filter_x); padding adds nothing to a sum."""
    strides, dilation, same = operator.window()
    margins = [(0, 0)] * 4
    extents = [(count - 1) * step + 1 for count, step in zip(size, dilation, strict=True)]
    if same:
        for axis, extent, stride in zip((1, 2), extents, strides, strict=True):
            outputs = -(-image.shape[axis] // stride)
            missing = max(0, (outputs - 1) * stride + extent - image.shape[axis])
            margins[axis] = (missing // 2, missing - missing // 2)
    padded = np.pad(image, margins)
    windows = np.lib.stride_tricks.sliding_window_view(padded, extents, axis=(1, 2))
    patches: np.ndarray = windows[:, :: strides[0], :: strides[1], :, :: dilation[0], :: dilation[1]]
    return patches
