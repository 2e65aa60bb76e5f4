"""The paper's networks on real images, after twenty steps of training.

References: onnxruntime on the exported ONNX; TFLiteConverter.from_keras_model, the documented way to quantize.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edgeval import runs
from edgeval.data import Dataset, load_dataset
from edgeval.export.artifacts import Artifacts, make
from edgeval.export.job import Bench, Options, bench
from edgeval.export.network import Network, from_run
from edgeval.records import Preprocessing
from edgeval.runtimes.onnx import OnnxRuntime
from edgeval.runtimes.tflite import TfliteRuntime
from edgeval.runtimes.tflite_file import inspect
from tests.export.conftest import need_converter, publish
from tests.processes import ENVIRONMENT

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.slow

OPERATORS = {
    "scalecnn-4": {"CONV_2D": 8, "MAX_POOL_2D": 3, "MEAN": 1, "FULLY_CONNECTED": 1},
    "mobilenetv2-0.10": {
        "CONV_2D": 35, "DEPTHWISE_CONV_2D": 17, "ADD": 11, "PAD": 4, "MEAN": 1, "FULLY_CONNECTED": 1,
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def cifar(cifar10_subset: Path) -> Dataset:
    return load_dataset(f"npz:{cifar10_subset}")


@pytest.fixture(scope="module")
def cifar_bench(cifar: Dataset) -> Bench:
    need_converter()
    with bench(cifar.spec, Options(int8=True)) as shared:
        yield shared


@pytest.fixture(scope="module", params=OPERATORS)
def network(request: pytest.FixtureRequest, cifar: Dataset, cifar_bench: Bench, tmp_path_factory) -> Network:
    from edgeval.nets import build

    torch.manual_seed(3)
    trained = build(request.param, 10)
    images = torch.from_numpy(cifar.train.samples[:1280]).permute(0, 3, 1, 2).float() / 255
    labels = torch.from_numpy(cifar.train.labels[:1280])
    optimizer = torch.optim.SGD(trained.parameters(), 0.05, 0.9)
    for batch in torch.arange(1280).split(64):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(trained(images[batch]), labels[batch]).backward()
        optimizer.step()
    normalize(trained, images[:512])
    run = runs.Run(tmp_path_factory.mktemp("paper"), request.param, 0)
    publish(run, cifar, trained)
    return from_run(run, run.document(), cifar_bench.material)


def normalize(network: torch.nn.Module, images: torch.Tensor) -> None:
    """Statistics of exactly these images, where so short a training leaves half of the initial ones."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            module.reset_running_stats()
    with torch.no_grad():
        network(images)


@pytest.fixture(scope="module")
def made(network: Network, cifar_bench: Bench) -> Artifacts:
    return make(network, cifar_bench.material, cifar_bench.converter, max_int8_drop=1.0)


def test_operators_are_those_of_the_network(network: Network, made: Artifacts) -> None:
    """torchvision's mobilenet_v2 has 52 convolutions, 17 of them depthwise, four of these with stride 2, which
    need padding of their own; and 10 residual sums, at width 0.10 one more: 32 and 16 channels both become 8."""
    assert made.record["int8"]["operators"] == OPERATORS[network.source["network"]]


def test_int8_scores_follow_onnxruntime(made: Artifacts, cifar: Dataset, tmp_path: Path) -> None:
    for name, data in made.files.items():
        (tmp_path / name).write_bytes(data)
    images = cifar.test.samples[:200]
    expected = OnnxRuntime(tmp_path / runs.ONNX_MODEL, Preprocessing()).run(images).scores
    seen = TfliteRuntime(tmp_path / runs.INT8_MODEL, Preprocessing()).run(images).scores
    noise = np.square(seen - expected).mean() / np.square(expected - expected.mean(0)).mean()
    assert -10 * np.log10(noise) > 12, "signal to quantization noise in dB; 34 and 16 were seen"


DOCUMENTED_WAY = """
import sys
import numpy as np
from edgeval.export import tensorflow
def documented(model, calibration):
    import tensorflow as tf
    model.inputs[0].set_shape((1, *calibration.shape[1:]))
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([image[None]] for image in calibration)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()
if sys.argv[1] == "documented":
    tensorflow._quantized = documented
with open("net.onnx", "rb") as file:
    model = tensorflow.to_int8(file.read(), "NCHW", np.load("calibration.npy"), "net")
with open(sys.argv[1], "wb") as file:
    file.write(model)
"""


def test_same_as_the_documented_way_and_in_every_process(
    network: Network, made: Artifacts, cifar: Dataset, cifar_bench: Bench, tmp_path: Path
) -> None:
    if cifar_bench.options.backend != "tensorflow":
        pytest.skip("TensorFlow's converter is not installed: pip install 'edgeval[tensorflow]'")
    (tmp_path / "net.onnx").write_bytes(network.onnx)
    np.save(tmp_path / "calibration.npy", (cifar_bench.material.calibration_samples / 255).astype(np.float32))
    for way in ("ours", "documented"):
        done = subprocess.run(
            [sys.executable, "-c", DOCUMENTED_WAY, way], cwd=tmp_path, env=ENVIRONMENT, capture_output=True
        )
        assert done.returncode == 0, done.stderr.decode()[-2000:]
    ours, documented = ((tmp_path / way).read_bytes() for way in ("ours", "documented"))
    assert ours == made.files[runs.INT8_MODEL]
    assert [op.name for op in inspect(ours).operators] == [op.name for op in inspect(documented).operators]
    images = cifar.test.samples[:200]
    outputs = [
        TfliteRuntime(tmp_path / way, Preprocessing()).run(images).output_int8
        for way in ("ours", "documented")
    ]
    assert np.array_equal(*outputs)
