"""Random small models with the operators of more_layers, move_layers and others, of int8 or int16: one operator each,
or a chain of them. All follows from a seed."""

from __future__ import annotations

import numpy as np

from tests.firmware import layers, more_layers as more, move_layers as moves
from tests.firmware.cases import IMAGE_LAYERS, Case, Layer
from tests.firmware.maker import Maker

NARROW: tuple[Layer, ...] = (
    more.hard_swish, more.leaky_relu, more.tanh, more.prelu, more.extreme, moves.slice_, moves.strided_slice,
    moves.split, moves.split_v, moves.unpack, moves.pack, moves.expand_and_squeeze, moves.resize_nearest,
    moves.gather, more.transpose_conv, more.batch_matmul, more.sum_, more.log_softmax,
)  # fmt: skip
WIDE: tuple[Layer, ...] = (
    more.leaky_relu, more.tanh, more.prelu, more.extreme, moves.slice_, moves.strided_slice, moves.split,
    moves.split_v, moves.unpack, moves.pack, moves.expand_and_squeeze, moves.resize_nearest, layers.binary,
    layers.logistic, layers.transpose, layers.concatenation, layers.reshape, layers.conv, layers.conv,
    layers.depthwise, layers.dense, layers.pool, layers.pool, layers.pad, layers.mean, layers.softmax, layers.relu,
    layers.relu6, layers.requantize, more.transpose_conv, more.batch_matmul, more.sum_,
)  # fmt: skip
NEED_AN_IMAGE: tuple[Layer, ...] = (*IMAGE_LAYERS, moves.resize_nearest, more.transpose_conv)
CURVES: tuple[Layer, ...] = (more.tanh, layers.logistic, layers.softmax)
LARGEST_CURVE_SCALE = (
    0.5  # an int16 step far beyond what the curve needs; the engine refuses what is larger still
)
MOST_OUTPUTS = 255
LARGEST = 20_000  # elements in a chain


def fits(make: Maker, layer: Layer, x: int) -> bool:
    """Whether the operator takes a tensor of this rank and scale."""
    rank = len(make.model.shape(x))
    if make.wide and layer in CURVES and make.model.quantization(x)[0] > LARGEST_CURVE_SCALE:
        return False
    shape = make.model.shape(x)
    if (layer is more.batch_matmul and rank < 2) or (
        layer is moves.unpack and max(shape, default=0) > MOST_OUTPUTS
    ):
        return False
    return 1 <= rank <= 4 and (rank == 4 or layer not in NEED_AN_IMAGE)


def chain(make: Maker, pool: tuple[Layer, ...]) -> tuple[int, int]:
    """Input and output of two to six operators one after the other."""
    x = y = make.image()
    for _ in range(make.between(2, 6)):
        layer = pool[make.between(0, len(pool) - 1)]
        if fits(make, layer, y) and int(np.prod(make.model.shape(y))) <= LARGEST:
            y = layer(make, y)
    return x, y


def make_more_case(seed: int, dtype: str = "int8") -> Case:
    """The case of a seed: a quarter are chains, the others go through the operators in turn."""
    make = Maker(seed, dtype)
    pool = WIDE if make.wide else NARROW
    if seed % 4 == 0:
        name, (x, y) = "chain", chain(make, pool)
    else:
        layer = pool[(seed - seed // 4 - 1) % len(pool)]
        image = layer in NEED_AN_IMAGE or make.chance(0.5)
        least = 2 if layer is more.batch_matmul else 1
        x = make.image() if image else make.activation(_shape(make, least))
        if not fits(make, layer, x):
            x = make.model.activation(make.model.shape(x), LARGEST_CURVE_SCALE, 0)
        name, y = layer.__name__, layer(make, x)
    if x == y:  # no operator of the chain fitted
        y = layers.reshape(make, x)
    outputs = [y, *(tensor for tensor in make.more_outputs if tensor != y)]
    return Case(name, make.model.build([x], outputs), [make.values(make.model.shape(x))])


def _shape(make: Maker, least_rank: int) -> tuple[int, ...]:
    return tuple(make.between(1, 9) for _ in range(make.between(least_rank, 4)))
