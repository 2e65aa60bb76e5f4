"""A grid of one's own network is compared by what its run.json says. Reference: the file itself, moved and changed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

from edgeval.api.comparison import compare
from edgeval.errors import StoreError
from tests.training.own_grid import MY, command


@pytest.fixture
def project(tmp_path: Path, tiny_npz: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "my.py").write_text(MY)
    asked = ("--dataset", f"npz:{tiny_npz}", "--network", "my.py:build", "--sizes", "2", "--seeds", "0")
    assert command(*asked, "--epochs", "1", "--batch-size", "16", "--name", "mine", "--jobs", "1") == 0
    return tmp_path


def accuracy(grid: Path, out: Path) -> float:
    made = compare(grid=str(grid), stages="float", out=out, jobs=1)
    return float(made.document["models"][0]["stages"]["float"]["accuracy"])


def test_the_float_stage_needs_the_file_only_to_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run from elsewhere; read without the file; refused where it has to run with another one, or with none."""
    elsewhere = project / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    grid, other = project / "models" / "mine", project / "models" / "other"
    shutil.copytree(grid, other)
    first = accuracy(grid, project / "first")
    (project / "my.py").rename(project / "kept.py")
    assert accuracy(grid, project / "again") == first, "what was evaluated is read"

    with pytest.raises(StoreError, match=r"my is built by my.py:build, and my.py is gone; put it back"):
        accuracy(other, project / "gone")
    (project / "my.py").write_text(MY + "# another\n")
    with pytest.raises(StoreError, match=r"my.py was changed since my was trained"):
        accuracy(other, project / "changed")
    (project / "kept.py").rename(project / "my.py")
    assert accuracy(other, project / "back") == first
