"""Exhaustive tables of the elementwise operators against TensorFlow Lite Micro's reference kernels (the tflite-micro
wheel): each int8 and int16 value of the curves, each pair of int8 values, under many quantizations. A change of how the
wheel derives its multipliers shows here on the day it comes."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from edgeval.devices.build.host import firmware_sources
from edgeval.devices.host import HostEngine
from tests.firmware.models import Model
from tests.firmware.wheel import references

NARROW_TABLES, PAIR_TABLES, WIDE_TABLES = 60, 12, 12

CURVES = {
    "HARD_SWISH": ("HardSwishOptions", {}),
    "LEAKY_RELU": ("LeakyReluOptions", {"alpha": 0.2}),
    "LOGISTIC": ("", {}),
    "RELU": ("", {}),
    "RELU6": ("", {}),
    "TANH": ("", {}),
    "QUANTIZE": ("", {}),
}
PAIRS = ("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM", "PRELU")


def compare(engine: HostEngine, data: bytes, inputs: list[np.ndarray], where: str) -> None:
    engine.load(data)
    seen = engine.invoke(*inputs)
    assert isinstance(seen, np.ndarray)
    expected = references(data, inputs)[0]
    assert seen.dtype == expected.dtype
    assert np.count_nonzero(seen != expected) == 0, where


def float32(value: float) -> float:
    return float(np.float32(value))


@pytest.mark.parametrize("operator", CURVES)
def test_every_int8_value_of_a_curve(operator: str) -> None:
    options, values = CURVES[operator]
    random, engine = np.random.default_rng(len(operator)), HostEngine()
    for _ in range(NARROW_TABLES):
        scale, factor = float32(2.0 ** random.uniform(-8, -1)), 2.0 ** random.uniform(-2, 2)
        points = random.integers(-128, 128, 2)
        model = Model()
        x = model.activation((256,), scale, int(points[0]))
        out = (1 / 256, -128) if operator == "LOGISTIC" else (float32(scale * factor), int(points[1]))
        out = (scale, int(points[0])) if operator == "RELU6" else out
        y = model.activation((256,), *out)
        model.operator(operator, [x], [y], options, **values)
        compare(
            engine,
            model.build([x], [y]),
            [np.arange(-128, 128).astype(np.int8)],
            f"{scale} {factor} {points}",
        )


@pytest.mark.parametrize("operator", [name for name in CURVES if name != "HARD_SWISH"])
def test_every_int16_value_of_a_curve(operator: str) -> None:
    options, values = CURVES[operator]
    random, engine = np.random.default_rng(len(operator)), HostEngine()
    for turn in range(WIDE_TABLES):
        scale, factor = float32(2.0 ** random.uniform(-14, -9)), 2.0 ** random.uniform(-1, 1)
        scale = 2.0 ** (turn - 13) if turn < 3 else scale  # 2^-13 to 2^-11, of which two need no shift
        model = Model("int16")
        x = model.activation((65536,), scale)
        fixed = operator in ("LOGISTIC", "TANH")
        y = model.activation(
            (65536,), 1 / 32768 if fixed else scale if operator == "RELU6" else float32(scale * factor)
        )
        model.operator(operator, [x], [y], options, **values)
        inputs = np.arange(-32768, 32768).astype(np.int16)
        compare(engine, model.build([x], [y]), [inputs], f"{scale} {factor}")


@pytest.mark.parametrize("operator", PAIRS)
def test_every_pair_of_int8_values(operator: str) -> None:
    random, engine = np.random.default_rng(len(operator)), HostEngine()
    everything = np.arange(-128, 128).astype(np.int8)
    for _ in range(PAIR_TABLES):
        scales = [float32(2.0 ** random.uniform(-8, -1)) for _ in range(2)]
        points = [int(point) for point in random.integers(-128, 128, 3)]
        model = Model()
        # As large as the input: the slopes of PRELU are not broadcast to the input's size but the other way round.
        a = model.activation((256, 256), scales[0], points[0])
        b = model.activation((1, 256), scales[1], points[1])
        base = scales[0] * scales[1] * 128 if operator in ("MUL", "PRELU") else max(scales)
        y = model.activation((256, 256), float32(base * 2.0 ** random.uniform(-1, 1)), points[2])
        model.operator(operator, [a, b], [y])
        inputs = [np.repeat(everything, 256).reshape(256, 256), everything.reshape(1, 256)]
        compare(engine, model.build([a, b], [y]), inputs, f"{scales} {points}")


@pytest.mark.parametrize("operator", ["ADD", "SUB", "MUL"])
def test_every_int16_value_with_a_constant(operator: str) -> None:
    random, engine = np.random.default_rng(len(operator)), HostEngine()
    for _ in range(WIDE_TABLES):
        scales = [float32(2.0 ** random.uniform(-9, 1)) for _ in range(2)]
        model = Model("int16")
        x = model.activation((65536,), scales[0])
        other = model.constant(random.integers(-32768, 32768, 1).astype(np.int16), [scales[1]])
        base = scales[0] * scales[1] * 32768 if operator == "MUL" else max(scales)
        y = model.activation((65536,), float32(base * 2.0 ** random.uniform(-1, 1)))
        model.operator(operator, [x, other], [y])
        compare(engine, model.build([x], [y]), [np.arange(-32768, 32768).astype(np.int16)], f"{scales}")


QUANTIZE_PAIRS = (
    ("int8", "int8"), ("int8", "uint8"), ("int8", "int16"), ("int8", "int32"), ("uint8", "int8"), ("int16", "int8"),
    ("int16", "int16"), ("int16", "int32"), ("int32", "int8"), ("int32", "int16"), ("float32", "int8"),
    ("float32", "int16"),
)  # fmt: skip


@pytest.mark.parametrize(("into", "out"), QUANTIZE_PAIRS)
def test_quantize_between_all_types_that_the_reference_has(into: str, out: str) -> None:
    random, engine = np.random.default_rng(len(into + out)), HostEngine()
    for _ in range(20):
        points = {"int8": int(random.integers(-128, 128)), "uint8": int(random.integers(0, 256))}
        scale = float32(2.0 ** random.uniform(-9, -1))
        ratio = {"int8": 1.0, "uint8": 1.0, "int16": 2.0**-8, "int32": 2.0**-20, "float32": 1.0}
        model = Model()
        x = model.activation((4096,), float32(scale * ratio[into]), points.get(into, 0), into)
        y = model.activation(
            (4096,), float32(scale * ratio[out] * 2.0 ** random.uniform(-2, 2)), points.get(out, 0), out
        )
        model.operator("QUANTIZE", [x], [y])
        if into == "float32":
            values = (random.normal(0, 60, 4096) * scale).astype(np.float32)
        else:
            limits = np.iinfo(into)
            values = random.integers(limits.min, limits.max, 4096, dtype=into, endpoint=True)
        compare(engine, model.build([x], [y]), [values], f"{scale} {points}")


def table(name: str, file: str) -> list[int]:
    source = (firmware_sources() / "engine" / "builtin" / "kernels" / "plain" / file).read_text()
    found = re.search(rf"{name}\[KNOTS\] = {{(.*?)}}", source, re.DOTALL)
    assert found is not None
    return [int(number) for number in re.findall(r"-?\d+", found.group(1))]


def lines(function: np.ufunc, low: float, high: float, scale: float) -> list[int]:
    """Knots at the ends of 512 steps, each moved by half of the line's error in the middle of its step."""
    ends = low + (high - low) / 512 * np.arange(513)
    exact = np.array([function(x) for x in ends]) * scale
    middles = np.array([function(x) for x in (ends[:-1] + ends[1:]) / 2]) * scale
    knots = np.rint(exact)
    errors = np.rint((exact[1:] + knots[:-1]) / 2) - np.rint(middles)
    moved = knots[:-1] - np.sign(errors) * np.floor(np.abs(errors) / 2 + 0.5)
    return [int(value) for value in np.clip([*moved, knots[-1]], -32768, 32767)]


def test_the_tables_of_softmax_are_their_functions() -> None:
    """In double precision here, in single precision in the reference: one step may differ where a rounding is close."""
    for name, function, low, high in (
        ("exponentials", math.exp, -10.0, 0.0),
        ("reciprocals", lambda x: 1 / (1 + x), 0.0, 1.0),
    ):
        mine = table(name, "softmax_s16.c")
        assert len(mine) == 513
        assert np.abs(np.array(mine) - np.array(lines(function, low, high, 32768.0))).max() <= 1


def test_the_table_of_logistic_and_tanh_is_its_function() -> None:
    knots = np.array(table("knots", "curves_s16.c"))
    exact = 65536 / (1 + np.exp(-np.arange(256) / 24))
    assert np.abs(knots - exact).max() < 1.5


@pytest.mark.parametrize("depth", [1, 2, 10, 300])
def test_softmax_of_int16(depth: int) -> None:
    random, engine = np.random.default_rng(depth), HostEngine()
    for _ in range(10):
        model = Model("int16")
        x = model.activation((40, depth), float32(2.0 ** random.uniform(-15, -5)))
        y = model.activation((40, depth), 1 / 32768)
        model.operator("SOFTMAX", [x], [y], "SoftmaxOptions", beta=1.0)
        values = (random.normal(0, 9000, (40, depth)) * random.uniform(0, 1)).clip(-32768, 32767)
        compare(engine, model.build([x], [y]), [values.astype(np.int16)], f"depth {depth}")
