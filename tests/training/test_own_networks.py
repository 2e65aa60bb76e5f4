"""A grid with a network of one's own: what is trained, stored and refused. Reference: hashlib, tomllib, and layer
formulas by hand."""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from pathlib import Path

import pytest

from edgeval.errors import UsageError
from edgeval.training.config import load_grid, override

torch = pytest.importorskip("torch")

from tests.training.own_grid import MY, command, told  # noqa: E402


@pytest.fixture
def folder(tmp_path: Path, tiny_npz: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "my.py").write_text(MY)
    (tmp_path / "mine.toml").write_text(
        f'dataset = "npz:{tiny_npz}"\nseeds = [0]\nmodels = ["scalecnn-1"]\n\n[recipe]\nepochs = 1\nbatch_size = 16\n\n'
        '[[networks]]\nbuild = "my.py:build"\nsizes = [2, 0.5]\n\n[[networks]]\nname = "resnet8"\nsizes = [1]\n'
    )
    return tmp_path


def test_a_grid_file_names_networks(folder: Path) -> None:
    config = load_grid("mine.toml")
    assert config.models == ("scalecnn-1", "my-2", "my-0.5", "resnet8-1")
    assert [code.build for code in config.networks] == ["my.py:build"]
    assert config.recipe_of("scalecnn-1").optimizer == "sgd"
    assert config.recipe_of("my-2").optimizer == "adamw"


def test_the_command_line_names_networks(folder: Path) -> None:
    demo = load_grid("demo")
    chosen = override(demo, network=["wide=my.py:build", "dscnn"], models=["8", "16", "scalecnn-4"])
    assert set(chosen.models) == {"scalecnn-4", "wide-8", "wide-16", "dscnn-8", "dscnn-16"}
    assert override(demo, network=["cnn1d"]).models[0] == "cnn1d-8"
    kept = override(load_grid("mine.toml"), models=["my-2"])
    assert (kept.models, len(kept.networks)) == (("my-2",), 1)
    assert override(load_grid("mine.toml"), models=["scalecnn-2"]).networks == ()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"models": ["8"]}, "--sizes 8 names no network"),
        ({"network": ["my.py:build"]}, "needs its sizes: --sizes 8,16"),
        ({"network": ["resnet8=my.py:build"], "models": ["8"]}, "is named resnet8 like a network of edgeval"),
        ({"network": ["a=my.py:build", "a=other.py:build"], "models": ["8"]}, "other.py does not exist here"),
        ({"network": ["my.py:build"], "models": ["0"]}, "a network's size is 0"),
        ({"network": ["mobilenetv1"], "models": ["0.123"]}, "has too many decimals; give 0.12"),
    ],
)
def test_a_mistake_on_the_command_line_is_named(folder: Path, options: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        override(load_grid("demo"), **options)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('build = "my.py:build"', "sizes of my.py:build is None, expected numbers"),
        ('build = "my.py:build"\nsizes = ["8"]', "expected numbers such as"),
        ("sizes = [8]", "needs name and build as text"),
        ('bild = "my.py:build"\nsizes = [8]', "unknown key 'bild'.*did you mean 'build'"),
        ('name = "resnet9"\nsizes = [8]', "'resnet9' is no network of edgeval"),
        ('build = "my.py:build"\nsizes = [2, 2.0]', "names the same one twice"),
    ],
)
def test_a_mistake_in_the_file_is_named(folder: Path, entry: str, message: str) -> None:
    (folder / "mine.toml").write_text(f'dataset = "cifar10"\nseeds = [0]\n\n[[networks]]\n{entry}\n')
    with pytest.raises(UsageError, match=message):
        load_grid("mine.toml")


def test_what_is_trained_stored_and_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One grid: trained, its documents, more sizes, a changed file, a file that is gone, other settings."""
    grid = ("--grid", "mine.toml", "--jobs", "1", "--device", "cpu")
    assert command(*grid) == 0
    sha256 = hashlib.sha256((folder / "my.py").read_bytes()).hexdigest()
    stored = tomllib.loads((folder / "models/mine/grid.toml").read_text())
    (network,) = stored["networks"]
    assert network == {"name": "my", "build": "my.py:build", "sha256": sha256, "sizes": [2, 0.5]}
    assert stored["recipe"]["optimizer"] == "sgd"
    assert stored["recipes"]["my"]["optimizer"] == "adamw"
    run = json.loads((folder / "models/mine/my-0.5/seed0/run.json").read_text())
    assert (run["arch"], run["size"]) == ("my", "0.5")
    assert run["network"] == {"name": "my", "build": "my.py:build", "sha256": sha256}
    assert run["params"] == 4 * 3 + 4 + 4 * 3 + 3
    assert "network" not in json.loads((folder / "models/mine/scalecnn-1/seed0/run.json").read_text())

    assert command(*grid) == 0, "finished runs are kept"
    assert command("--grid", "models/mine/grid.toml", "--jobs", "1") == 0, "a resolved grid is a grid file"
    assert command(*grid, "--network", "my.py:build", "--sizes", "3") == 0
    stored = tomllib.loads((folder / "models/mine/grid.toml").read_text())
    assert stored["networks"][0]["sizes"] == [2, 0.5, 3]
    assert stored["models"] == ["scalecnn-1", "my-2", "my-0.5", "resnet8-1", "my-3"]

    capsys.readouterr()
    (folder / "my.py").write_text(MY + "# changed\n")
    assert command(*grid) == 2
    line = told(capsys)
    assert f"was trained with my.py:build of SHA-256 {sha256[:12]}" in line
    assert "restore it, give another --name" in line


def test_what_does_not_fit_the_data_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "my.py").write_text(MY.replace("classes)", "classes + 1)"))
    assert command("--grid", "mine.toml") == 2
    assert "my-2 fed one sample float32 (1, 3, 16, 16) yields (1, 4), the 3 classes need (1, 3)" in told(
        capsys
    )
    assert command("--grid", "mine.toml", "--network", "mlp", "--sizes", "mlp-8,cnn1d-8") == 2
    assert "cnn1d takes samples (time, channels)" in told(capsys)
    assert not (folder / "models" / "mine").exists()
