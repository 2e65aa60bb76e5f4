"""More operators, one function each, int8 or int16 as the maker says: element by element."""

from __future__ import annotations

import numpy as np

from tests.firmware.layers import narrowed
from tests.firmware.maker import Maker


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
