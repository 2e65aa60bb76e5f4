"""Fixed-point multipliers and ranges; references: TFLM's definitions in double precision, written in numpy."""

from __future__ import annotations

import ctypes
import math
from functools import cache

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from edgeval.devices.build.host import host_library

scales = st.floats(2.0**-60, 2.0**20, width=32)


class _Multiplier(ctypes.Structure):
    _fields_ = [("multiplier", ctypes.c_int32), ("shift", ctypes.c_int32)]


@cache
def library() -> ctypes.CDLL:
    return ctypes.CDLL(str(host_library()))


def engine(a: float, b: float, c: float) -> tuple[int, int] | None:
    result = _Multiplier()
    function = library().nn_multiplier
    function.restype = ctypes.c_bool
    fits = function(*map(ctypes.c_float, (a, b, c)), ctypes.c_int32(0), ctypes.byref(result))
    return (result.multiplier, result.shift) if fits else None


def reference(a: float, b: float, c: float) -> tuple[int, int]:
    """The product and quotient in double, then 31 bits of it, rounded half away from zero."""
    fraction, shift = math.frexp(a * b / c)
    fixed = math.floor(fraction * 2.0**31 + 0.5)
    if fixed == 2**31:
        fixed, shift = fixed // 2, shift + 1
    return (0, 0) if shift < -31 else (fixed, shift)


@given(scales, scales, scales)
@example(1.0, 1.0, 1.0)
@example(float(np.float32(1.9999999)), 1.0, 1.0)
def test_multipliers_are_those_of_double_precision(a: float, b: float, c: float) -> None:
    assert engine(a, b, c) == reference(a, b, c)


def test_multipliers_next_to_a_half_step() -> None:
    """Quotients whose 32nd bit is decided by rounding to double first: found by search, all must agree."""
    random = np.random.default_rng(0)
    close = 0
    for _ in range(20000):
        c = int(random.integers(1 << 23, 1 << 24)) | 1
        # a * b / c is close to an odd multiple of half a step where a * b * 2^k = -1 mod c.
        inverse = pow(1 << 40, -1, c)
        product = (c - 1) * inverse % c
        a = int(random.integers(1 << 23, 1 << 24))
        if math.gcd(a, c) != 1:
            continue
        b = product * pow(a, -1, c) % c
        if not 1 << 20 < b < 1 << 24:
            continue
        close += 1
        assert engine(float(a), float(b), float(c)) == reference(float(a), float(b), float(c))
    assert close > 1000


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf, 1e-45])
def test_impossible_scales_give_no_multiplier(bad: float) -> None:
    assert engine(bad, 1.0, 1.0) is None and engine(1.0, bad, 1.0) is None and engine(1.0, 1.0, bad) is None


@given(st.floats(-(2.0**31), 2.0**31 - 128, width=32))
@example(0.49999997)
@example(-0.5)
@example(2.5)
def test_rounding_is_half_away_from_zero(value: float) -> None:
    function = library().nn_round
    expected = math.copysign(math.floor(abs(value) + 0.5), value) if abs(value) < 2**23 else value
    assert function(ctypes.c_float(value)) == int(expected)


@pytest.mark.parametrize(
    ("value", "expected"), [(math.nan, 0), (math.inf, 2**31 - 1), (-math.inf, -(2**31)), (3e9, 2**31 - 1)]
)
def test_rounding_saturates(value: float, expected: int) -> None:
    assert library().nn_round(ctypes.c_float(value)) == expected


@given(st.integers(0, 3), st.floats(2.0**-12, 2.0**4, width=32), st.integers(-128, 127))
def test_activation_ranges(activation: int, scale: float, zero_point: int) -> None:
    """Bounds of RELU, RELU_N1_TO_1 and RELU6 in quantized steps, cut to int8."""
    low, high = ctypes.c_int32(), ctypes.c_int32()
    function = library().nn_activation_range
    function.restype = ctypes.c_bool
    fits = function(
        ctypes.c_int32(activation),
        ctypes.c_float(scale),
        ctypes.c_int32(zero_point),
        ctypes.byref(low),
        ctypes.byref(high),
    )

    def step(bound: float) -> int:
        quotient = float(np.float32(bound) / np.float32(scale))
        return zero_point + int(math.copysign(math.floor(abs(quotient) + 0.5), quotient))

    lower, upper = {0: (-math.inf, math.inf), 1: (0.0, math.inf), 2: (-1.0, 1.0), 3: (0.0, 6.0)}[activation]
    expected_low = max(-128, step(lower)) if lower > -math.inf else -128
    expected_high = min(127, step(upper)) if upper < math.inf else 127
    assert fits and (low.value, high.value) == (expected_low, expected_high)
