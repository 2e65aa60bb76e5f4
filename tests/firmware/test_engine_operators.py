"""The plain C kernels of the operators of more_cases against TensorFlow Lite Micro's reference kernels (the
tflite-micro wheel): every output byte of generated models, int8 and int16, and exhaustive tables of int8 curves."""

from __future__ import annotations

import numpy as np
import pytest

from edgeval.devices.host import HostEngine
from tests.firmware.models import Model
from tests.firmware.more_cases import make_more_case
from tests.firmware.wheel import references

CASES = {"int8": 1600, "int16": 1600}
BATCH = 200
TABLES = 60  # quantizations of each curve

CURVES = {
    "HARD_SWISH": ("HardSwishOptions", {}),
    "LEAKY_RELU": ("LeakyReluOptions", {"alpha": 0.2}),
    "LOGISTIC": ("", {}),
    "RELU": ("", {}),
    "RELU6": ("", {}),
    "TANH": ("", {}),
    "QUANTIZE": ("", {}),
}


@pytest.mark.parametrize("dtype", CASES)
@pytest.mark.parametrize("part", range(8))
def test_every_output_byte_is_the_references(dtype: str, part: int) -> None:
    engine = HostEngine()
    for seed in range(part * BATCH, (part + 1) * BATCH):
        case = make_more_case(seed, dtype)
        expected = references(case.model, case.inputs)
        engine.load(case.model)
        seen = engine.invoke(*case.inputs)
        seen = seen if isinstance(seen, list) else [seen]
        where = f"seed {seed}: {case.name}"
        assert len(seen) == len(expected), where
        for mine, theirs in zip(seen, expected, strict=True):
            assert mine.shape == theirs.shape and mine.dtype == theirs.dtype, where
            assert mine.tobytes() == theirs.tobytes(), where


def test_the_cases_cover_every_operator() -> None:
    """Otherwise an operator could drop out of the generator unseen."""
    from tflite.BuiltinOperator import BuiltinOperator
    from tflite.Model import Model as Reader

    seen = set()
    for seed in range(200):
        model = Reader.GetRootAs(make_more_case(seed).model)
        seen |= {model.OperatorCodes(i).BuiltinCode() for i in range(model.OperatorCodesLength())}
    names = {name for name, number in vars(BuiltinOperator).items() if number in seen}
    assert names >= {
        "EXPAND_DIMS", "GATHER", "HARD_SWISH", "LEAKY_RELU", "MAXIMUM", "MINIMUM", "PACK", "PRELU",
        "RESIZE_NEAREST_NEIGHBOR", "SLICE", "SPLIT", "SPLIT_V", "SQUEEZE", "STRIDED_SLICE", "TANH", "UNPACK",
    }  # fmt: skip


@pytest.mark.parametrize("operator", CURVES)
def test_every_int8_value_under_many_quantizations(operator: str) -> None:
    options, values = CURVES[operator]
    inputs = np.arange(-128, 128).astype(np.int8)
    random = np.random.default_rng(len(operator))
    engine = HostEngine()
    for _ in range(TABLES):
        scale, factor = 2.0 ** random.uniform(-8, -1), 2.0 ** random.uniform(-2, 2)
        points = random.integers(-128, 128, 2)
        model = Model()
        x = model.activation((256,), float(np.float32(scale)), int(points[0]))
        out = (
            (1 / 256, -128) if operator == "LOGISTIC" else (float(np.float32(scale * factor)), int(points[1]))
        )
        if operator == "RELU6":
            out = (float(np.float32(scale)), int(points[0]))
        y = model.activation((256,), *out)
        model.operator(operator, [x], [y], options, **values)
        data = model.build([x], [y])
        engine.load(data)
        seen = engine.invoke(inputs)
        assert isinstance(seen, np.ndarray)
        assert seen.tobytes() == references(data, [inputs])[0].tobytes(), f"{scale} {factor} {points}"
