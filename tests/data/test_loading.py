"""Names of datasets, and CIFAR without a network; reference: torchvision's list of CIFAR files."""

from __future__ import annotations

import pickle
import tarfile
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest

from edgeval.data import load_dataset
from edgeval.data.loading import located
from edgeval.errors import DataError, UsageError


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [("cifar", "cifar10"), ("glyph100", "glyphs100"), ("npz", "npz:PATH"), ("folder:", "folder:PATH@SIZE")],
)
def test_an_unknown_dataset_gets_a_suggestion(typed: str, suggested: str) -> None:
    with pytest.raises(UsageError, match=f"unknown dataset '{typed}'; did you mean '{suggested}'"):
        load_dataset(typed)


def test_cifar_without_network_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    from edgeval.torchvision_import import torchvision_module

    def offline(self: object) -> None:
        raise URLError("no route")

    monkeypatch.setattr(torchvision_module("datasets").CIFAR10, "download", offline)
    with pytest.raises(
        DataError, match=r"could not be downloaded.*--data-dir with cifar-100-python.*glyphs100"
    ):
        load_dataset("cifar100", tmp_path)


def test_cifar_is_read_from_its_own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of CIFAR-10's form, with few images; the files' checksums are torchvision's business."""
    pytest.importorskip("torch")
    from edgeval.torchvision_import import torchvision_module

    kind = torchvision_module("datasets").CIFAR10
    pixels = _write_cifar10(tmp_path / kind.base_folder, kind)
    monkeypatch.setattr(kind, "_check_integrity", lambda self: True)
    monkeypatch.setattr(torchvision_module("datasets.cifar"), "check_integrity", lambda *_: True)
    dataset = load_dataset("cifar10", tmp_path)
    assert (len(dataset.train), len(dataset.test), dataset.classes[3]) == (10, 2, "c3")
    np.testing.assert_array_equal(dataset.test.samples, pixels.reshape(2, 3, 32, 32).transpose(0, 2, 3, 1))
    assert dataset.mirrored


def _write_cifar10(folder: Path, kind: type) -> np.ndarray:
    folder.mkdir()
    pixels = np.random.default_rng(2).integers(0, 256, (2, 3072), np.uint8)
    for file, _ in [*kind.train_list, *kind.test_list]:  # type: ignore[attr-defined]
        (folder / file).write_bytes(pickle.dumps({"data": pixels, "labels": [1, 9]}))
    names = {"label_names": [f"c{number}" for number in range(10)]}
    (folder / "batches.meta").write_bytes(pickle.dumps(names))
    return pixels


def test_a_damaged_archive_in_the_data_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    from edgeval.torchvision_import import torchvision_module

    def damaged(self: object) -> None:
        raise tarfile.ReadError("not a gzip file")

    monkeypatch.setattr(torchvision_module("datasets").CIFAR10, "download", damaged)
    with pytest.raises(DataError, match="not a gzip file"):
        load_dataset("cifar10", tmp_path)


def test_a_grids_path_is_found_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grid, elsewhere = tmp_path / "project" / "models" / "demo", tmp_path / "elsewhere"
    for folder in (grid, elsewhere, grid.parents[1] / "images"):
        folder.mkdir(parents=True)
    (grid.parents[1] / "data.npz").write_bytes(b"")
    monkeypatch.chdir(grid.parents[1])
    assert located("npz:data.npz", grid) == "npz:data.npz"
    monkeypatch.chdir(elsewhere)
    assert located("npz:data.npz", grid) == f"npz:{grid.parents[1] / 'data.npz'}"
    assert located("folder:images@48", grid) == f"folder:{grid.parents[1] / 'images'}@48"
    assert located("cifar10", grid) == "cifar10"
    with pytest.raises(
        DataError, match=r"absent\.npz is neither here nor in .*with npz:absent\.npz; .* --dataset"
    ):
        located("npz:absent.npz", grid)
