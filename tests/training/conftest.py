"""A dataset small enough to train on in a second."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def tiny_npz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """72 training and 20 test images of 16x16 in 3 classes: each class has its own brightness, plus noise."""
    rng = np.random.default_rng(0)
    arrays = {}
    for part, count in (("train", 72), ("test", 20)):
        labels = np.arange(count) % 3
        noise = rng.integers(-40, 41, (count, 16, 16, 3))
        arrays[f"x_{part}"] = (60 + 65 * labels[:, None, None, None] + noise).astype(np.uint8)
        arrays[f"y_{part}"] = labels
    path = tmp_path_factory.mktemp("tiny") / "tiny.npz"
    np.savez(path, **arrays)
    return path


@pytest.fixture(scope="session")
def grid_file(tmp_path_factory: pytest.TempPathFactory, tiny_npz: Path) -> Path:
    """A grid of two networks and one seed on the tiny dataset."""
    path = tmp_path_factory.mktemp("grids") / "small.toml"
    path.write_text(
        f'dataset = "npz:{tiny_npz}"\nmodels = ["scalecnn-1", "scalecnn-2"]\nseeds = [0]\n\n'
        "[recipe]\nepochs = 2\nbatch_size = 16\nevaluate_every = 1\n"
    )
    return path
