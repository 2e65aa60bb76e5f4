"""A network of one's own from `edgeval export --torch` or `--onnx` through every stage in one report.

References: torch and onnxruntime on the user's own files; the gate's rule that files of one export are one network.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeval import runs, store
from edgeval.cli import main
from tests.export.conftest import CLASSES, coloured_images, need_converter

torch = pytest.importorskip("torch")

NETS = f"""
import torch
from torch import nn

class Normalize(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.49, 0.48, 0.45]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.25, 0.24, 0.26]).view(1, 3, 1, 1))

    def forward(self, image):
        return (image - self.mean) / self.std

def build():
    return nn.Sequential(Normalize(), nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, {CLASSES}))
"""
DATA = "npz:colours.npz"


def edgeval(*arguments: str, code: int = 0) -> None:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert (ended.value.code or 0) == code, f"{arguments} ended with {ended.value.code}"


def compare_json(folder: str) -> dict[str, Any]:
    return dict(json.loads(Path(folder, "compare.json").read_text()))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder: a data set, a network with Normalize in it, its trained weights and its export."""
    need_converter()
    folder = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(str(folder))
        patch.setenv("PYTHONPATH", str(folder), prepend=":")
        patch.delitem(__import__("sys").modules, "ownnet", raising=False)
        Path("ownnet.py").write_text(NETS)
        (x_train, y_train), (x_test, y_test) = coloured_images(400, 1), coloured_images(200, 2)
        np.savez("colours.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
        _train(x_train, y_train)
        edgeval("export", "--int8", "--torch", "ownnet:build", "--weights", "best.pt", "--dataset", DATA,
                "--out", "exported")  # fmt: skip
        edgeval("compare", "--grid", "exported", "--target", "stm32f746", "--device-samples", "80", "--jobs", "1",
                "--record-only")  # fmt: skip
    return folder


def _train(images: np.ndarray, labels: np.ndarray) -> None:
    import ownnet
    from torch.nn.functional import cross_entropy

    torch.manual_seed(0)
    network = ownnet.build()
    floats = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    optimizer = torch.optim.Adam(network.parameters(), 0.02)
    for _ in range(40):
        optimizer.zero_grad()
        cross_entropy(network(floats), torch.from_numpy(labels)).backward()
        optimizer.step()
    torch.save(network.state_dict(), "best.pt")


@pytest.fixture
def inside(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(project)
    monkeypatch.syspath_prepend(str(project))
    return project


def test_one_report_from_float_to_the_device(inside: Path) -> None:
    (model,) = compare_json("reports/exported")["models"]
    assert model["id"] == "exported"
    assert list(model["stages"]) == ["float", "onnx", "int8", "tflm", "host", "emulated"]
    assert model["stages"]["float"]["accuracy"] == model["stages"]["onnx"]["accuracy"] > 0.8
    edgeval("verify", "reports/exported")


def test_folder_by_model_reads_the_same_predictions(inside: Path) -> None:
    before = (inside / "exported" / "predictions" / "float.npz").stat().st_mtime_ns
    edgeval("compare", "--model", "exported/", "--record-only", "--out", "again", "--jobs", "1")
    assert list(compare_json("again")["models"][0]["stages"]) == ["float", "onnx", "int8", "tflm"]
    assert (inside / "exported" / "predictions" / "float.npz").stat().st_mtime_ns == before


def test_onnx_baseline_judges_the_int8_file(inside: Path) -> None:
    alone = ("compare", "--model", "exported/model.onnx", "--dataset", DATA, "--jobs", "1")
    edgeval(*alone, code=2)  # one stage alone is not judged
    edgeval("baseline", "accept", "reports/model", "--file", "baseline.json")
    edgeval("compare", "--model", "exported/model_int8.tflite", "--dataset", DATA, "--stages", "int8",
            "--baseline", "baseline.json", "--jobs", "1")  # fmt: skip
    (judged,) = compare_json("reports/model_int8")["gate"]["judged"]
    assert (judged["baseline_stage"], judged["stage"], judged["yardstick"]) == ("onnx", "int8", "images")
    edgeval("verify", "reports/model_int8")


def test_exported_onnx_file(inside: Path) -> None:
    edgeval("export", "--int8", "--onnx", "exported/model.onnx", "--dataset", DATA, "--out", "from_onnx")
    edgeval("compare", "--model", "from_onnx", "--record-only", "--jobs", "1")
    assert list(compare_json("reports/from_onnx")["models"][0]["stages"]) == ["onnx", "int8", "tflm"]


def test_refusals(inside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(*arguments: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main([*arguments])
        assert ended.value.code == 2
        return capsys.readouterr().err

    assert "the preprocessing of exported is in its export.json" in refused(
        "compare", "--model", "exported", "--mean", "0.5"
    )
    store.publish(inside / "exported", runs.WEIGHTS, (inside / "best.pt").read_bytes() + b"\0")
    assert "weights.pt is not the file that export.json is about; export it again" in refused(
        "compare", "--model", "exported"
    )
