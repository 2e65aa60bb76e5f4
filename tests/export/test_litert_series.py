"""Backend litert on samples with one axis of time and on vectors: its float graph and its int8 file.

Reference: onnxruntime on the ONNX file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edgeval.data.order import to_torch_order
from edgeval.export.litert import to_int8
from edgeval.export.litert.lower import lower
from edgeval.export.litert.ranges import tensor_ranges
from edgeval.export.litert.simplify import simplify
from edgeval.export.litert.writer import Writer
from edgeval.export.onnx import export_torch
from edgeval.runtimes.interpreters import choose
from edgeval.runtimes.tflite import open_interpreter
from edgeval.runtimes.tflite_file import inspect

torch = pytest.importorskip("torch")
pytest.importorskip("ai_edge_quantizer")
onnxruntime = pytest.importorskip("onnxruntime")
nn = torch.nn
if TYPE_CHECKING:
    from torch import nn

STEPS, CHANNELS, CLASSES = 15, 4, 3
FLAT = STEPS * CHANNELS


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv1d(CHANNELS, CHANNELS, 3, padding=1), nn.Conv1d(CHANNELS, CHANNELS, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([torch.relu(self.b(self.a(x)) + x) * 0.5, torch.sigmoid(x)], 1)


class OverFeatures(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv1d(STEPS, 6, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.a(x.transpose(1, 2))


BODIES: dict[str, Callable[[], nn.Module]] = {
    "stride": lambda: nn.Conv1d(CHANNELS, 6, 3, 2, 1),
    "same": lambda: nn.Conv1d(CHANNELS, 6, 5, 1, 2),
    "dilation": lambda: nn.Conv1d(CHANNELS, 6, 3, 1, 2, dilation=2),
    "causal": lambda: nn.Sequential(
        nn.ConstantPad1d((4, 0), 0.0), nn.Conv1d(CHANNELS, 6, 3, dilation=2), nn.ReLU()
    ),
    "depthwise": lambda: nn.Sequential(nn.Conv1d(CHANNELS, CHANNELS, 3, 1, 1, groups=CHANNELS), nn.ReLU6()),
    "batch norm first": lambda: nn.Sequential(nn.BatchNorm1d(CHANNELS), nn.Conv1d(CHANNELS, 5, 1)),
    "batch norm alone": lambda: nn.Sequential(nn.MaxPool1d(2), nn.BatchNorm1d(CHANNELS), nn.ReLU()),
    "max pool": lambda: nn.MaxPool1d(3, 2, 1),
    "average pool": lambda: nn.AvgPool1d(2),
    "residual": Residual,
    "over features": OverFeatures,
}
DENSE: dict[str, Callable[[], nn.Module]] = {
    "batch norm behind": lambda: nn.Sequential(nn.Linear(FLAT, 7), nn.BatchNorm1d(7), nn.ReLU()),
    "batch norm in front": lambda: nn.Sequential(nn.Linear(FLAT, 7), nn.ReLU(), nn.BatchNorm1d(7)),
    "batch norm on both sides": lambda: nn.Sequential(
        nn.Linear(FLAT, 7), nn.ReLU(), nn.BatchNorm1d(7), nn.Linear(7, 5), nn.BatchNorm1d(5)
    ),
}


def trained(net: nn.Module, order: tuple[int, ...]) -> nn.Module:
    """With statistics of random samples."""
    torch.manual_seed(0)
    for _ in range(3):
        net(torch.randn(16, *order))
    return net.eval()


def check(net: nn.Module, shape: tuple[int, ...], layout: str, label: str) -> None:
    onnx = export_torch(net, shape, CLASSES, label)
    samples = np.random.default_rng(0).normal(size=(12, *shape)).astype(np.float32)
    session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
    wanted = np.asarray(session.run(None, {session.get_inputs()[0].name: to_torch_order(samples)})[0])
    simple, writer = simplify(onnx), Writer()
    lower(simple, tensor_ranges(simple, to_torch_order(samples)), writer, layout)
    seen = outputs(writer.build(), samples)
    np.testing.assert_allclose(seen, wanted, atol=1e-5 * max(1, np.abs(wanted).max()))
    int8 = to_int8(onnx, layout, samples, label)
    assert {tensor.dtype for tensor in inspect(int8).tensors if not tensor.constant} == {"int8"}
    assert np.abs(outputs(int8, samples) - wanted).max() <= 12 * np.ptp(wanted) / 255


def outputs(model: bytes, samples: np.ndarray) -> np.ndarray:
    interpreter = open_interpreter(model, "test", choose(None))
    taken, given = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    results = []
    for sample in samples:
        fed = sample[np.newaxis]
        if taken["dtype"] == np.int8:
            scale, zero_point = taken["quantization"]
            fed = np.clip(np.round(fed / scale) + zero_point, -128, 127).astype(np.int8)
        interpreter.set_tensor(taken["index"], fed)
        interpreter.invoke()
        result = interpreter.get_tensor(given["index"])[0]
        if given["dtype"] == np.int8:
            scale, zero_point = given["quantization"]
            result = (result.astype(np.float32) - zero_point) * scale
        results.append(result)
    return np.stack(results)


@pytest.mark.parametrize("head", ["mean", "flatten"])
@pytest.mark.parametrize("body", BODIES)
def test_a_network_over_time_is_converted(body: str, head: str) -> None:
    torch.manual_seed(1)
    made = BODIES[body]()
    out = made(torch.zeros(2, CHANNELS, STEPS))
    ends: list[nn.Module] = [nn.Flatten(), nn.Linear(out[0].numel(), CLASSES)]
    if head == "mean":
        ends = [nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(out.shape[1], CLASSES)]
    check(trained(nn.Sequential(made, *ends), (CHANNELS, STEPS)), (STEPS, CHANNELS), "NCT", body)


@pytest.mark.parametrize("body", DENSE)
def test_batch_normalization_of_vectors_becomes_part_of_the_dense_layer(body: str) -> None:
    torch.manual_seed(1)
    made = DENSE[body]()
    width = made(torch.zeros(2, FLAT)).shape[1]
    net = trained(nn.Sequential(made, nn.Linear(width, CLASSES)), (FLAT,))
    check(net, (FLAT,), "NF", body)
    int8 = to_int8(
        export_torch(net, (FLAT,), CLASSES, body),
        "NF",
        np.random.default_rng(2).normal(size=(4, FLAT)).astype("f4"),
        body,
    )
    assert {operator.name for operator in inspect(int8).operators} == {"FULLY_CONNECTED"}
