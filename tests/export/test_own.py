"""Networks of the user's own: torch modules and ONNX files in all layouts.

References: onnxruntime on the original file, the pixel's float by hand.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeval import runs
from edgeval.errors import DataError, ModelError, UsageError
from edgeval.export.artifacts import Artifacts, make
from edgeval.export.job import Bench
from edgeval.export.network import Network, from_factory, from_onnx
from edgeval.records import Preprocessing
from edgeval.runtimes.tflite_file import classifier, inspect
from tests.export.conftest import CLASSES, SIDE
from tests.schemas import check

onnx = pytest.importorskip("onnx")
torch = pytest.importorskip("torch")

NETS = f"""
import torch
from torch import nn

class Tiny(nn.Sequential):
    def __init__(self, activation, classes={CLASSES}):
        super().__init__(nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), activation, nn.AdaptiveAvgPool2d(1),
                         nn.Flatten(), nn.Linear(8, classes))

def build():
    return Tiny(nn.ReLU())

def probabilities():
    return nn.Sequential(Tiny(nn.ReLU()), nn.Softmax(1))

def elu():
    return Tiny(nn.ELU())

def three_classes():
    return Tiny(nn.ReLU(), 3)

class Branching(Tiny):
    def forward(self, x):
        y = super().forward(x)
        return y if x.sum() == 0 else -y

def branching():
    return Branching(nn.ReLU())

def no_network():
    return 3

def needs_an_argument(width):
    return Tiny(nn.ReLU())

def raises():
    raise RuntimeError("no such architecture")
"""


@pytest.fixture
def in_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder with mynets.py, freshly imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "mynets", raising=False)
    (tmp_path / "mynets.py").write_text(NETS)
    return tmp_path


def weights_of(factory: str, folder: Path) -> Path:
    import mynets

    torch.manual_seed(0)
    path = folder / f"{factory}.pt"
    torch.save(getattr(mynets, factory)().state_dict(), path)
    return path


def made_of(network: Network, shared: Bench) -> Artifacts:
    made = make(network, shared.material, shared.converter, max_int8_drop=1.0)
    check("export", made.record)
    return made


@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (0.5, 0.5), (0.4734, 0.2516), (0.0, 1 / 255)])
def test_torch_module_with_any_preprocessing(
    in_project: Path, shared_bench: Bench, mean: float, std: float
) -> None:
    weights = weights_of("build", in_project)
    network = from_factory("mynets:build", weights, Preprocessing(mean, std), shared_bench.material)
    made = made_of(network, shared_bench)
    form = classifier(made.files[runs.INT8_MODEL])
    floats = (np.arange(256) / 255 - mean) / std
    quantized = np.round(floats / form.input_scale) + form.input_zero_point
    # -1..1 puts every pixel on the edge between two steps; the others hit the steps exactly.
    assert np.abs(quantized - (np.arange(256) - 128)).max() <= (1 if mean == 0.5 else 0)
    assert made.record["onnx"]["max_abs_difference"] <= made.record["onnx"]["tolerance"]
    assert made.record["int8"]["parity"]["flipped_labels"] <= 0.1 * len(shared_bench.material.parity)


def nhwc(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network with a channels-last input, as tf2onnx writes it."""
    graph = model.graph
    graph.input[0].name = "image_nhwc"
    graph.node.insert(0, onnx.helper.make_node("Transpose", ["image_nhwc"], ["image"], perm=[0, 3, 1, 2]))
    for dim, size in zip(graph.input[0].type.tensor_type.shape.dim[1:], (SIDE, SIDE, 3), strict=True):
        dim.dim_value = size
    return model


def batch(model: onnx.ModelProto, size: int) -> onnx.ModelProto:
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = size
    return model


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("size", [None, 1, 3])
def test_onnx_file_of_any_layout_and_batch(
    in_project: Path, shared_bench: Bench, layout: str, size: int | None
) -> None:
    original = from_factory(
        "mynets:build", weights_of("build", in_project), Preprocessing(), shared_bench.material
    )
    model = onnx.load_from_string(original.onnx)
    model = nhwc(model) if layout == "NHWC" else model
    model = batch(model, size) if size else model
    onnx.checker.check_model(model)
    onnx.save(model, in_project / "net.onnx")
    made = made_of(from_onnx(in_project / "net.onnx", Preprocessing()), shared_bench)
    assert made.files[runs.ONNX_MODEL] == (in_project / "net.onnx").read_bytes(), "the user's file as it is"
    assert made.record["onnx"] is None, "it is its own reference"
    names = {operator.name for operator in inspect(made.files[runs.INT8_MODEL]).operators}
    assert names <= {"PAD", "CONV_2D", "MEAN", "FULLY_CONNECTED"}
    expected = made_of(original, shared_bench).record["int8"]["parity"]
    seen = made.record["int8"]["parity"]
    assert seen["float_accuracy"] == expected["float_accuracy"]
    assert abs(seen["int8_accuracy"] - expected["int8_accuracy"]) <= 0.02


def test_softmax_output_is_told(in_project: Path, shared_bench: Bench) -> None:
    weights = weights_of("probabilities", in_project)
    made = made_of(
        from_factory("mynets:probabilities", weights, Preprocessing(), shared_bench.material), shared_bench
    )
    assert classifier(made.files[runs.INT8_MODEL]).ends_in_softmax


def test_operator_that_the_device_lacks(in_project: Path, shared_bench: Bench) -> None:
    weights = weights_of("elu", in_project)
    network = from_factory("mynets:elu", weights, Preprocessing(), shared_bench.material)
    with pytest.raises(ModelError, match=r"^mynets:elu needs (ELU, which the|the ONNX operator Elu)"):
        made_of(network, shared_bench)


def test_network_that_tracing_cannot_follow(in_project: Path, shared_bench: Bench) -> None:
    weights = weights_of("branching", in_project)
    network = from_factory("mynets:branching", weights, Preprocessing(), shared_bench.material)
    with pytest.raises(ModelError, match=r"ONNX and torch differ by .*a branch on data"):
        made_of(network, shared_bench)


def test_accuracy_beyond_the_limit_is_refused(in_project: Path, shared_bench: Bench) -> None:
    weights = weights_of("build", in_project)
    network = from_factory("mynets:build", weights, Preprocessing(), shared_bench.material)
    with pytest.raises(ModelError, match=r"int8 loses .* the limit is -200"):
        make(network, shared_bench.material, shared_bench.converter, max_int8_drop=-2.0)


@pytest.mark.parametrize(
    ("factory", "kind", "message"),
    [
        ("mynets", UsageError, "is not of the form module:callable"),
        ("absent:build", UsageError, "No module named 'absent'"),
        ("mynets:absent", UsageError, "has no attribute 'absent'"),
        ("mynets:no_network", UsageError, "returned int, expected a torch.nn.Module"),
        ("mynets:needs_an_argument", UsageError, "missing 1 required positional argument"),
        ("mynets:raises", UsageError, "no such architecture"),
        ("mynets:three_classes", ModelError, "size mismatch"),
    ],
)
def test_bad_factories_and_misfit_weights(
    in_project: Path, shared_bench: Bench, factory: str, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message) as caught:
        from_factory(factory, weights_of("build", in_project), Preprocessing(), shared_bench.material)
    assert "\n" not in str(caught.value)


def test_other_number_of_classes(in_project: Path, shared_bench: Bench) -> None:
    weights = weights_of("three_classes", in_project)
    with pytest.raises(
        ModelError, match=r"yields \(2, 3\) for 2 samples, the dataset's 4 classes need \(2, 4\)"
    ):
        from_factory("mynets:three_classes", weights, Preprocessing(), shared_bench.material)


@pytest.mark.parametrize("content", [b"", b"not a state dict", b"PK\x03\x04" + bytes(60)])
def test_damaged_weights(in_project: Path, shared_bench: Bench, content: bytes) -> None:
    (in_project / "bad.pt").write_bytes(content)
    with pytest.raises(ModelError, match=r"bad\.pt does not fit the network or is damaged") as caught:
        from_factory("mynets:build", in_project / "bad.pt", Preprocessing(), shared_bench.material)
    assert "\n" not in str(caught.value)


def test_damaged_onnx(in_project: Path, shared_bench: Bench) -> None:
    original = from_factory(
        "mynets:build", weights_of("build", in_project), Preprocessing(), shared_bench.material
    )
    for name, content in {"cut.onnx": original.onnx[:-100], "text.onnx": b"hello"}.items():
        (in_project / name).write_bytes(content)
        with pytest.raises(ModelError, match=f"{name} is not a whole ONNX model"):
            made_of(from_onnx(in_project / name, Preprocessing()), shared_bench)
    with pytest.raises(ModelError, match=r"absent\.onnx cannot be read: No such file"):
        from_onnx(in_project / "absent.onnx", Preprocessing())


def test_onnx_for_other_images(in_project: Path, shared_bench: Bench) -> None:
    original = from_factory(
        "mynets:build", weights_of("build", in_project), Preprocessing(), shared_bench.material
    )
    model = onnx.load_from_string(original.onnx)
    for dim in model.graph.input[0].type.tensor_type.shape.dim[2:]:
        dim.dim_value = 24
    onnx.save(model, in_project / "net.onnx")
    with pytest.raises(DataError, match="takes images of 24 x 24 x 3, colours has 16 x 16 x 3"):
        made_of(from_onnx(in_project / "net.onnx", Preprocessing()), shared_bench)
