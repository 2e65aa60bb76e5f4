"""`edgeval export` as a user meets it: one line and exit code 2 for whatever is wrong."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from multiprocessing import active_children
from pathlib import Path
from types import ModuleType

import pytest

from edgeval import runs
from edgeval.cli import main
from edgeval.errors import StoreError, ToolError
from edgeval.export import tensorflow
from edgeval.export.job import Options, export_runs
from edgeval.export.litert import convert
from edgeval.export.worker import converter
from tests.export.conftest import files_of

ONNX = Options(int8=False)


def failure(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line of a command that must fail."""
    with pytest.raises(SystemExit) as ended:
        main(["export", *arguments])
    assert ended.value.code == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no trained grid in models"),
        (["--grid", "a", "--onnx", "b.onnx"], "seen: --grid, --onnx"),
        (["--grid", "absent"], "no trained grid 'absent'"),
        (["--run", "absent/seed0"], "absent/seed0 is not the folder of a trained run"),
        (["--grid", "a", "--out", "b"], "--out does not go with --grid"),
        (["--run", "a/seed0", "--mean", "0.5"], "--mean does not go with --run"),
        (["--torch", "nets:build", "--weights", "w.pt"], "--torch needs --dataset and --out"),
        (["--torch", "n:b", "--dataset", "glyphs100", "--out", "o"], "--torch needs --weights"),
        (["--onnx", "a.onnx", "--weights", "w.pt", "--dataset", "glyphs100", "--out", "o"],
         "--weights does not go with --onnx"),
        (["--onnx", "a.onnx", "--dataset", "cifar11", "--out", "o"], "did you mean 'cifar10'?"),
    ],
)  # fmt: skip
def test_wrong_options(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in failure(arguments, capsys)
    assert not list(tmp_path.rglob("*.onnx"))


@pytest.mark.slow
def test_export_of_one_run_by_its_folder(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(trained, tmp_path / "tiny")
    folder = runs.finished_runs(tmp_path / "tiny")[1].folder
    with pytest.raises(SystemExit) as ended:
        main(["export", "--run", str(folder)])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"{folder}: exported in ")
    assert [path.parent for path in (tmp_path / "tiny").rglob(runs.ONNX_MODEL)] == [folder]


@pytest.mark.slow
def test_an_own_onnx_file(
    exported: Path, dataset_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = runs.finished_runs(exported)[0].folder / runs.ONNX_MODEL
    arguments = ["--onnx", str(model), "--dataset", f"npz:{dataset_file}", "--out", str(tmp_path / "own")]
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            main(["export", *arguments])
        assert ended.value.code == 0
        assert "exported in" in capsys.readouterr().out
        assert set(files_of(tmp_path)) == {"own/model.onnx", "own/export.json"}


def test_a_refused_network_is_an_error_after_the_others(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(trained, tmp_path / "tiny")
    (tmp_path / "tiny" / "scalecnn-2").rename(tmp_path / "tiny" / "scalecnn-3")
    message = failure(["--grid", str(tmp_path / "tiny")], capsys)
    assert "2 of 2 networks were refused, first" in message
    assert "does not fit the network" in message


@pytest.mark.parametrize("successful_writes", [0, 1, 3, 5])
def test_full_disk_loses_nothing(
    exported: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, successful_writes: int
) -> None:
    grid = tmp_path / "tiny"
    shutil.copytree(trained, grid)
    left = [2 * successful_writes]  # a write syncs the file and its folder

    def fsync(descriptor: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(StoreError, match=r"^no space left to write "):
            export_runs(runs.finished_runs(grid), ONNX)
    assert not list(grid.rglob("*.tmp"))
    export_runs(runs.finished_runs(grid), ONNX)
    undisturbed = files_of(exported)
    name = f"scalecnn-2/seed0/{runs.ONNX_MODEL}"
    assert files_of(grid)[name] == undisturbed[name]


def test_missing_torch(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(trained, tmp_path / "tiny")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ToolError, match=r"pip install 'edgeval\[train,export\]'"):
        export_runs(runs.finished_runs(tmp_path / "tiny"), ONNX)


@pytest.mark.parametrize(
    ("backend", "library", "extra"),
    [(tensorflow, name, "tensorflow") for name in tensorflow.LIBRARIES]
    + [(convert, name, "export") for name in convert.LIBRARIES],
)
def test_missing_converter_library(
    backend: ModuleType, library: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = library.replace("-", "_")
    monkeypatch.setattr(backend, "LIBRARIES", (library,))
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ToolError, match=rf"needs {name}: pip install 'edgeval\[{extra}\]'"):
        backend.versions()


def test_converter_that_dies() -> None:
    before = {process.pid for process in active_children()}
    with converter() as worker:
        (child,) = [process for process in active_children() if process.pid not in before]
        child.kill()
        with pytest.raises(ToolError, match="the TFLite converter died at net"):
            worker.to_int8(b"", "NCHW", None, "net")  # type: ignore[arg-type]  # never gets there
