"""Every shipped family, trained for a few steps and exported with backend litert: the int8 file gives TFLite Micro's
bytes in the engine. Reference: the tflite-micro wheel."""

from __future__ import annotations

import numpy as np
import pytest

from edgeval.data.order import torch_shape
from edgeval.devices.opening import open_target
from edgeval.export.onnx import export_torch
from edgeval.export.operators import check_operators
from edgeval.nets import FAMILIES, build
from edgeval.runtimes.tflite_file import inspect

torch = pytest.importorskip("torch")
pytest.importorskip("ai_edge_quantizer")
pytest.importorskip("tflite_micro")

CLASSES = 4
# The smallest size of each family that is listed, on a sample of its kind.
NETWORKS = {
    "scalecnn-4": (16, 16, 1),
    "mobilenetv2-0.10": (16, 16, 3),
    "resnet8-4": (32, 32, 1),
    "dscnn-16": (49, 10, 1),
    "mobilenetv1-0.10": (32, 32, 3),
    "mobilenetv3min-0.25": (32, 32, 1),
    "efficientnetlite0-0.25": (24, 24, 3),
    "mcunet-0.25": (32, 32, 3),
    "tcresnet8-0.50": (49, 10, 1),
    "cnn1d-8": (64, 6),
    "mlp-16": (40,),
}
EMULATED_SAMPLES = 2


def test_every_family_is_here() -> None:
    assert {model.rpartition("-")[0] for model in NETWORKS} == set(FAMILIES)


@pytest.fixture(scope="module", params=NETWORKS)
def exported(request: pytest.FixtureRequest) -> tuple[str, bytes, np.ndarray]:
    """Model id, its int8 file after five steps of training, and samples int8 of its input."""
    from edgeval.export.litert import to_int8

    model_id, shape = request.param, NETWORKS[request.param]
    torch.set_num_threads(1)
    torch.manual_seed(0)
    net, order = build(model_id, CLASSES, shape), torch_shape(shape)
    optimizer = torch.optim.SGD(net.parameters(), 0.02, 0.9)
    labels = torch.arange(16) % CLASSES
    for _ in range(5):
        batch = torch.randn(16, *order) * 0.3 + labels.reshape(-1, *(1,) * len(order))
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(batch), labels).backward()
        optimizer.step()
    onnx = export_torch(net, shape, CLASSES, model_id)
    calibration = np.random.default_rng(0).normal(1.5, 1, (24, *shape)).astype(np.float32)
    layout = {4: "NCHW", 3: "NCT", 2: "NF"}[calibration.ndim]
    file = to_int8(onnx, layout, calibration, model_id)
    samples = np.random.default_rng(1).integers(-128, 128, (6, 1, *shape)).astype(np.int8)
    return model_id, file, samples


def outputs(target: str, file: bytes, samples: np.ndarray) -> np.ndarray:
    with open_target(target) as device:
        device.load(file)
        return np.stack([np.asarray(device.invoke(sample)).reshape(-1) for sample in samples])


def test_the_engine_has_every_operator(exported: tuple[str, bytes, np.ndarray]) -> None:
    model_id, file, _ = exported
    operators = check_operators(inspect(file, model_id), model_id)
    assert "PAD" not in operators or model_id.startswith("mobilenetv2"), "SAME padding needs no operator"


def test_the_engine_gives_the_wheels_bytes(exported: tuple[str, bytes, np.ndarray]) -> None:
    _, file, samples = exported
    expected = outputs("tflm", file, samples)
    assert len(np.unique(expected)) > 1
    assert np.array_equal(outputs("host", file, samples), expected)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["stm32f746", "stm32l4r5"])
def test_both_emulated_cores_give_the_wheels_bytes(
    exported: tuple[str, bytes, np.ndarray], target: str
) -> None:
    _, file, samples = exported
    chosen = samples[:EMULATED_SAMPLES]
    assert np.array_equal(outputs(target, file, chosen), outputs("tflm", file, chosen))
