"""Pixels to network input. References: the affine formula in float64, TFLite's QUANTIZE under its interpreter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from edgeval.errors import DataError, ModelError, UsageError
from edgeval.records import Preprocessing, preprocessing_from
from edgeval.runtimes.preprocess import (
    COMMON_RANGES,
    infer_preprocessing,
    int8_table,
    normalised,
    quantize,
    quantized_input,
    to_float,
)
from tests.firmware.models import Model

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


def test_each_channel_has_its_own_mean_and_std() -> None:
    """As torchvision's Normalize: (x - mean[channel]) / std[channel]."""
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 5, 3), dtype=np.uint8)
    told = Preprocessing((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    expected = (images / 255 - np.array(told.mean)) / np.array(told.std)
    np.testing.assert_allclose(normalised(images, told), expected, rtol=1e-6, atol=1e-6)
    exact = np.clip(expected / 0.02 - 5, -128, 127)
    assert np.abs(quantized_input(images, told, 0.02, -5) - exact).max() <= 0.5 + 1e-3


def test_features_are_normalised_and_turned() -> None:
    samples = np.random.default_rng(0).normal(size=(2, 128, 6)).astype(np.float32)
    np.testing.assert_array_equal(
        to_float(samples, Preprocessing(kind="features")), samples.transpose(0, 2, 1)
    )
    told = Preprocessing(tuple(range(6)), (2.0,), "features")
    np.testing.assert_allclose(normalised(samples, told), (samples - np.arange(6)) / 2, rtol=1e-6)


def test_numbers_for_other_channels_are_refused() -> None:
    with pytest.raises(DataError, match="for 2 channels, the samples have 3"):
        to_float(np.zeros((1, 2, 2, 3), np.uint8), Preprocessing((0.1, 0.2)))
    with pytest.raises(UsageError, match="--mean has 3 numbers and --std 2"):
        Preprocessing((0.1, 0.2, 0.3), (0.1, 0.2))


def test_quantized_samples_go_in_as_they_are() -> None:
    samples = np.arange(-128, 128, dtype=np.int8).reshape(1, 256)
    told = Preprocessing(kind="quantized")
    np.testing.assert_array_equal(quantized_input(samples, told, 0.5847, 83), samples)
    with pytest.raises(DataError, match="the samples are int16, already quantized; the model takes int8"):
        quantized_input(samples.astype(np.int16), told, 0.5847, 83)
    # As real values, by their own scale and zero point, they are quantized again.
    real = Preprocessing(83.0, 1 / 0.5847, "quantized")
    np.testing.assert_array_equal(quantized_input(samples, real, 0.5847, 83), samples)


@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=8, max_size=8),
    st.floats(2**-10, 10, width=32),
    st.integers(-128, 127),
)
def test_quantize_is_tflites_operator(values: list[float], scale: float, zero_point: int) -> None:
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    model = Model()
    source = model.activation((1, 8), dtype="float32")
    target = model.activation((1, 8), scale, zero_point)
    model.operator("QUANTIZE", [source], [target], "QuantizeOptions")
    loaded = interpreter.Interpreter(model_content=model.build([source], [target]))
    loaded.allocate_tensors()
    floats = np.array([values], np.float32)
    loaded.set_tensor(loaded.get_input_details()[0]["index"], floats)
    loaded.invoke()
    np.testing.assert_array_equal(
        quantize(floats, scale, zero_point), loaded.get_tensor(loaded.get_output_details()[0]["index"])
    )


@pytest.mark.parametrize(
    "told", [Preprocessing(), Preprocessing((0.1, 0.2, 0.3), (0.5,)), Preprocessing(1, 2, "features")]
)
def test_documents_of_a_preprocessing_give_it_again(told: Preprocessing) -> None:
    assert preprocessing_from(told.document()) == told


def test_documents_of_before_there_were_channels_are_read() -> None:
    assert Preprocessing(0.5, 0.25).document() == {"mean": 0.5, "std": 0.25}
    assert preprocessing_from({"mean": 0.5, "std": 0.25, "height": 8}) == Preprocessing(
        (0.5,), (0.25,), "image"
    )
