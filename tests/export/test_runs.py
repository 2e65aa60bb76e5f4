"""Exports of a trained grid.

References: torch, onnxruntime and tflite-runtime called directly, numpy's rounding, an undisturbed export.
"""

from __future__ import annotations

import json
import os
import shutil
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from edgeval import runs, store
from edgeval.data import Dataset
from edgeval.errors import DataError, StoreError
from edgeval.export import job
from edgeval.export.job import Options, export_runs
from edgeval.export.worker import BACKENDS, default_backend
from edgeval.runs import EXPORT_JSON
from edgeval.runtimes.tflite_file import TfliteInfo, inspect
from tests.export.conftest import (
    CLASSES,
    MODEL_ID,
    SIDE,
    files_of,
    publish_run,
    trained_network,
    weights_bytes,
)
from tests.schemas import check

INT8 = Options(int8=True)


@pytest.fixture
def run(exported: Path) -> runs.Run:
    return runs.Run(exported, MODEL_ID, 0)


@pytest.fixture
def copy(exported: Path, tmp_path: Path) -> Path:
    """An exported grid to spoil."""
    shutil.copytree(exported, tmp_path / "tiny")
    return tmp_path / "tiny"


def int8_model(run: runs.Run) -> tuple[bytes, TfliteInfo]:
    data = (run.folder / runs.INT8_MODEL).read_bytes()
    return data, inspect(data)


def states(grid: Path, options: Options = INT8) -> list[str]:
    return [result.state for result in export_runs(runs.finished_runs(grid), options)]


def test_record_describes_the_files(run: runs.Run, dataset: Dataset) -> None:
    record = store.read_json(store.verified(run.folder, EXPORT_JSON))
    check("export", record)
    for name in (runs.ONNX_MODEL, runs.INT8_MODEL):
        data = store.verified(run.folder, name).read_bytes()
        assert record["files"][name] == {"sha256": store.sha256_bytes(data), "bytes": len(data)}
    assert record["source"] == {
        "network": MODEL_ID,
        "weights_sha256": store.sha256_file(run.folder / runs.WEIGHTS),
    }
    assert record["calibration"]["train_sha256"] == run.document()["dataset"]["train_sha256"]
    assert record["dataset"]["sha256"] == dataset.info().sha256
    assert record["backend"] == default_backend()
    assert tuple(record["converter"]) == import_module(BACKENDS[default_backend()]).LIBRARIES


def test_int8_input_is_pixel_minus_128(run: runs.Run) -> None:
    _, info = int8_model(run)
    image = info.tensors[info.inputs[0]]
    assert np.float32(image.scale) == np.float32(1 / 255)
    assert image.zero_point == -128
    pixels = np.arange(256)
    quantized = np.round(pixels / np.float32(255) / np.float32(image.scale)) + image.zero_point
    assert np.array_equal(quantized, pixels - 128)


def test_fixed_shapes_without_layout_debris(run: runs.Run) -> None:
    _, info = int8_model(run)
    names = [operator.name for operator in info.operators]
    assert set(names) == {"CONV_2D", "MAX_POOL_2D", "MEAN", "FULLY_CONNECTED"}
    assert info.tensors[info.inputs[0]].shape == (1, SIDE, SIDE, 3)
    assert info.tensors[info.outputs[0]].shape == (1, CLASSES)
    assert all(min(tensor.shape, default=1) > 0 for tensor in info.tensors)


def test_weights_are_per_channel(run: runs.Run) -> None:
    _, info = int8_model(run)
    convolutions = [operator for operator in info.operators if operator.name == "CONV_2D"]
    weights = [info.tensors[operator.inputs[1]] for operator in convolutions]
    assert len(weights) == 8
    assert all(tensor.channels == tensor.shape[0] for tensor in weights)


def test_onnx_equals_torch(run: runs.Run, dataset: Dataset) -> None:
    torch = pytest.importorskip("torch")
    onnxruntime = pytest.importorskip("onnxruntime")
    from edgeval.nets import build

    network = build(MODEL_ID, CLASSES).eval()
    network.load_state_dict(torch.load(run.folder / runs.WEIGHTS, weights_only=True))
    images = (dataset.test.samples.transpose(0, 3, 1, 2) / 255).astype(np.float32)
    session = onnxruntime.InferenceSession((run.folder / runs.ONNX_MODEL).read_bytes())
    for count in (1, 7, len(images)):
        (ours,) = session.run(None, {session.get_inputs()[0].name: images[:count]})
        with torch.inference_mode():
            expected = network(torch.from_numpy(images[:count])).numpy()
        np.testing.assert_allclose(ours, expected, atol=1e-4)


def test_recorded_int8_accuracy_is_that_of_the_file(run: runs.Run, dataset: Dataset) -> None:
    interpreter_module = pytest.importorskip("tflite_runtime.interpreter")
    data, info = int8_model(run)
    interpreter = interpreter_module.Interpreter(model_content=data)
    interpreter.allocate_tensors()
    right = 0
    for image, label in zip(dataset.test.samples, dataset.test.labels, strict=True):
        interpreter.set_tensor(info.inputs[0], (image[np.newaxis].astype(np.int16) - 128).astype(np.int8))
        interpreter.invoke()
        right += int(interpreter.get_tensor(info.outputs[0]).argmax() == label)
    parity = store.read_json(run.folder / EXPORT_JSON)["int8"]["parity"]
    assert parity["samples"] == len(dataset.test)
    assert parity["int8_accuracy"] == right / len(dataset.test)
    assert parity["float_accuracy"] > 0.9, "the colours are easy: a net below is broken, and so is the test"


def test_finished_exports_are_skipped_and_untouched(exported: Path) -> None:
    before = {path: os.stat(path).st_mtime_ns for path in exported.rglob("model*")}
    assert states(exported) == ["finished", "finished"]
    assert states(exported, Options(int8=False)) == ["finished", "finished"], "int8 includes ONNX"
    assert {path: os.stat(path).st_mtime_ns for path in exported.rglob("model*")} == before


def test_stale_damaged_and_missing_exports_are_made_again(
    exported: Path, copy: Path, dataset: Dataset
) -> None:
    first, second = runs.finished_runs(copy)
    other = store.publish(first.folder, runs.WEIGHTS, weights_bytes(trained_network(7, dataset)))
    store.publish(first.folder, runs.RUN_JSON, store.json_bytes(first.document() | {"weights_sha256": other}))
    model = second.folder / runs.INT8_MODEL
    model.write_bytes(model.read_bytes()[:-1])
    (second.folder / runs.ONNX_MODEL).unlink()
    assert states(copy) == ["exported", "exported"]
    undisturbed, seen = files_of(exported), files_of(copy)
    assert {name for name in seen if seen[name] != undisturbed[name]} == {
        f"{MODEL_ID}/seed0/{name}"
        for name in (runs.WEIGHTS, runs.RUN_JSON, runs.ONNX_MODEL, runs.INT8_MODEL, EXPORT_JSON)
    }


def test_onnx_alone_needs_no_converter(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(trained, tmp_path / "tiny")
    monkeypatch.setattr(job, "converter", None)
    assert states(tmp_path / "tiny", Options(int8=False)) == ["exported", "exported"]
    run = runs.Run(tmp_path / "tiny", MODEL_ID, 0)
    assert store.is_finished(run.folder, runs.ONNX_MODEL)
    assert not (run.folder / runs.INT8_MODEL).exists()
    assert store.read_json(run.folder / EXPORT_JSON)["int8"] is None


def test_changed_weights_are_damage(copy: Path) -> None:
    first = runs.finished_runs(copy)[0]
    weights = first.folder / runs.WEIGHTS
    weights.write_bytes(weights.read_bytes() + b"x")
    (first.folder / EXPORT_JSON).unlink()
    with pytest.raises(StoreError, match=r"weights\.pt was changed"):
        states(copy, Options(int8=False))


def test_other_training_images(copy: Path, dataset: Dataset, tmp_path: Path) -> None:
    (runs.finished_runs(copy)[0].folder / EXPORT_JSON).unlink()
    other = tmp_path / "other.npz"
    train, test = dataset.train, dataset.test
    np.savez(other, x_train=train.samples ^ 1, y_train=train.labels, x_test=test.samples, y_test=test.labels)
    with pytest.raises(DataError, match=r"was trained on npz:.* the training images given have"):
        states(copy, Options(dataset=f"npz:{other}"))


def test_a_refused_network_does_not_stop_the_others(trained: Path, dataset: Dataset, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "tiny")
    misfit = runs.Run(tmp_path / "tiny", "scalecnn-3", 0)  # holds the weights of another size
    publish_run(misfit, dataset)
    results = export_runs(runs.finished_runs(tmp_path / "tiny"), Options(int8=False))
    assert [result.state for result in results] == ["exported", "exported", "refused"]
    assert results[-1].reason is not None and "does not fit" in results[-1].reason
    assert not (misfit.folder / EXPORT_JSON).exists()


def test_export_json_is_one_document_per_network(copy: Path) -> None:
    from click.testing import CliRunner

    from edgeval.commands.chain.export import command

    result = CliRunner().invoke(command, ["--int8", "--grid", str(copy), "--json"])
    document = json.loads(result.stdout)
    assert [entry["state"] for entry in document["exports"]] == ["finished", "finished"]
