"""More operators, one function each, int8 or int16 as the maker says: element by element."""

from __future__ import annotations

import numpy as np

from tests.firmware.layers import ACTIVATIONS, mean, narrowed
from tests.firmware.maker import SAME, VALID, Maker


def rescaled(make: Maker, x: int, low: float = -2, high: float = 2) -> int:
    """A tensor of the same shape whose scale is 2^low to 2^high times as large."""
    factor = 1.0 if make.chance(0.2) else 2.0 ** make.random.uniform(low, high)
    scale = float(np.float32(make.model.quantization(x)[0] * factor))
    return make.model.activation(make.model.shape(x), scale, make.zero_point())


def hard_swish(make: Maker, x: int) -> int:
    y = rescaled(make, x, -6, 6)
    make.model.operator("HARD_SWISH", [x], [y], "HardSwishOptions")
    return y


def leaky_relu(make: Maker, x: int) -> int:
    y = rescaled(make, x)
    alphas = (0.0, 0.01, 0.1, 0.3, 1.0, 1.5, -0.2, make.random.uniform(0, 1))
    alpha = float(np.float32(alphas[make.between(0, len(alphas) - 1)]))
    make.model.operator("LEAKY_RELU", [x], [y], "LeakyReluOptions", alpha=alpha)
    return y


def tanh(make: Maker, x: int) -> int:
    y = make.model.activation(make.model.shape(x), *((1 / 32768, 0) if make.wide else (1 / 128, 0)))
    make.model.operator("TANH", [x], [y])
    return y


def prelu(make: Maker, x: int) -> int:
    shape = make.model.shape(x)
    form = (*([1] * (len(shape) - 1)), shape[-1]) if make.chance(0.6) else narrowed(make, shape)
    slope = make.random.integers(-128, 128, form, dtype=np.int8)
    y = rescaled(make, x)
    alpha = make.model.constant(slope, [make.scale() / 64], make.pick(-128, 0, 5))
    make.model.operator("PRELU", [x, alpha], [y])
    return y


def extreme(make: Maker, x: int) -> int:
    """MAXIMUM or MINIMUM with a constant or the tensor itself."""
    shape = make.model.shape(x)
    form = shape if make.chance(0.5) else narrowed(make, shape)
    other = make.model.constant(make.values(form), [make.model.quantization(x)[0]], make.zero_point())
    y = make.like(x, shape)
    operands = [x, other] if make.chance(0.5) else [other, x]
    make.model.operator("MAXIMUM" if make.chance(0.5) else "MINIMUM", operands, [y], "MaximumMinimumOptions")
    return y


def transpose_conv(make: Maker, x: int) -> int:
    batch, height, width, channels = make.model.shape(x)
    filter_h, filter_w, stride_h, stride_w = (make.between(1, 4) for _ in range(4))
    padding, outputs = make.pick(SAME, VALID), make.between(1, 6)
    high = height * stride_h if padding == SAME else (height - 1) * stride_h + filter_h
    wide = width * stride_w if padding == SAME else (width - 1) * stride_w + filter_w
    depth = filter_h * filter_w * channels
    weights, weight_scale = make.filter((outputs, filter_h, filter_w, channels), 0)
    unit = make.model.quantization(x)[0] * weight_scale
    bias = make.bias(outputs, depth, unit, narrow="int16")
    y = make.accumulated((batch, high, wide, outputs), unit, depth)
    shape = make.model.constant(np.array(make.model.shape(y), np.int32))
    make.model.operator(
        "TRANSPOSE_CONV", [shape, weights, x, *bias], [y], "TransposeConvOptions", padding=padding,
        strideH=stride_h, strideW=stride_w, fusedActivationFunction=make.pick(*ACTIVATIONS),
    )  # fmt: skip
    return y


def sum_(make: Maker, x: int) -> int:
    return mean(make, x, "SUM")


def log_softmax(make: Maker, x: int) -> int:
    y = make.model.activation(make.model.shape(x), 16 / 256, 127)
    make.model.operator("LOG_SOFTMAX", [x], [y], "LogSoftmaxOptions")
    return y


def batch_matmul(make: Maker, x: int) -> int:
    """With a constant on one side, and batches that are broadcast."""
    shape = make.model.shape(x)
    columns, turned_x, turned_other = make.between(1, 6), make.chance(0.4), make.chance(0.4)
    depth, rows = (shape[-2], shape[-1]) if turned_x else (shape[-1], shape[-2])
    batches = tuple(1 if make.chance(0.3) else size for size in shape[:-2])
    batches = batches[make.between(0, len(batches)) :] if make.chance(0.3) else batches
    form = (*batches, columns, depth) if turned_other else (*batches, depth, columns)
    scale = make.scale() / 64
    other = make.model.constant(make.values(form), [scale], make.zero_point())
    unit = make.model.quantization(x)[0] * scale * (256.0 if make.wide else 1.0)
    y = make.accumulated((*shape[:-2], rows, columns), unit, depth)
    operands, turns = [x, other], (turned_x, turned_other)
    if make.chance(0.3):  # the other way round: the transpose of the product
        operands, turns = [other, x], (not turned_other, not turned_x)
        y = make.like(y, (*shape[:-2], columns, rows))
    make.model.operator("BATCH_MATMUL", operands, [y], "BatchMatMulOptions", adjX=turns[0], adjY=turns[1])
    return y
