"""Random choices for generated models: shapes, quantization, weights.

Scales are chosen so that outputs neither all saturate nor all vanish.
"""

from __future__ import annotations

import numpy as np

from tests.firmware.models import Model

SAME, VALID = 0, 1


class Maker:
    """Random choices and the layers that use them."""

    def __init__(self, seed: int, dtype: str = "int8") -> None:
        """`dtype` of activations: int8, or int16 with zero points of 0 and weights of int8."""
        self.random = np.random.default_rng(seed)
        self.model = Model(dtype)
        self.wide = dtype == "int16"
        self.more_outputs: list[int] = []  # of operators with several

    def between(self, low: int, high: int) -> int:
        """An integer, both ends included."""
        return int(self.random.integers(low, high + 1))

    def chance(self, probability: float) -> bool:
        return bool(self.random.random() < probability)

    def pick(self, *choices: int) -> int:
        return int(self.random.choice(choices))

    def scale(self) -> float:
        """Between 2^-9 and 2^1, as a float32 has it."""
        return float(np.float32(2.0 ** self.random.uniform(-9, 1)))

    def zero_point(self) -> int:
        return 0 if self.wide else self.pick(-128, 0, 127, *self.random.integers(-128, 128, 3))

    def activation(self, shape: tuple[int, ...]) -> int:
        return self.model.activation(shape, self.scale(), self.zero_point())

    def like(self, tensor: int, shape: tuple[int, ...]) -> int:
        """A tensor with another's quantization."""
        return self.model.activation(shape, *self.model.quantization(tensor))

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        """int8 or int16 over the whole range, sometimes only its ends."""
        limits = np.iinfo(np.int16 if self.wide else np.int8)
        if self.chance(0.1):
            return self.random.choice(np.array([limits.min, limits.max], limits.dtype), shape)
        return self.random.integers(limits.min, limits.max + 1, shape, dtype=limits.dtype)

    def image(self) -> int:
        channels = self.pick(1, 2, 3, 4, 5, 8, 12, self.between(1, 20))
        batch = 2 if self.chance(0.1) else 1
        return self.activation((batch, self.between(1, 11), self.between(1, 11), channels))

    def filter(self, shape: tuple[int, ...], axis: int) -> tuple[int, float]:
        """int8 weights, per channel or per tensor; the tensor and its mean scale."""
        low = -128 if self.chance(0.1) else -127
        values = self.random.integers(low, 128, shape, dtype=np.int8)
        count = shape[axis] if self.chance(0.8) else 1
        base = self.scale() / 8
        scales = [float(np.float32(base * 2.0 ** self.random.uniform(-1.5, 1.5))) for _ in range(count)]
        return self.model.constant(values, scales, 0, axis), float(np.mean(scales))

    def bias(self, count: int, depth: int, scale: float, narrow: str = "int32") -> list[int]:
        """A bias of the size of the accumulators, or none; with int16 activations int64 or the narrower type."""
        if self.chance(0.2):
            return []
        dtype = "int32" if not self.wide else narrow if narrow and self.chance(0.4) else "int64"
        spread = 74.0 * self._spread() * np.sqrt(depth) * (1000.0 if self.chance(0.03) else 1.0)
        limit = 2**14 if dtype == "int16" else 2**40 if dtype == "int64" else 2**30
        values = np.clip(self.random.normal(0, spread, count), -limit, limit).astype(dtype)
        return [self.model.constant(values, [scale])]

    def _spread(self) -> float:
        """Standard deviation of an activation's values."""
        return 74.0 * (256.0 if self.wide else 1.0)

    def accumulated(self, shape: tuple[int, ...], scale: float, depth: int) -> int:
        """The output of a sum of `depth` products whose unit is `scale`."""
        spread = (
            scale * 74.0 * 74.0 * np.sqrt(depth) / 50.0
        )  # of int16 too: 256 times the sum, 256 times the range
        out_scale = float(np.float32(spread * 2.0 ** self.random.uniform(-2, 2)))
        return self.model.activation(shape, out_scale, self.zero_point())

    def multiplier(self) -> int:
        """A depth multiplier."""
        return self.pick(1, 1, 1, 2, 3)

    def window(self, height: int, width: int) -> dict[str, int]:
        """Filter size, stride, dilation and padding that fit the image."""
        padding = self.pick(SAME, VALID)
        limit = (height, width) if padding == VALID else (5, 5)
        filter_h, filter_w = (min(self.pick(1, 1, 2, 3, 3, 5, 7), size) for size in limit)
        dilation_h, dilation_w = (self.pick(1, 1, 1, 2, 3) for _ in range(2))
        if padding == VALID:
            dilation_h = min(dilation_h, (height - 1) // (filter_h - 1)) if filter_h > 1 else 1
            dilation_w = min(dilation_w, (width - 1) // (filter_w - 1)) if filter_w > 1 else 1
        stride_h, stride_w = (self.pick(1, 1, 2, 3) for _ in range(2))
        return {
            "padding": padding, "filter_h": filter_h, "filter_w": filter_w, "stride_h": stride_h,
            "stride_w": stride_w, "dilation_h": dilation_h, "dilation_w": dilation_w,
        }  # fmt: skip
