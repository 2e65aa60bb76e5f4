"""Models that are damaged, cut off, too large or unsupported: a clear error or a right result, never a crash."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgeval.devices.build.engine import engine_includes, engine_sources
from edgeval.devices.build.host import firmware_sources
from edgeval.devices.host import HostEngine
from edgeval.devices.opening import open_target
from edgeval.errors import ModelError
from tests.firmware.cases import make_case
from tests.firmware.maker import Maker
from tests.firmware.models import Model, schema
from tests.firmware.more_cases import make_more_case
from tests.firmware.recurrent_layers import lstm, svdf

DAMAGED_MODELS = 10_000
GRAPH_SEED = 3  # a graph of several operators


def stateful(seed: int, layer: Callable[[Maker], tuple[int, int]]) -> bytes:
    make = Maker(seed)
    x, y = layer(make)
    return make.model.build([x], [y])


def test_every_truncation_is_refused() -> None:
    model = make_case(GRAPH_SEED).model
    engine = HostEngine()
    for length in range(0, len(model) - 16, 7):
        with pytest.raises(ModelError, match=r"truncated|damaged"):
            engine.load(model[:length])


def test_an_unsupported_operator_is_named_with_its_place() -> None:
    model = Model()
    x, y, z = (model.activation((1, 8), 0.5) for _ in range(3))
    model.operator("RELU", [x], [y])
    model.operator("COS", [y], [z])
    with pytest.raises(ModelError, match=r"operator 1 \(COS\)"):
        HostEngine().load(model.build([x], [z]))


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf"), 1e-40])
def test_impossible_scales_are_refused(scale: float) -> None:
    model = Model()
    x, y = model.activation((1, 8), scale), model.activation((1, 8), 0.5)
    model.operator("RELU", [x], [y])
    with pytest.raises(ModelError, match=r"operator 0 \(RELU\)"):
        HostEngine().load(model.build([x], [y]))


def test_a_tensor_read_before_it_is_written_is_refused() -> None:
    model = Model()
    x, y, z = (model.activation((1, 8), 0.5) for _ in range(3))
    model.operator("RELU", [z], [y])
    model.operator("RELU", [x], [z])
    with pytest.raises(ModelError, match="damaged"):
        HostEngine().load(model.build([x], [y]))


def test_an_output_that_is_no_tensor_is_refused() -> None:
    """Found by the fuzzer: -1, which stands for an operator's absent input."""
    model = Model()
    x, y = model.activation((1, 8), 0.5), model.activation((1, 8), 0.5)
    model.operator("RELU", [x], [y])
    with pytest.raises(ModelError, match="damaged"):
        HostEngine().load(model.build([x], [y, -1]))


def test_absurd_work_is_refused() -> None:
    """A pool whose window has more steps than any microcontroller will do."""
    model = Model()
    x, y = model.activation((1, 200, 200, 64), 0.5), model.activation((1, 200, 200, 64), 0.5)
    model.operator(
        "MAX_POOL_2D",
        [x],
        [y],
        "Pool2DOptions",
        padding=0,
        strideH=1,
        strideW=1,
        filterHeight=30000,
        filterWidth=30000,
    )
    with pytest.raises(ModelError, match=r"operator 0 \(MAX_POOL_2D\)"):
        HostEngine().load(model.build([x], [y]))


def test_an_absurd_dilation_is_refused() -> None:
    """A padded channel of 65,538 x 65,535 values: multiplied in 32 bits it looked like one of 64 KiB and was written
    far outside the arena."""
    model = Model()
    x, y = model.activation((1, 1, 1, 1), 0.5), model.activation((1, 1, 1, 1), 0.5)
    weights = model.constant(np.ones((1, 3, 3, 1), np.int8), [0.5], axis=3)
    bias = model.constant(np.zeros(1, np.int32), [0.25])
    options = {"padding": 0, "strideH": 1, "strideW": 1, "depthMultiplier": 1}
    dilations = {"dilationHFactor": 32767, "dilationWFactor": 32768}
    model.operator(
        "DEPTHWISE_CONV_2D", [x, weights, bias], [y], "DepthwiseConv2DOptions", **options, **dilations
    )
    with pytest.raises(ModelError, match=r"operator 0 \(DEPTHWISE_CONV_2D\)"):
        HostEngine().load(model.build([x], [y]))


def test_a_zero_point_without_a_scale_means_nothing() -> None:
    """Found by flipping bits. Reference: the tflite-micro wheel, which pads with 0 then and not with the zero point."""
    model = Model()
    x, y = model.activation((1, 2, 2, 1), 0.5), model.activation((1, 4, 4, 1), 0.5, zero_point=127)
    model.without_scale(x)
    model.without_scale(y)
    model.operator("PAD", [x, model.constant(np.array([[0, 0], [1, 1], [1, 1], [0, 0]], np.int32))], [y])
    file, sample = model.build([x], [y]), np.arange(4, dtype=np.int8).reshape(1, 2, 2, 1)
    engine = HostEngine()
    engine.load(file)
    with open_target("tflm") as reference:
        reference.load(file)
        assert np.array_equal(np.asarray(engine.invoke(sample)), np.asarray(reference.invoke(sample)))


def test_a_scale_without_a_zero_point_is_refused() -> None:
    """Found by flipping bits: as TensorFlow Lite does; TensorFlow Lite Micro computes with scale 0."""
    model = Model()
    x, y = model.activation((1, 8), 0.5), model.activation((1, 8), 0.5)
    model.without_zero_point(x)
    model.operator("RELU", [x], [y])
    with pytest.raises(ModelError, match="does not support"):
        HostEngine().load(model.build([x], [y]))


@pytest.mark.parametrize("operator", ["LOGISTIC", "RELU6"])
def test_a_scale_whose_result_is_undefined_in_the_reference_is_refused(operator: str) -> None:
    """Found by flipping bits: 6 / scale leaves 32 bits, a shift by a negative number."""
    model = Model()
    x, y = model.activation((1, 8), 2.0**-64), model.activation((1, 8), 1 / 256, zero_point=-128)
    model.operator(operator, [x], [y])
    with pytest.raises(ModelError, match=rf"operator 0 \({operator}\)"):
        HostEngine().load(model.build([x], [y]))


def test_a_damaged_option_is_not_taken_for_its_default() -> None:
    """Found by flipping bits: the dilation lies outside of the table of options, and the engine computed with 1."""
    model = Model()
    x, y = model.activation((1, 4, 8, 1), 0.5), model.activation((1, 4, 8, 1), 0.5)
    weights = model.constant(np.ones((1, 1, 3, 1), np.int8), [0.5])
    options = {"padding": 0, "strideH": 1, "strideW": 1, "dilationWFactor": 2, "dilationHFactor": 1}
    model.operator("CONV_2D", [x, weights], [y], "Conv2DOptions", **options)
    file = bytearray(model.build([x], [y]))
    HostEngine().load(bytes(file))
    table = schema().Model.GetRootAsModel(file, 0).Subgraphs(0).Operators(0).BuiltinOptions().Pos
    vtable = table - int.from_bytes(file[table : table + 4], "little", signed=True)
    dilation_w = vtable + 4 + 2 * 4
    assert file[dilation_w] != 0
    file[dilation_w] = 200
    with pytest.raises(ModelError, match=r"operator 0 \(CONV_2D\)"):
        HostEngine().load(bytes(file))


def test_inputs_of_the_wrong_kind_are_refused_before_they_reach_the_engine() -> None:
    from edgeval.errors import DataError

    case = make_case(GRAPH_SEED)
    engine = HostEngine()
    engine.load(case.model)
    with pytest.raises(DataError, match="input 0"):
        engine.invoke(np.zeros((3, 3), np.int8))
    with pytest.raises(DataError, match="1 inputs"):
        engine.invoke()


@pytest.mark.slow
def test_damaged_models_under_sanitizers(tmp_path: Path) -> None:
    """Reference: the address and undefined behaviour sanitizers, and the engine itself in an arena of exactly the
    size it asked for, filled with other bytes (firmware/fuzz/model_reader.c)."""
    compiler = shutil.which("clang") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler with sanitizers")
    firmware = firmware_sources()
    program = tmp_path / "damage"
    subprocess.run(
        [
            compiler, "-std=c11", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
            *engine_includes(firmware), *map(str, engine_sources(firmware)),
            str(firmware / "fuzz" / "damage.c"), str(firmware / "fuzz" / "model_reader.c"), "-o", str(program),
        ],
        check=True,
    )  # fmt: skip
    files = [make_case(seed).model for seed in range(60)]
    files += [make_more_case(seed, dtype).model for seed in range(60) for dtype in ("int8", "int16")]
    files += [stateful(seed, layer) for seed in range(10) for layer in (svdf, lstm)]
    models = [tmp_path / f"{number}.tflite" for number in range(len(files))]
    for path, data in zip(models, files, strict=True):
        path.write_bytes(data)
    done = subprocess.run(
        [str(program), str(DAMAGED_MODELS), "1", *map(str, models)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    ran = int(done.stdout.split()[0])
    assert 0 < ran < DAMAGED_MODELS  # some damage hits weights only, and then the model still runs
