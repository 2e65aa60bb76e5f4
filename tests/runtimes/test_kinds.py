"""Float stages of every shape, in both orders of axes. Reference: the arithmetic of one dense layer in numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeval.data.order import to_torch_order
from edgeval.errors import ModelError
from edgeval.records import Preprocessing
from edgeval.runtimes import ModelSource, open_runtime

pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper

CLASSES = 3
SHAPES = [(7, 5, 1), (7, 5, 4), (16, 6), (20,)]
RNG = np.random.default_rng(0)


def dense(shape: tuple[int | str, ...], weights: np.ndarray) -> bytes:
    """Scores = flattened input times `weights` (values, classes)."""
    nodes = [helper.make_node("Flatten", ["x"], ["f"], axis=1), helper.make_node("MatMul", ["f", "w"], ["y"])]
    graph = helper.make_graph(
        nodes, "dense",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ("n", CLASSES))],
        [numpy_helper.from_array(weights, "w")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("order", ["torch", "tflite"])
def test_an_onnx_file_of_either_order_sees_its_samples(
    shape: tuple[int, ...], order: str, tmp_path: Path
) -> None:
    pytest.importorskip("onnxruntime")
    samples = RNG.normal(size=(5, *shape)).astype(np.float32)
    told = Preprocessing(tuple(range(shape[-1])), (2.0,), "features")
    seen = ((samples - np.arange(shape[-1])) / 2).astype(np.float32)
    laid = to_torch_order(seen) if order == "torch" else seen
    weights = RNG.normal(size=(int(np.prod(shape)), CLASSES)).astype(np.float32)
    path = tmp_path / "m.onnx"
    path.write_bytes(dense(("n", *laid.shape[1:]), weights))
    runtime = open_runtime(ModelSource("onnx", path, CLASSES, shape, told, kind="features"))
    assert runtime.input_shape == shape and runtime.classes == CLASSES
    np.testing.assert_allclose(runtime.run(samples).scores, laid.reshape(5, -1) @ weights, atol=1e-4)


def test_an_onnx_file_of_another_rank_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    path = tmp_path / "m.onnx"
    path.write_bytes(dense(("n", 2, 3, 4, 5), np.zeros((120, CLASSES), np.float32)))
    with pytest.raises(ModelError, match=r"expected tensor\(float\) \[n, channels, height, width\]"):
        open_runtime(ModelSource("onnx", path, CLASSES, (2, 3, 4), kind="features"))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_torch_network_sees_the_channels_first(
    shape: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    from edgeval.runtimes.pytorch import TorchRuntime

    class Sum(torch.nn.Module):  # type: ignore[misc, name-defined]
        """The mean over everything but the channels, which have to be the first axis."""

        def forward(self, x: object) -> object:
            return x if x.ndim == 2 else x.flatten(2).mean(2)  # type: ignore[attr-defined]

    samples = RNG.normal(size=(4, *shape)).astype(np.float32)
    runtime = TorchRuntime(Sum(), Preprocessing(kind="features"), shape, shape[-1])
    expected = samples.reshape(4, -1, shape[-1]).mean(1)
    np.testing.assert_allclose(runtime.run(samples).scores, expected, atol=1e-5)
