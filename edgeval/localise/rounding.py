"""The roundings by which int8 kernels come back from 32-bit sums to 8-bit outputs, in numpy.

Kernels that follow one specification differ here and nowhere else: the sums are exact integers. Sources: gemmlowp's
fixedpoint.h (double), ruy's apply_multiplier.cc (single), XNNPACK's fp32 requantization (float32).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Multiplier = tuple[np.ndarray, np.ndarray]


def quantize_multiplier(real: np.ndarray) -> Multiplier:
    """`real` = multiplier * 2^(shift - 31), as TensorFlow Lite takes it apart: int64 multiplier in [2^30, 2^31)
    and int64 shift, both in the shape of `real`."""
    fraction, shift = np.frexp(np.asarray(real, np.float64))
    multiplier = np.floor(fraction * 2.0**31 + 0.5).astype(np.int64)
    overflow = multiplier == 1 << 31
    return np.where(overflow, multiplier >> 1, multiplier), shift.astype(np.int64) + overflow


def mean_multiplier(scale: float, elements: int) -> Multiplier:
    """`scale` / `elements` as the reference kernel of MEAN folds them: the multiplier of `scale` is divided by the
    number of elements in integers, as far as it keeps 31 bits."""
    multiplier, shift = quantize_multiplier(np.asarray(scale))
    folded = min(elements.bit_length() - 1, 31 + int(shift))
    return (multiplier << folded) // elements, shift - folded


def rounded_twice(sums: np.ndarray, multiplier: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """gemmlowp: the high half of the doubled product, rounded; then a right shift that rounds again, ties away
    from zero."""
    left, right = np.maximum(shift, 0), np.maximum(-shift, 0)
    high = ((sums << left) * multiplier + (1 << 30)) >> 31
    half = (np.int64(1) << right) >> 1
    return (high + half - ((high < 0) & (right > 0))) >> right


def double_rounding(sums: np.ndarray, real: np.ndarray) -> np.ndarray:
    """gemmlowp, see rounded_twice. sums int64 (..., c), real multipliers float64 (c,) or (); int64 like the sums."""
    return rounded_twice(sums, *quantize_multiplier(real))


def double_rounding_up(sums: np.ndarray, real: np.ndarray) -> np.ndarray:
    """ruy on x86: as double_rounding, but the right shift rounds ties up, also below zero."""
    multiplier, shift = quantize_multiplier(real)
    left, right = np.maximum(shift, 0), np.maximum(-shift, 0)
    high = ((sums << left) * multiplier + (1 << 30)) >> 31
    return (high + ((np.int64(1) << right) >> 1)) >> right


def single_rounding(sums: np.ndarray, real: np.ndarray) -> np.ndarray:
    """ruy: the whole 64-bit product is shifted at once, ties up. Shapes as double_rounding."""
    multiplier, shift = quantize_multiplier(real)
    total = 31 - shift
    return (sums * multiplier + (np.int64(1) << (total - 1))) >> total


def float_rounding(sums: np.ndarray, real: np.ndarray) -> np.ndarray:
    """XNNPACK: the sum times the scale in float32, to the nearest integer, ties to even."""
    scaled = sums.astype(np.float32) * np.asarray(real, np.float64).astype(np.float32)
    return np.rint(scaled).astype(np.int64)


ROUNDINGS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "double rounding": double_rounding,
    "double rounding, ties up": double_rounding_up,
    "float32 rounding": float_rounding,  # before single rounding: they often give the same, and more runtimes take it
    "single rounding": single_rounding,
}
