"""`edgeval robustness` on a grid with real networks: what it evaluates, keeps and refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edgeval.data import load_dataset
from edgeval.data.corruptions import corrupted
from edgeval.errors import StoreError, UsageError
from edgeval.evaluation import corrupted as robustness
from edgeval.records import read_predictions
from tests.schemas import check
from tests.tiny_grid import TEST_IMAGES, write_tiny_grid


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    return write_tiny_grid(tmp_path)


def request(grid: Path, corruptions: str = "contrast,fog", **rest: object) -> robustness.Request:
    return robustness.parse_request(str(grid), corruptions, "1,5", "float", jobs=1, **rest)


def files(grid: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in grid.rglob("*.npz")}


@pytest.mark.slow
def test_every_condition_is_evaluated_once_and_kept(grid: Path) -> None:
    first = robustness.measure_robustness(request(grid, "contrast"), resamples=20)
    kept = files(grid)
    assert len(kept) == 2 * 3  # sizes; clean, severity 1, severity 5
    again = robustness.measure_robustness(request(grid, "contrast"), resamples=20)
    assert again == first and files(grid) == kept
    robustness.measure_robustness(request(grid), resamples=20)
    now = files(grid)
    assert len(now) == 2 * 5 and all(now[path] == time for path, time in kept.items())
    dataset = load_dataset(f"npz:{grid.parents[1] / 'data.npz'}")
    seen = read_predictions(grid / "scalecnn-2" / "seed0" / "predictions" / "fog-5" / "float.npz")
    assert seen.provenance.dataset == corrupted(dataset, "fog", 5).info()
    assert np.array_equal(seen.labels, dataset.test.labels)
    clean = {
        run: read_predictions(grid / run / "seed0" / "predictions" / "float.npz").provenance.model_sha256
        for run in ("scalecnn-1", "scalecnn-2")
    }
    assert {row["model"]: row["model_sha256"] for row in first["models"]} == clean


@pytest.mark.slow
def test_a_part_of_the_images_is_said(grid: Path) -> None:
    document = robustness.measure_robustness(request(grid, samples=30), resamples=20)
    check("robustness", document)
    assert (document["samples"], document["dataset"]["samples"]) == (30, TEST_IMAGES)
    seen = read_predictions(grid / "scalecnn-1" / "seed0" / "predictions" / "fog-1" / "float.npz")
    assert len(seen.ids) == 30
    assert np.bincount(seen.labels).tolist() == [10, 10, 10]


def test_what_does_not_exist_is_told(grid: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'contrast'"):
        request(grid, "contrst")
    with pytest.raises(UsageError, match="expected numbers from 1 to 5"):
        robustness.parse_request(str(grid), "fog", "0,3", "float")
    with pytest.raises(StoreError, match="edgeval export --int8 --grid tiny"):
        robustness.measure_robustness(robustness.parse_request(str(grid), "fog", "1", "int8"))


@pytest.mark.slow
def test_the_command_writes_its_report(grid: Path) -> None:
    options = ["--grid", "tiny", "--corruptions", "fog", "--severities", "3", "--stages", "float", "--json"]
    result = subprocess.run(
        [sys.executable, "-m", "edgeval", "robustness", *options],
        cwd=grid.parents[1], capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    folder = grid.parents[1] / "reports" / "tiny"
    assert json.loads((folder / "robustness.json").read_text()) == document
    assert (folder / "robustness.md").read_text().startswith("# Robustness of tiny")
    assert document["class_drops"][0]["ci95"] is None  # three classes are too few for an interval
