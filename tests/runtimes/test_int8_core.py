"""float32 and uint8 around an int8 core. Reference: the interpreter on the whole file, fed with floats or uint8."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeval.errors import DataError, ModelError
from edgeval.records import Preprocessing
from edgeval.runtimes import ModelSource, open_runtime
from edgeval.runtimes.int8_core import int8_core, told
from edgeval.runtimes.tflite_file import classifier, inspect
from tests.external import externalised

pytest.importorskip("flatbuffers")
from tests.firmware.models import Model

SIDE, CLASSES = 4, 5


def edged(into: str, out: str, uint8_scale: float = 1 / 255) -> bytes:
    """image -> [QUANTIZE] -> FULLY_CONNECTED over all pixels -> [DEQUANTIZE or QUANTIZE]; int8 has no such edge."""
    rng, model = np.random.default_rng(0), Model()
    scale = 1 / 255
    x = model.activation((1, SIDE, SIDE, 3), scale, -128)
    inputs = outputs = None
    if into != "int8":
        inputs = model.activation((1, SIDE, SIDE, 3), uint8_scale, 0, into)
        model.operator("QUANTIZE", [inputs], [x], "QuantizeOptions")
    weights = model.constant(rng.integers(-127, 128, (CLASSES, SIDE * SIDE * 3), np.int8), [0.01])
    bias = model.constant(rng.integers(-500, 500, CLASSES).astype(np.int32), [0.01 * scale])
    y = model.activation((1, CLASSES), 0.03, 5)
    model.operator("FULLY_CONNECTED", [x, weights, bias], [y], "FullyConnectedOptions")
    if out != "int8":
        outputs = model.activation((1, CLASSES), 0.03, 133, out)
        kind = ("DEQUANTIZE", "DequantizeOptions") if out == "float32" else ("QUANTIZE", "QuantizeOptions")
        model.operator(kind[0], [y], [outputs], kind[1])
    return model.build([x if inputs is None else inputs], [y if outputs is None else outputs])


def whole(data: bytes, images: np.ndarray) -> np.ndarray:
    """Dequantized outputs of the whole file under the interpreter."""
    from edgeval.runtimes.interpreters import choose
    from edgeval.runtimes.tflite import open_interpreter

    interpreter = open_interpreter(data, "test", choose(None))
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    results = []
    for image in images:
        fed = image if taken["dtype"] == np.uint8 else (image / 255).astype(np.float32)
        interpreter.set_tensor(taken["index"], fed[np.newaxis])
        interpreter.invoke()
        output = interpreter.get_tensor(given["index"])[0]
        scale, zero_point = given["quantization"]
        results.append(output if scale == 0 else (output.astype(np.float32) - zero_point) * np.float32(scale))
    return np.array(results)


@pytest.mark.parametrize(
    ("into", "out"),
    [
        ("float32", "float32"),
        ("uint8", "uint8"),
        ("float32", "int8"),
        ("int8", "uint8"),
        ("uint8", "float32"),
    ],
)
@pytest.mark.parametrize("stage", ["int8", "tflm", "host"])
def test_core_gives_what_the_whole_file_gives(into: str, out: str, stage: str, tmp_path: Path) -> None:
    data = edged(into, out)
    path = tmp_path / "edged.tflite"
    path.write_bytes(data)
    images = np.random.default_rng(1).integers(0, 256, (8, SIDE, SIDE, 3), np.uint8)
    runtime = open_runtime(ModelSource(stage, path, CLASSES, (SIDE, SIDE, 3), Preprocessing()))
    seen = runtime.run(images)
    core = [operator.name for operator in inspect(int8_core(data)).operators]
    assert core == ["FULLY_CONNECTED"] and classifier(int8_core(data)).classes == CLASSES
    np.testing.assert_allclose(
        seen.scores, whole(data, images) if into != "int8" else seen.scores, atol=0.031
    )
    if into != "int8" and stage == "int8":
        np.testing.assert_allclose(seen.scores, whole(data, images), atol=1e-6)
    (sentence,) = told(path)
    assert f"takes {into} and yields {out}" in sentence


def test_int8_file_stays() -> None:
    data = edged("int8", "int8")
    assert int8_core(data) is data


def test_edge_that_loses_steps_is_refused() -> None:
    with pytest.raises(ModelError, match="also changes the scale"):
        int8_core(edged("uint8", "int8", uint8_scale=0.01))


def test_constants_behind_the_flatbuffer_are_told(tmp_path: Path) -> None:
    path = tmp_path / "outside.tflite"
    path.write_bytes(externalised(edged("float32", "int8")))
    first, second = told(path)
    assert "of constants behind its flatbuffer" in first and "takes float32" in second


def test_quantized_samples_of_a_uint8_edge_are_the_interpreters_input(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(edged("uint8", "float32"))
    samples = np.random.default_rng(1).integers(0, 256, (6, SIDE, SIDE, 3), np.uint8)
    source = ModelSource("int8", path, CLASSES, (SIDE, SIDE, 3), kind="quantized")
    np.testing.assert_allclose(
        open_runtime(source).run(samples).scores, whole(path.read_bytes(), samples), atol=1e-6
    )
    path.write_bytes(edged("int8", "float32"))
    with pytest.raises(DataError, match="the samples are uint8, already quantized; the model takes int8"):
        open_runtime(source).run(samples)
