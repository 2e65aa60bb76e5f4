"""One function for each operator: appends it with random options to a model and returns its output."""

from __future__ import annotations

import numpy as np

from tests.firmware.maker import SAME, Maker

ACTIVATIONS = (0, 0, 1, 2, 3)  # none twice, RELU, RELU_N1_TO_1, RELU6


def slide(size: int, filter_size: int, stride: int, dilation: int, padding: int) -> int:
    """Output size of a window along one dimension."""
    extent = (filter_size - 1) * dilation + 1
    return -(-size // stride) if padding == SAME else (size - extent) // stride + 1


def output_hw(height: int, width: int, w: dict[str, int]) -> tuple[int, int]:
    return (
        slide(height, w["filter_h"], w["stride_h"], w["dilation_h"], w["padding"]),
        slide(width, w["filter_w"], w["stride_w"], w["dilation_w"], w["padding"]),
    )


def conv(make: Maker, x: int) -> int:
    batch, height, width, channels = make.model.shape(x)
    w = make.window(height, width)
    outputs = make.pick(1, 3, 4, 8, make.between(1, 18))
    depth = w["filter_h"] * w["filter_w"] * channels
    weights, weight_scale = make.filter((outputs, w["filter_h"], w["filter_w"], channels), 0)
    unit = make.model.quantization(x)[0] * weight_scale
    y = make.accumulated((batch, *output_hw(height, width, w), outputs), unit, depth)
    make.model.operator(
        "CONV_2D", [x, weights, *make.bias(outputs, depth, unit)], [y], "Conv2DOptions", padding=w["padding"],
        strideH=w["stride_h"], strideW=w["stride_w"], dilationHFactor=w["dilation_h"],
        dilationWFactor=w["dilation_w"], fusedActivationFunction=make.pick(*ACTIVATIONS),
    )  # fmt: skip
    return y


def depthwise(make: Maker, x: int) -> int:
    batch, height, width, channels = make.model.shape(x)
    w = make.window(height, width)
    multiplier = make.multiplier()
    outputs, depth = channels * multiplier, w["filter_h"] * w["filter_w"]
    weights, weight_scale = make.filter((1, w["filter_h"], w["filter_w"], outputs), 3)
    unit = make.model.quantization(x)[0] * weight_scale
    y = make.accumulated((batch, *output_hw(height, width, w), outputs), unit, depth)
    make.model.operator(
        "DEPTHWISE_CONV_2D", [x, weights, *make.bias(outputs, depth, unit, narrow="")], [y], "DepthwiseConv2DOptions",
        padding=w["padding"], strideH=w["stride_h"], strideW=w["stride_w"], dilationHFactor=w["dilation_h"],
        dilationWFactor=w["dilation_w"], depthMultiplier=multiplier,
        fusedActivationFunction=make.pick(*ACTIVATIONS),
    )  # fmt: skip
    return y


def pool(make: Maker, x: int) -> int:
    batch, height, width, channels = make.model.shape(x)
    w = make.window(height, width) | {"dilation_h": 1, "dilation_w": 1}
    y = make.like(x, (batch, *output_hw(height, width, w), channels))
    make.model.operator(
        "AVERAGE_POOL_2D" if make.chance(0.5) else "MAX_POOL_2D", [x], [y], "Pool2DOptions",
        padding=w["padding"], strideH=w["stride_h"], strideW=w["stride_w"], filterHeight=w["filter_h"],
        filterWidth=w["filter_w"], fusedActivationFunction=make.pick(*ACTIVATIONS),
    )  # fmt: skip
    return y


def dense(make: Maker, x: int) -> int:
    shape = make.model.shape(x)
    inputs, outputs = shape[-1], make.pick(1, 2, 5, 10, make.between(1, 40))
    weights, weight_scale = make.filter((outputs, inputs), 0)
    unit = float(np.float32(make.model.quantization(x)[0]) * np.float32(make.model.quantization(weights)[0]))
    y = make.accumulated((*shape[:-1], outputs), make.model.quantization(x)[0] * weight_scale, inputs)
    make.model.operator(
        "FULLY_CONNECTED", [x, weights, *make.bias(outputs, inputs, unit)], [y], "FullyConnectedOptions",
        fusedActivationFunction=make.pick(*ACTIVATIONS), keepNumDims=len(shape) > 2,
    )  # fmt: skip
    return y


def narrowed(make: Maker, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape with some dimensions one, or leading ones left out, to be broadcast."""
    narrow = tuple(1 if make.chance(0.4) else size for size in shape)
    return narrow[make.between(0, len(shape) - 1) :] if make.chance(0.3) else narrow


def binary(make: Maker, x: int, other: int | None = None) -> int:
    """ADD, SUB or MUL with a constant, the tensor itself or another tensor."""
    name = ("ADD", "SUB", "MUL")[make.between(0, 2)]
    shape = make.model.shape(x)
    if other is None:
        form = shape if make.chance(0.5) else narrowed(make, shape)
        other = (
            x
            if make.chance(0.1)
            else make.model.constant(make.values(form), [make.scale()], make.zero_point())
        )
    scale_x, scale_other = make.model.quantization(x)[0], make.model.quantization(other)[0]
    base = scale_x * scale_other * 128.0 if name == "MUL" else max(scale_x, scale_other) * 2.0
    y = make.model.activation(
        shape, float(np.float32(base * 2.0 ** make.random.uniform(-1, 1))), make.zero_point()
    )
    operands = [x, other] if make.chance(0.5) else [other, x]
    make.model.operator(
        name, operands, [y], f"{name.capitalize()}Options", fusedActivationFunction=make.pick(*ACTIVATIONS)
    )
    return y


def pad(make: Maker, x: int) -> int:
    shape = make.model.shape(x)
    amounts = make.random.integers(0, 3, (len(shape), 2), dtype=np.int32)
    if make.chance(0.7) and len(shape) == 4:
        amounts[0] = amounts[3] = 0
    y = make.like(x, tuple(int(size + sum(amount)) for size, amount in zip(shape, amounts, strict=True)))
    operands = [x, make.model.constant(amounts)]
    if make.chance(0.3):
        scale, zero_point = make.model.quantization(x)
        operands.append(make.model.constant(make.values((1,)), [scale], zero_point))
    make.model.operator("PAD" if len(operands) == 2 else "PADV2", operands, [y])
    return y


def mean(make: Maker, x: int, name: str = "MEAN") -> int:
    shape = make.model.shape(x)
    axes = sorted(int(axis) for axis in make.random.permutation(len(shape))[: make.between(1, len(shape))])
    if make.chance(0.4) and len(shape) == 4:
        axes = [1, 2]
    keep = make.chance(0.5) or len(axes) == len(shape)
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    y = make.model.activation(
        kept if keep else tuple(size for axis, size in enumerate(shape) if axis not in axes),
        float(np.float32(make.model.quantization(x)[0] * 2.0 ** make.random.uniform(-2, 0.5))),
        make.zero_point(),
    )
    signed = [axis - len(shape) if make.chance(0.3) else axis for axis in axes]
    make.model.operator(
        name, [x, make.model.constant(np.array(signed, np.int32))], [y], "ReducerOptions", keepDims=keep
    )
    return y


def reshape(make: Maker, x: int) -> int:
    size = int(np.prod(make.model.shape(x)))
    divisors = [number for number in range(1, min(size, 64) + 1) if size % number == 0]
    first = make.pick(*divisors)
    y = make.like(x, (first, size // first))
    make.model.operator("RESHAPE", [x, make.model.constant(np.array([first, size // first], np.int32))], [y])
    return y


def transpose(make: Maker, x: int) -> int:
    shape = make.model.shape(x)
    order = make.random.permutation(len(shape)).astype(np.int32)
    y = make.like(x, tuple(shape[axis] for axis in order))
    make.model.operator("TRANSPOSE", [x, make.model.constant(order)], [y])
    return y


def concatenation(make: Maker, x: int, others: list[int] | None = None) -> int:
    """Joins the tensor with constants, or with others of its shape but for the axis."""
    shape = make.model.shape(x)
    axis = make.between(0, len(shape) - 1) if others is None else len(shape) - 1
    if others is None:
        scale, zero_point = make.model.quantization(x)
        others = []
        for _ in range(make.between(1, 4)):
            form = tuple(make.between(1, 5) if i == axis else size for i, size in enumerate(shape))
            others.append(make.model.constant(make.values(form), [scale], zero_point))
    joined = sum(make.model.shape(tensor)[axis] for tensor in [x, *others])
    y = make.like(x, tuple(joined if i == axis else size for i, size in enumerate(shape)))
    signed = axis - len(shape) if make.chance(0.5) else axis
    make.model.operator("CONCATENATION", [x, *others], [y], "ConcatenationOptions", axis=signed)
    return y


def softmax(make: Maker, x: int) -> int:
    y = make.model.activation(make.model.shape(x), *((1 / 32768, 0) if make.wide else (1 / 256, -128)))
    beta = 1.0 if make.chance(0.7) else float(np.float32(make.random.uniform(0.2, 4.0)))
    make.model.operator("SOFTMAX", [x], [y], "SoftmaxOptions", beta=beta)
    return y


def logistic(make: Maker, x: int) -> int:
    y = make.model.activation(make.model.shape(x), *((1 / 32768, 0) if make.wide else (1 / 256, -128)))
    make.model.operator("LOGISTIC", [x], [y])
    return y


def relu(make: Maker, x: int) -> int:
    scale = make.model.quantization(x)[0]
    y = make.model.activation(
        make.model.shape(x), float(np.float32(scale * 2.0 ** make.random.uniform(-1.5, 1))), make.zero_point()
    )
    make.model.operator("RELU", [x], [y])
    return y


def relu6(make: Maker, x: int) -> int:
    y = make.like(x, make.model.shape(x))
    make.model.operator("RELU6", [x], [y])
    return y


def requantize(make: Maker, x: int) -> int:
    scale = make.model.quantization(x)[0]
    scale = scale if make.chance(0.2) else float(np.float32(scale * 2.0 ** make.random.uniform(-2, 2)))
    y = make.model.activation(make.model.shape(x), scale, make.zero_point())
    make.model.operator("QUANTIZE", [x], [y])
    return y
