"""Pixels to network input. References: the affine formula in float64, TFLite's quantization rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from edgeval.errors import ModelError
from edgeval.records import Preprocessing
from edgeval.runtimes.preprocess import COMMON_RANGES, infer_preprocessing, int8_table, to_float

IDENTITY = np.arange(256) - 128


def test_default_preprocessing_is_exactly_pixel_minus_128() -> None:
    scale = float(np.float32(1 / 255))
    np.testing.assert_array_equal(int8_table(Preprocessing(), scale, -128), IDENTITY)


def test_to_float_is_channels_first_and_affine() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 5, 3), dtype=np.uint8)
    expected = (images.astype(np.float64) / 255 - 0.5) / 0.25
    seen = to_float(images, Preprocessing(0.5, 0.25))
    assert seen.shape == (2, 3, 4, 5)
    assert seen.dtype == np.float32
    np.testing.assert_allclose(seen, expected.transpose(0, 3, 1, 2), rtol=1e-6, atol=1e-6)


@given(
    mean=st.floats(-1, 1), std=st.floats(0.05, 2), scale=st.floats(1e-3, 1), zero_point=st.integers(-128, 127)
)
def test_int8_table_is_within_half_a_step(mean: float, std: float, scale: float, zero_point: int) -> None:
    table = int8_table(Preprocessing(mean, std), scale, zero_point).astype(float)
    exact = (np.arange(256) / 255 - mean) / std / scale + zero_point
    inside = (exact > -128) & (exact < 127)
    assert np.abs(table - exact)[inside].max(initial=0) <= 0.5 + 1e-3
    assert (np.diff(table) >= 0).all()


def test_a_half_rounds_away_from_zero_as_in_tflite() -> None:
    # p / 255 with std 2 / 255 is p / 2: the halves are exact.
    table = int8_table(Preprocessing(0.0, 2 / 255), 1.0, 0)
    assert table[[1, 3, 5]].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("scale", "zero_point", "name"), [(1 / 255, -128, "0..1"), (1.0, -128, "0..255"), (2 / 255, -1, "-1..1")]
)
def test_common_input_ranges_are_recognised(scale: float, zero_point: int, name: str) -> None:
    assert infer_preprocessing(scale, zero_point) == COMMON_RANGES[name]


def test_unusual_input_range_asks_for_mean_and_std() -> None:
    with pytest.raises(ModelError, match="--mean and --std"):
        infer_preprocessing(0.0186, -14)
