"""The emulated roundings; reference: the kernels of TensorFlow Lite Micro and of the TFLite interpreter themselves,
every output of generated operators and of real models."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import pytest

from edgeval.localise.explain import candidates
from edgeval.localise.kernels import TfliteKernels, TflmKernels
from edgeval.localise.operator_data import read_operators
from edgeval.localise.rounding import double_rounding, double_rounding_up, float_rounding, single_rounding
from edgeval.localise.walk import walk
from edgeval.runtimes.interpreters import INTERPRETERS
from tests.firmware import layers
from tests.firmware.cases import Layer, single
from tests.firmware.maker import Maker
from tests.localise.samples import images

MODELS = {"mlperf-tiny-ic-resnet8-int8": 6, "bench-mobilenetv2-0.35-int8": 4, "bench-scalecnn-4-int8": 8}


@pytest.mark.parametrize(
    "layer", [layers.conv, layers.depthwise, layers.dense, layers.mean], ids=lambda f: f.__name__
)
def test_double_rounding_gives_every_byte_of_tensorflow_lite_micro(layer: Layer) -> None:
    kernels = TflmKernels()
    for seed in range(40):
        make = Maker(seed)
        x, y = single(make, layer)
        model, values = make.model.build([x], [y]), make.values(make.model.shape(x))
        kernels.load(model)
        (operator,) = read_operators(model)
        (expected,) = kernels.run([values])
        assert np.array_equal(candidates(operator, [values])["double rounding"][0], expected), seed


@pytest.mark.skipif(
    platform.machine() != "x86_64", reason="ruy's kernels round otherwise on another processor"
)
@pytest.mark.parametrize("name", MODELS)
def test_each_difference_in_a_real_model_is_a_named_rounding(shared_data: Path, name: str) -> None:
    pixels = images(shared_data / "cifar10-subset.npz", MODELS[name]).astype(np.int16)
    inputs = [row[None] for row in (pixels - 128).astype(np.int8)]
    if INTERPRETERS["tflite-runtime"].version() is None:
        pytest.skip("tflite-runtime is not installed")
    kernels = TfliteKernels("tflite-runtime")
    seen = walk((shared_data / f"{name}.tflite").read_bytes(), kernels, TflmKernels(), inputs)
    differing = [layer for layer in seen.layers if layer.differing]
    assert differing
    for layer in differing:
        assert layer.largest_step == 1
        assert (
            layer.rounding_from
            and layer.rounding_to
            and layer.rounding_from.share == layer.rounding_to.share == 1
        )
        mean = layer.operator == "MEAN"
        assert layer.rounding_from.rounding == f"double rounding, {'zero point apart' if mean else 'ties up'}"
        assert layer.rounding_to.rounding == "double rounding"


def test_xnnpack_rounds_in_float32(shared_data: Path) -> None:
    """ai-edge-litert's default: nearly every convolution differs from TFLite Micro, each value by this rounding."""
    pixels = images(shared_data / "cifar10-subset.npz", 4).astype(np.int16)
    inputs = [row[None] for row in (pixels - 128).astype(np.int8)]
    model = (shared_data / "mlperf-tiny-ic-resnet8-int8.tflite").read_bytes()
    seen = walk(model, TfliteKernels("litert"), TflmKernels(), inputs)
    convolutions = [layer for layer in seen.layers if layer.operator == "CONV_2D"]
    assert all(layer.differing and layer.largest_step == 1 for layer in convolutions)
    told = [layer.rounding_from for layer in convolutions if layer.rounding_from is not None]
    assert [(one.rounding, one.share) for one in told] == [("float32 rounding", 1)] * 9


def test_ties_by_hand() -> None:
    """2^-2 of -2, -6 and 6 is -0.5, -1.5 and 1.5: away from zero, up, and to even."""
    sums, quarter = np.array([-2, -6, 6]), np.array(0.25)
    assert double_rounding(sums, quarter).tolist() == [-1, -2, 2]
    assert double_rounding_up(sums, quarter).tolist() == [0, -1, 2]
    assert single_rounding(sums, quarter).tolist() == [0, -1, 2]
    assert float_rounding(sums, quarter).tolist() == [0, -2, 2]
