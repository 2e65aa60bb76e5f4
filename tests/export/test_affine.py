"""Per-channel arithmetic as depthwise convolutions. Reference: onnxruntime on the graph as it was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from edgeval.export.affine import affine_as_convolution

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
CHANNELS = 3


def chain(steps: list[tuple[str, bool, tuple[int, ...]]], seed: int) -> onnx.ModelProto:
    """x -> one operator a step, each with a constant of its own on the right or on the left -> y."""
    rng = np.random.default_rng(seed)
    nodes, constants, name = [], [], "x"
    for index, (kind, swapped, shape) in enumerate(steps):
        constants.append(
            onnx.numpy_helper.from_array(rng.uniform(0.5, 2, shape).astype(np.float32), f"c{index}")
        )
        inputs = [f"c{index}", name] if swapped else [name, f"c{index}"]
        name = "y" if index == len(steps) - 1 else f"t{index}"
        nodes.append(onnx.helper.make_node(kind, inputs, [name]))
    value = [
        onnx.helper.make_tensor_value_info(label, onnx.TensorProto.FLOAT, ["n", CHANNELS, 4, 5])
        for label in "xy"
    ]
    graph = onnx.helper.make_graph(nodes, "g", value[:1], value[1:], constants)
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)


def outputs(model: onnx.ModelProto) -> np.ndarray:
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    images = np.random.default_rng(1).random((2, CHANNELS, 4, 5), np.float32) + 0.5
    return np.asarray(session.run(None, {"x": images})[0])


SHAPES = st.sampled_from([(1, CHANNELS, 1, 1), (CHANNELS, 1, 1), (1, 1, 1, 1), (), (1, CHANNELS, 4, 5), (5,)])
STEPS = st.lists(
    st.tuples(st.sampled_from(["Add", "Sub", "Mul", "Div"]), st.booleans(), SHAPES), min_size=1, max_size=5
)


@settings(max_examples=60)
@given(STEPS, st.integers(0, 99))
def test_values_stay(steps: list[tuple[str, bool, tuple[int, ...]]], seed: int) -> None:
    model = chain(steps, seed)
    expected = outputs(model)
    np.testing.assert_allclose(outputs(affine_as_convolution(model)), expected, rtol=1e-3, atol=1e-3)


def test_normalize_is_one_convolution() -> None:
    model = affine_as_convolution(
        chain([("Sub", False, (1, CHANNELS, 1, 1)), ("Div", False, (CHANNELS, 1, 1))], 0)
    )
    assert [node.op_type for node in model.graph.node] == ["Conv"]
    assert {tensor.name for tensor in model.graph.initializer} == {"y_affine_weight", "y_affine_bias"}


def test_value_that_is_read_twice_stays() -> None:
    model = chain([("Sub", False, (1, CHANNELS, 1, 1)), ("Div", False, (1, CHANNELS, 1, 1))], 0)
    model.graph.node[1].output[0] = "z"
    model.graph.node.append(onnx.helper.make_node("Add", ["z", "t0"], ["y"]))
    expected = outputs(model)
    changed = affine_as_convolution(model)
    assert [node.op_type for node in changed.graph.node] == ["Conv", "Conv", "Add"]
    np.testing.assert_allclose(outputs(changed), expected, rtol=1e-5)
