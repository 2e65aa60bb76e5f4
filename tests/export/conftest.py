"""A small dataset and a trained grid of two tiny networks, exported once for the whole session."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edgeval import runs, store
from edgeval.data import Dataset, load_dataset
from edgeval.export.job import Bench, Options, bench, export_runs
from edgeval.export.worker import LIBRARY

if TYPE_CHECKING:
    import torch

SIDE, CLASSES, MODEL_ID = 16, 4, "scalecnn-2"


def coloured_images(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise whose mean colour tells the class; pixels from 10 to 245, so that neither 0 nor 255 occurs."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    colours = np.array([[180, 60, 60], [60, 180, 60], [60, 60, 180], [150, 150, 60]])
    noise = rng.normal(0, 50, (count, SIDE, SIDE, 3))
    return np.clip(colours[labels][:, None, None] + noise, 10, 245).astype(np.uint8), labels.astype(np.int64)


@pytest.fixture(scope="session")
def dataset_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "colours.npz"
    (x_train, y_train), (x_test, y_test) = coloured_images(400, 1), coloured_images(200, 2)
    np.savez(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return path


@pytest.fixture(scope="session")
def dataset(dataset_file: Path) -> Dataset:
    return load_dataset(f"npz:{dataset_file}")


@pytest.fixture(scope="session")
def trained(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A grid as train-grid leaves it: two seeds of one network."""
    pytest.importorskip("torch")
    grid = tmp_path_factory.mktemp("models") / "tiny"
    grid.mkdir()
    (grid / "grid.toml").write_text("")
    for seed in (0, 1):
        publish_run(runs.Run(grid, MODEL_ID, seed), dataset)
    return grid


@pytest.fixture(scope="session")
def exported(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same grid, exported undisturbed."""
    need_converter()
    grid = tmp_path_factory.mktemp("exported") / "tiny"
    shutil.copytree(trained, grid)
    results = export_runs(runs.finished_runs(grid), Options(int8=True))
    assert [result.state for result in results] == ["exported", "exported"]
    return grid


def need_converter() -> None:
    """Skips where the converter is not installed; looks without importing it."""
    if all(find_spec(library) is None for library in LIBRARY.values()):
        pytest.skip("no converter is installed: pip install 'edgeval[export]'")


def publish_run(run: runs.Run, dataset: Dataset) -> None:
    """Train a network briefly and publish it."""
    publish(run, dataset, trained_network(run.seed, dataset))


def publish(run: runs.Run, dataset: Dataset, network: torch.nn.Module) -> None:
    """What training leaves of a run; run.json has those fields alone that export reads."""
    weights = store.publish(run.folder, runs.WEIGHTS, weights_bytes(network))
    document = {
        "schema_version": store.SCHEMA_VERSION,
        "dataset": {
            "spec": dataset.spec,
            "sha256": dataset.info().sha256,
            "train_sha256": dataset.train_sha256,
        },
        "input": {"mean": 0.0, "std": 1.0},
        "weights_sha256": weights,
    }
    store.publish(run.folder, runs.RUN_JSON, store.json_bytes(document))


def weights_bytes(network: torch.nn.Module) -> bytes:
    import torch

    buffer = io.BytesIO()
    torch.save(network.state_dict(), buffer)
    return buffer.getvalue()


def trained_network(seed: int, dataset: Dataset) -> torch.nn.Module:
    import torch
    from torch.nn.functional import cross_entropy

    from edgeval.nets import build

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    network = build(MODEL_ID, CLASSES)
    images = torch.from_numpy(dataset.train.samples).permute(0, 3, 1, 2).float() / 255
    labels = torch.from_numpy(dataset.train.labels)
    optimizer = torch.optim.Adam(network.parameters(), 0.02)
    for _ in range(40):
        optimizer.zero_grad()
        cross_entropy(network(images), labels).backward()
        optimizer.step()
    return network


def files_of(grid: Path) -> dict[str, bytes]:
    """The finished files below a grid, by name."""
    found = {}
    for manifest in sorted(grid.rglob("manifest.json")):
        for name in store.read_json(manifest)["files"]:
            path = manifest.parent / name
            found[str(path.relative_to(grid))] = path.read_bytes()
    return found


@pytest.fixture(scope="session")
def shared_bench(dataset_file: Path) -> Iterator[Bench]:
    """Images and one converter for all tests that convert."""
    need_converter()
    with bench(f"npz:{dataset_file}", Options(int8=True)) as shared:
        yield shared
