"""Random small models for comparing engines: one operator each, or a small graph. All follows from a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tests.firmware import layers
from tests.firmware.maker import Maker

Layer = Callable[[Maker, int], int]
IMAGE_LAYERS: tuple[Layer, ...] = (
    layers.conv,
    layers.conv,
    layers.conv,
    layers.depthwise,
    layers.depthwise,
    layers.pool,
    layers.pool,
    layers.pad,
)
OTHER_LAYERS: tuple[Layer, ...] = (
    layers.binary, layers.binary, layers.mean, layers.transpose, layers.reshape, layers.concatenation,
    layers.softmax, layers.logistic, layers.relu, layers.relu6, layers.requantize, layers.dense,
)  # fmt: skip
SAME_SHAPE_LAYERS = (layers.logistic, layers.relu, layers.relu6, layers.requantize, layers.binary)
HEAD: tuple[Layer, ...] = (layers.mean, layers.reshape, layers.dense, layers.softmax)
SINGLES = (*IMAGE_LAYERS, *OTHER_LAYERS)


@dataclass(frozen=True)
class Case:
    """A model, one set of inputs, and the operator or graph it is about."""

    name: str
    model: bytes
    inputs: list[np.ndarray]


def single(make: Maker, layer: Layer) -> list[int]:
    """Input and output of one operator."""
    image = layer in IMAGE_LAYERS or make.chance(0.5)
    x = (
        make.image()
        if image
        else make.activation(tuple(make.between(1, 9) for _ in range(make.between(1, 4))))
    )
    return [x, layer(make, x)]


def typed(make: Maker) -> list[int]:
    """QUANTIZE from or DEQUANTIZE to float32 or uint8."""
    shape, kind = (make.between(1, 9), make.between(1, 30)), make.between(0, 4)
    into, out = (
        ("float32", "int8"),
        ("uint8", "int8"),
        ("int8", "uint8"),
        ("int8", "float32"),
        ("uint8", "float32"),
    )[kind]
    points = {"uint8": make.between(0, 255), "float32": 0}
    x = make.model.activation(shape, make.scale(), points.get(into, make.zero_point()), into)
    y = make.model.activation(shape, make.scale(), points.get(out, make.zero_point()), out)
    make.model.operator("DEQUANTIZE" if out == "float32" else "QUANTIZE", [x], [y])
    return [x, y]


def block(make: Maker, x: int) -> int:
    """A branch of layers that keep the shape, joined with its input by ADD, SUB, MUL or CONCATENATION."""
    inner = x
    for _ in range(make.between(1, 3)):
        inner = SAME_SHAPE_LAYERS[make.between(0, len(SAME_SHAPE_LAYERS) - 1)](make, inner)
    if make.chance(0.3) and make.model.quantization(inner) == make.model.quantization(x):
        return layers.concatenation(make, x, [inner])
    return layers.binary(make, x, inner)


def graph(make: Maker) -> list[int]:
    """A chain of layers and blocks on an image, then a head."""
    x = y = make.image()
    for _ in range(make.between(1, 5)):
        if int(np.prod(make.model.shape(y))) > 20000:
            break
        y = (
            block(make, y)
            if make.chance(0.4)
            else IMAGE_LAYERS[make.between(0, len(IMAGE_LAYERS) - 1)](make, y)
        )
    for layer in HEAD[: make.between(0, 4)]:
        y = layer(make, y)
    return [x, y]


def make_case(seed: int) -> Case:
    """The case of a seed: a third are graphs, the others go through the operators in turn."""
    make = Maker(seed)
    turn = (seed - seed // 3 - 1) % (len(SINGLES) + 1)
    if seed % 3 == 0:
        name, (x, y) = "graph", graph(make)
    elif turn == len(SINGLES):
        name, (x, y) = "typed", typed(make)
    else:
        name, (x, y) = SINGLES[turn].__name__, single(make, SINGLES[turn])
    return Case(name, make.model.build([x], [y]), [_input(make, x)])


def _input(make: Maker, x: int) -> np.ndarray:
    shape, kind = make.model.shape(x), make.model.dtype(x)
    if kind == "float32":
        return (make.random.normal(0, 1, shape) * 4).astype(np.float32)
    if kind == "uint8":
        return make.random.integers(0, 256, shape, dtype=np.uint8)
    return make.values(shape)
