"""A grid of two untrained ScaleCNNs with real weight files and images, as training leaves them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from edgeval import runs, store
from edgeval.data import load_dataset
from edgeval.nets import build

CLASSES, TEST_IMAGES = 3, 60


def write_tiny_grid(folder: Path, name: str = "tiny") -> Path:
    """models/<name> below `folder`, its images in data.npz there; returns the grid's folder."""
    rng = np.random.default_rng(4)
    arrays = {
        f"{kind}_{part}": rng.integers(0, high, shape).astype(dtype)
        for part, count in (("train", 8), ("test", TEST_IMAGES))
        for kind, high, shape, dtype in (("x", 256, (count, 32, 32, 3), "u1"), ("y", CLASSES, (count,), "i8"))
    }
    np.savez(folder / "data.npz", **arrays, class_names=np.array(["a", "b", "c"]))
    spec = f"npz:{folder / 'data.npz'}"
    grid = folder / "models" / name
    grid.mkdir(parents=True)
    (grid / "grid.toml").write_text("schema_version = 1\n")
    for model in ("scalecnn-1", "scalecnn-2"):
        _write_run(grid / model / "seed0", model, {"spec": spec, "sha256": load_dataset(spec).info().sha256})
    return grid


def _write_run(folder: Path, model: str, dataset: dict[str, str]) -> None:
    import torch

    torch.manual_seed(1)
    network, file = build(model, CLASSES), io.BytesIO()
    torch.save(network.state_dict(), file)
    document = {
        "schema_version": store.SCHEMA_VERSION,
        "params": sum(parameter.numel() for parameter in network.parameters()),
        "macs": 1,
        "dataset": dataset,
        "input": {"mean": 0.0, "std": 1.0},
        "weights_sha256": store.publish(folder, runs.WEIGHTS, file.getvalue()),
    }
    store.publish(folder, runs.RUN_JSON, store.json_bytes(document))
