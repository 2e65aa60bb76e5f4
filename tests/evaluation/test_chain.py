"""A comparison's data set is read once. Reference: a count of the readings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeval import runs, store
from edgeval.data.dataset import Dataset
from edgeval.evaluation import chain
from edgeval.evaluation.chain import Request, artifacts_of, cases_of
from edgeval.evaluation.subject import Evaluated
from tests.tiny_model import write_tiny_images, write_tiny_model


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was read: data sets, and grids whose runs were listed; nothing is evaluated."""
    seen: list[str] = []
    load, listed = chain.load_dataset, runs.finished_runs

    def loaded(spec: str, data_dir: Path | None = None) -> Dataset:
        seen.append("data")
        return load(spec, data_dir)

    def finished(grid: Path) -> list[runs.Run]:
        seen.append("runs")
        return listed(grid)

    def evaluated(subjects: Sequence[Any], stages: Sequence[str], request: Request) -> list[Evaluated]:
        assert request.test_set is not None
        return [Evaluated({}) for _ in subjects]

    monkeypatch.setattr(chain, "load_dataset", loaded)
    monkeypatch.setattr(runs, "finished_runs", finished)
    monkeypatch.setattr(chain, "_evaluate", evaluated)
    return seen


def test_a_file_and_its_images(readings: list[str], tmp_path: Path) -> None:
    spec = write_tiny_images(tmp_path / "images.npz")
    request = Request(
        model=write_tiny_model(tmp_path / "model.tflite"), dataset=spec, out=tmp_path, stages="int8"
    )
    cases_of(request)
    shown, artifacts = request.test_set, artifacts_of(request)
    assert readings == ["data"]
    assert shown is not None and shown.test.samples.shape == np.load(tmp_path / "images.npz")["x_test"].shape
    assert tmp_path / "model.tflite" in artifacts.values()


def test_a_grid_its_runs_and_its_images(readings: list[str], tmp_path: Path) -> None:
    spec = write_tiny_images(tmp_path / "images.npz")
    info = chain.load_dataset(spec).info()
    folder = tmp_path / "models" / "tiny" / "scalecnn-1" / "seed0"
    folder.mkdir(parents=True)
    (folder.parents[1] / "grid.toml").write_text("schema_version = 1\n")
    document = {
        "schema_version": store.SCHEMA_VERSION,
        "params": 1,
        "macs": 1,
        "dataset": {"spec": spec, "sha256": info.sha256},
        "input": {"mean": 0.0, "std": 1.0},
        "weights_sha256": store.publish(folder, runs.WEIGHTS, b"weights"),
    }
    store.publish(folder, runs.RUN_JSON, store.json_bytes(document))
    readings.clear()
    request = Request(grid=str(folder.parents[1]), stages="float")
    cases_of(request)
    assert request.test_set is not None
    artifacts_of(request)
    assert sorted(readings) == ["data", "runs"]
