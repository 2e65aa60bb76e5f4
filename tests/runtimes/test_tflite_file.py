"""The .tflite reader against the interpreter's own account of the same file, and on damaged files.

References: tflite-runtime's get_*_details; MLPerf Tiny's ResNet-8 as ../shared/data/README.md describes it.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from edgeval.errors import ModelError
from edgeval.runtimes.tflite_file import classifier, inspect, read_tflite
from tests.firmware.maker import Maker
from tests.firmware.recurrent_layers import svdf
from tests.tiny_model import write_tiny_model

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
MODELS = ["mlperf-tiny-ic-resnet8-int8.tflite", "bench-scalecnn-4-int8.tflite"]
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")


@pytest.mark.parametrize("name", MODELS)
def test_same_tensors_as_the_interpreter(shared_data: Path, name: str) -> None:
    interpreter_module = pytest.importorskip("tflite_runtime.interpreter")
    data = read_tflite(shared_data / name)
    info = inspect(data)
    interpreter = interpreter_module.Interpreter(model_content=data)
    details = {detail["index"]: detail for detail in interpreter.get_tensor_details()}
    for index, tensor in enumerate(info.tensors):
        quantization = details[index]["quantization_parameters"]
        assert tensor.name == details[index]["name"]
        assert tensor.shape == tuple(details[index]["shape"])
        assert tensor.dtype == np.dtype(details[index]["dtype"]).name
        assert tensor.channels == len(quantization["scales"])
        if tensor.channels:
            assert (tensor.scale, tensor.zero_point) == (
                quantization["scales"][0],
                quantization["zero_points"][0],
            )
    assert info.inputs == tuple(detail["index"] for detail in interpreter.get_input_details())
    assert info.outputs == tuple(detail["index"] for detail in interpreter.get_output_details())


def test_resnet8_is_what_its_authors_say(resnet8: Path) -> None:
    form = classifier(read_tflite(resnet8))
    assert form.input_shape == (32, 32, 3)
    assert (form.input_scale, form.input_zero_point) == (1.0, -128)
    assert form.classes == 10
    assert form.ends_in_softmax


def test_operator_order_matches_the_interpreter(resnet8: Path) -> None:
    interpreter_module = pytest.importorskip("tflite_runtime.interpreter")
    interpreter = interpreter_module.Interpreter(model_path=str(resnet8))
    names = [operator["op_name"] for operator in interpreter._get_ops_details()]
    # A delegate may be appended at the end; the file's own operators come first.
    ours = [operator.name for operator in inspect(read_tflite(resnet8)).operators]
    assert ours == names[: len(ours)]


@pytest.mark.parametrize("data", [b"", b"TFL3", b"\0\0\0\0TFL3", b"PK\x03\x04" + b"\0" * 100], ids=range(4))
def test_what_is_not_a_model_is_refused(data: bytes) -> None:
    with pytest.raises(ModelError, match=r"^x\.tflite is "):
        inspect(data, "x.tflite")


def test_missing_file() -> None:
    with pytest.raises(ModelError, match=r"absent\.tflite cannot be read: No such file"):
        read_tflite(Path("absent.tflite"))


def test_every_truncation_is_refused(resnet8: Path) -> None:
    data = read_tflite(resnet8)
    for length in [*range(0, 2000, 7), *range(2000, len(data), 997)]:
        with pytest.raises(ModelError):
            inspect(data[:length])


@needs_shared
@settings(max_examples=300)
@given(
    name=st.sampled_from(MODELS),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), min_size=1, max_size=20),
    keep=st.floats(0.05, 1),
)
def test_damage_gives_a_result_or_a_model_error(
    name: str, flips: list[tuple[float, int]], keep: float
) -> None:
    data = bytearray((SHARED / name).read_bytes())
    # Structure lies at both ends of the file, weights between: aim at the structure.
    for position, bit in flips:
        offset = int(position * 8000)
        data[offset if offset < 4000 else len(data) - 1 - (offset - 4000)] ^= 1 << bit
    start = time.process_time()
    try:
        classifier(bytes(data[: int(len(data) * keep)]))
    except ModelError as error:
        assert "\n" not in str(error)
    assert time.process_time() - start < 60, "no search without a bound"


def test_several_subgraphs_are_refused_by_name() -> None:
    schema = pytest.importorskip("tests.firmware.models").schema()
    import flatbuffers

    model = schema.ModelT()
    model.version, model.buffers, model.operatorCodes = 3, [schema.BufferT()], []
    model.subgraphs = [schema.SubGraphT(), schema.SubGraphT()]
    for graph, name in zip(model.subgraphs, ("main", "while_body"), strict=True):
        graph.name, graph.tensors, graph.operators, graph.inputs, graph.outputs = name, [], [], [], []
    builder = flatbuffers.Builder(64)
    builder.Finish(model.Pack(builder), b"TFL3")
    with pytest.raises(ModelError, match=r"^x\.tflite has 2 subgraphs \(main, while_body\)"):
        inspect(bytes(builder.Output()), "x.tflite")


def test_two_heads_are_told_what_to_do(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "model.tflite", outputs=2)
    with pytest.raises(ModelError, match="2 outputs; one of each is needed: return one output"):
        classifier(path.read_bytes())


def test_a_model_with_a_state_is_no_classifier() -> None:
    """Its answers would depend on the order of the samples, and a comparison would not say so."""
    make = Maker(0)
    x, y = svdf(make)
    data = make.model.build([x], [y])
    assert [tensor.variable for tensor in inspect(data).tensors].count(True) == 1
    with pytest.raises(ModelError, match=r"keeps a state between inferences .*edgeval profile runs it"):
        classifier(data)
