"""Random choices for generated models: shapes, quantization, weights.

Scales are chosen so that outputs neither all saturate nor all vanish.
"""

from __future__ import annotations

import numpy as np

from tests.firmware.models import Model

SAME, VALID = 0, 1


class Maker:
    """Random choices and the layers that use them."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.model = Model()

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
        return self.pick(-128, 0, 127, *self.random.integers(-128, 128, 3))

    def activation(self, shape: tuple[int, ...]) -> int:
        return self.model.activation(shape, self.scale(), self.zero_point())

    def like(self, tensor: int, shape: tuple[int, ...]) -> int:
        """A tensor with another's quantization."""
        return self.model.activation(shape, *self.model.quantization(tensor))

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        """int8 over the whole range, sometimes only its ends."""
        if self.chance(0.1):
            return self.random.choice(np.array([-128, 127], np.int8), shape)
        return self.random.integers(-128, 128, shape, dtype=np.int8)

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

    def bias(self, count: int, depth: int, scale: float) -> list[int]:
        """A bias of the size of the accumulators, or none."""
        if self.chance(0.2):
            return []
        spread = 74.0 * 74.0 * np.sqrt(depth) * (1000.0 if self.chance(0.03) else 1.0)
        values = np.clip(self.random.normal(0, spread, count), -(2**30), 2**30).astype(np.int32)
        return [self.model.constant(values, [scale])]

    def accumulated(self, shape: tuple[int, ...], scale: float, depth: int) -> int:
        """The output of a sum of `depth` products whose unit is `scale`."""
        spread = scale * 74.0 * 74.0 * np.sqrt(depth) / 50.0
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
