"""Backend litert: its float graph and its int8 file. References: onnxruntime on the ONNX file; TensorFlow Lite's
quantization specification for the forms of int8 tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edgeval.errors import ModelError
from edgeval.export.litert import to_int8
from edgeval.export.litert.lower import lower
from edgeval.export.litert.ranges import tensor_ranges
from edgeval.export.litert.simplify import simplify
from edgeval.export.litert.writer import Writer
from edgeval.export.onnx import export_torch
from edgeval.runtimes.interpreters import choose
from edgeval.runtimes.tflite import open_interpreter
from edgeval.runtimes.tflite_file import classifier, inspect

torch = pytest.importorskip("torch")
pytest.importorskip("ai_edge_quantizer")
onnxruntime = pytest.importorskip("onnxruntime")
nn = torch.nn
if TYPE_CHECKING:
    from torch import nn

SIDE, CLASSES = 13, 4  # odd: padding at one end alone shows


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(6, 6, 3, padding=1, groups=6), nn.Conv2d(6, 6, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.b(self.a(x)) + x) - 0.5 * x


class Branches(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(6, 3, 1), nn.Conv2d(6, 5, 3, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.a(x), torch.sigmoid(self.b(x)) * self.b(x)], 1)


class Squeeze(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(6, 6, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(self.a(x.mean((2, 3), keepdim=True)))


class Normalize(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.4, 0.5, 0.6]).view(1, 3, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x - self.mean) / (self.mean * 0.5)


BODIES: dict[str, Callable[[], nn.Module]] = {
    "stride": lambda: nn.Conv2d(6, 8, 3, 2, 1),
    "same": lambda: nn.Conv2d(6, 8, 3, 1, 1),
    "uneven kernel": lambda: nn.Conv2d(6, 8, (5, 2), (2, 1), (2, 1)),
    "dilation": lambda: nn.Conv2d(6, 8, 3, 1, 2, dilation=2),
    "depthwise": lambda: nn.Sequential(nn.Conv2d(6, 12, 3, 2, 1, groups=6), nn.ReLU6()),
    "batch norm alone": lambda: nn.Sequential(nn.MaxPool2d(2), nn.BatchNorm2d(6), nn.ReLU()),
    "max pool": lambda: nn.MaxPool2d(3, 2, 1),
    "max pool that rounds up": lambda: nn.MaxPool2d(2, 2, ceil_mode=True),
    "average pool": lambda: nn.AvgPool2d(3, 2, 1),
    "average pool without the edge": lambda: nn.AvgPool2d(3, 1, 1, count_include_pad=False),
    "zero pad": lambda: nn.Sequential(nn.ZeroPad2d((1, 2, 0, 3)), nn.Conv2d(6, 4, 3)),
    "residual": Residual,
    "branches": Branches,
    "squeeze and excite": Squeeze,
    "tanh": lambda: nn.Tanh(),
    "hard swish": lambda: nn.Hardswish(),
    "hard sigmoid": lambda: nn.Hardsigmoid(),
}
HEADS: dict[str, Callable[[int], nn.Module]] = {
    "mean": lambda width: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, CLASSES)),
    "flatten": lambda width: nn.Sequential(nn.Flatten(), nn.LazyLinear(CLASSES), nn.Softmax(1)),
}


def network(body: str, head: str) -> bytes:
    """ONNX of Normalize, a convolution, the body and the head, with statistics of random images."""
    torch.manual_seed(0)
    made = BODIES[body]()
    stem = nn.Sequential(Normalize(), nn.Conv2d(3, 6, 3, bias=False), nn.BatchNorm2d(6), made)
    images = torch.rand(8, 3, SIDE, SIDE)
    width = stem(images).shape[1]
    whole = nn.Sequential(stem, HEADS[head](width))
    whole.train()
    for _ in range(3):
        whole(images)
    return export_torch(whole.eval(), (SIDE, SIDE, 3), CLASSES, body)


def expected(onnx: bytes, images: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
    fed = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    return np.asarray(session.run(None, {session.get_inputs()[0].name: fed})[0])


def outputs(model: bytes, images: np.ndarray) -> np.ndarray:
    interpreter = open_interpreter(model, "test", choose(None))
    taken, given = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    results = []
    for image in images:
        fed, (scale, zero_point) = image[np.newaxis], taken["quantization"]
        if taken["dtype"] == np.int8:
            fed = np.clip(np.round(fed / scale) + zero_point, -128, 127).astype(np.int8)
        interpreter.set_tensor(taken["index"], fed)
        interpreter.invoke()
        result, (scale, zero_point) = interpreter.get_tensor(given["index"])[0], given["quantization"]
        results.append(
            (result.astype(np.float32) - zero_point) * scale if given["dtype"] == np.int8 else result
        )
    return np.array(results)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).random((40, SIDE, SIDE, 3), np.float32)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("body", BODIES)
def test_float_graph_is_the_network_and_int8_is_near(body: str, head: str, images: np.ndarray) -> None:
    onnx = network(body, head)
    wanted = expected(onnx, images)
    simple, writer = simplify(onnx), Writer()
    lower(simple, tensor_ranges(simple, images.transpose(0, 3, 1, 2)), writer, "NCHW")
    np.testing.assert_allclose(
        outputs(writer.build(), images), wanted, atol=1e-5 * max(1, np.abs(wanted).max())
    )
    int8 = to_int8(onnx, "NCHW", images, body)
    info, form = inspect(int8), classifier(int8)
    assert {tensor.dtype for tensor in info.tensors if not tensor.constant} == {"int8"}
    assert form.ends_in_softmax == (head == "flatten")
    if form.ends_in_softmax:
        assert (form.output_scale, form.output_zero_point) == (1 / 256, -128)
    assert int8 == to_int8(onnx, "NCHW", images, body), "the same arguments give the same bytes"
    step = max(form.output_scale, np.ptp(wanted) / 255)
    assert np.abs(outputs(int8, images) - wanted).max() <= 12 * step


def test_ranges_are_the_extremes_of_all_images(images: np.ndarray) -> None:
    """One image alone is extreme: an average over the images would forget it."""
    onnx = network("same", "mean")
    spiked = images.copy()
    spiked[0] *= 5
    first = tensor_ranges(simplify(onnx), spiked.transpose(0, 3, 1, 2)).ranges
    last = tensor_ranges(simplify(onnx), spiked[::-1].transpose(0, 3, 1, 2)).ranges
    assert first == last and first["image"][1] == spiked.max()
    wanted = expected(onnx, spiked)
    assert first["scores"] == pytest.approx((wanted.min(), wanted.max()), rel=1e-4)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (lambda: nn.Upsample(scale_factor=2), r"^net needs the ONNX operator Resize, which backend litert"),
        (lambda: nn.Conv2d(6, 6, 3, groups=2), r"^net has a Conv of 2 groups of 6 channels"),
        (lambda: nn.Hardtanh(-1, 1), r"^net clips to -1 to 1"),
    ],
)
def test_what_is_not_converted_is_named(
    body: Callable[[], nn.Module], message: str, images: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BODIES, "odd", body)
    with pytest.raises(ModelError, match=message) as caught:
        to_int8(network("odd", "mean"), "NCHW", images, "net")
    assert "\n" not in str(caught.value)
