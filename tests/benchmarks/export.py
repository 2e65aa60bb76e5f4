"""Seconds to export a model to int8: a grid of ten in one command, and single models against onnx2tf's own command.

Ours is the whole way: torch to ONNX, ONNX to TFLite, parity of all three on 1,000 images. The peer starts from the
finished ONNX file and proves nothing; like ours it gets 500 calibration images from a file. Weights are random.
"""

from __future__ import annotations

import io
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from edgeval import runs, store
from edgeval.data import Dataset, load_dataset
from edgeval.export.artifacts import make
from edgeval.export.job import Bench, Options, bench
from edgeval.export.network import from_run
from edgeval.nets import build
from tests.benchmarks.timing import paired

CLASSES = 100
GRID = (
    *(f"scalecnn-{width}" for width in (4, 8, 12, 16, 24, 32)),
    *(f"mobilenetv2-{width}" for width in ("0.10", "0.15", "0.25", "0.35")),
)
SINGLE = ("scalecnn-16", "mobilenetv2-0.35")
ROUNDS = 3
AIM_S = 10


def run() -> list[dict[str, Any]]:
    """One row for the grid, one for each single model."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dataset = _dataset(folder)
        grid = _grid(folder, dataset)
        rows = [_grid_row(grid)]
        with bench(dataset.spec, Options(int8=True)) as shared:
            np.save(
                folder / "calibration.npy", (shared.material.calibration_samples / 255).astype(np.float32)
            )
            rows += [_single_row(runs.Run(grid, model_id, 0), shared, folder) for model_id in SINGLE]
    return rows


def _dataset(folder: Path) -> Dataset:
    rng = np.random.default_rng(0)
    arrays = {}
    for part, count in (("train", 1000), ("test", 1000)):
        arrays[f"x_{part}"] = rng.integers(0, 256, (count, 32, 32, 3), np.uint8)
        arrays[f"y_{part}"] = np.arange(count) % CLASSES
    np.savez(folder / "noise.npz", **arrays)
    return load_dataset(f"npz:{folder / 'noise.npz'}")


def _grid(folder: Path, dataset: Dataset) -> Path:
    """What training would leave, with the initial weights."""
    import torch

    grid = folder / "grid"
    grid.mkdir()
    (grid / "grid.toml").write_text("")
    for model_id in GRID:
        torch.manual_seed(0)
        buffer = io.BytesIO()
        torch.save(build(model_id, CLASSES).state_dict(), buffer)
        run = runs.Run(grid, model_id, 0)
        document = {
            "schema_version": store.SCHEMA_VERSION,
            "dataset": {
                "spec": dataset.spec,
                "train_sha256": dataset.train_sha256,
            },
            "input": {"mean": 0.0, "std": 1.0},
            "weights_sha256": store.publish(run.folder, runs.WEIGHTS, buffer.getvalue()),
        }
        store.publish(run.folder, runs.RUN_JSON, store.json_bytes(document))
    return grid


def _grid_row(grid: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "edgeval", "export", "--int8", "--grid", str(grid), "--json"]
    start = time.perf_counter()
    done = subprocess.run([*command, "--max-int8-drop", "100"], check=True, capture_output=True)
    whole_s = time.perf_counter() - start
    models = [entry["seconds"] for entry in json.loads(done.stdout)["exports"]]
    each_s = whole_s / len(models)
    return {
        "what": f"export --int8, a grid of {len(models)}, imports included, per model",
        "peer": "the aim",
        "ours": f"{each_s:.1f} s (median without imports {statistics.median(models):.1f}, max {max(models):.1f})",
        "theirs": f"{AIM_S} s",
        "ratio": f"{AIM_S / each_s:.1f}x",
        "aim": f"under {AIM_S} s each",
    }


def _single_row(run: runs.Run, shared: Bench, folder: Path) -> dict[str, Any]:
    model = folder / f"{run.model_id}.onnx"

    def ours() -> None:
        network = from_run(run, run.document(), shared.material)
        model.write_bytes(network.onnx)
        make(network, shared.material, shared.converter, max_int8_drop=1.0)

    def peer() -> None:
        work = folder / "peer"
        work.mkdir()
        shutil.copy(model, work / "net.onnx")  # it rewrites its input
        calibration = ["-cind", "image", str(folder / "calibration.npy"), "[[[[0,0,0]]]]", "[[[[1,1,1]]]]"]
        command = [str(Path(sys.executable).with_name("onnx2tf")), "-i", "net.onnx", "-oiqt", *calibration]
        subprocess.run(command, cwd=work, check=True, capture_output=True)
        if not list(work.glob("saved_model/*_full_integer_quant.tflite")):
            raise RuntimeError("onnx2tf left no int8 model")
        shutil.rmtree(work)

    timing = paired(ours, peer, ROUNDS)
    return {
        "what": f"export {run.model_id} to int8, proof included",
        "peer": "onnx2tf -oiqt, from the finished ONNX file",
        "ours": f"{timing.ours_s:.1f} s",
        "theirs": f"{timing.peer_s:.1f} s",
        "ratio": f"{timing.speedup:.1f}x",
        "aim": f"under {AIM_S} s",
    }
