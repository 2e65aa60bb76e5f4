"""Exit code 1 means a regression and nothing else: whatever else ends a command is 2 and one line.

Reference: docs/CI.md, exit codes. The causes are the real ones where a test can make them (a closed pipe, a full
stack, a folder that cannot be written, a library that is not installed), otherwise an exception in a command.
"""

from __future__ import annotations

import os
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import click
import pytest

from edgeval import cli
from edgeval.commands.device import targets as victim
from edgeval.failure import EXTRAS
from edgeval.training import worker
from edgeval.training.config import load_grid
from tests.processes import edgeval
from tests.tiny_model import write_tiny_images, write_tiny_model

ROOT = Path(__file__).resolve().parents[1]


def recursion() -> None:
    recursion()


def exhausted() -> None:
    bytearray(1 << 62)


def raised(error: BaseException) -> object:
    def body() -> None:
        raise error

    return body


CAUSES = {
    "a defect": (raised(KeyError("seeds")), "unexpected KeyError ('seeds')"),
    "a defect of two lines": (raised(ValueError("first\nsecond")), "unexpected ValueError (first)"),
    "a full stack": (recursion, "unexpected RecursionError"),
    "no memory": (exhausted, "out of memory"),
    "a library that exits": (raised(SystemExit(1)), "unexpected SystemExit (1)"),
    "the end of a file": (raised(EOFError()), "unexpected EOFError"),
    "a library that exits with 0": (raised(SystemExit(0)), "unexpected SystemExit"),
    "Ctrl-C": (raised(KeyboardInterrupt()), "interrupted; the same command goes on"),
    "a closed pipe": (raised(BrokenPipeError(32, "Broken pipe")), "the reader of the output has gone"),
    "a file of nobody's": (
        raised(PermissionError(13, "Permission denied", "/a/b")),
        "/a/b: Permission denied",
    ),
    "a library of no extra": (
        raised(ModuleNotFoundError("No module named 'x'", name="x")),
        "unexpected Module",
    ),
}


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("cause", CAUSES)
def test_whatever_ends_a_command_is_2_and_one_line(
    cause: str, debug: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    body, expected = CAUSES[cause]
    monkeypatch.setattr(victim, "command", click.Command("targets", callback=body))
    with pytest.raises(SystemExit) as ended:
        cli.main([*(["--debug"] if debug else []), "targets"])
    lines = [line for line in capfd.readouterr().err.splitlines() if line]
    assert ended.value.code == 2
    assert lines[-1].startswith(f"edgeval: error: {expected}")
    assert ("Traceback" in lines[0]) if debug else (len(lines) == 1)
    if "unexpected" in expected:
        assert "please report it" in lines[-1] and "--debug" in lines[-1]


@pytest.mark.parametrize("module", EXTRAS)
def test_a_library_that_is_not_installed_names_the_extra(
    module: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    error = ModuleNotFoundError(f"No module named '{module}.x'", name=f"{module}.x")
    monkeypatch.setattr(victim, "command", click.Command("targets", callback=raised(error)))
    with pytest.raises(SystemExit, match="2"):
        cli.main(["targets"])
    assert (
        f"edgeval targets needs {module}: pip install 'edgeval[{EXTRAS[module]}]'" in capfd.readouterr().err
    )


def test_a_training_process_sends_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[worker.Failed] = []
    pipe = cast(Connection, SimpleNamespace(send=sent.append))
    monkeypatch.setattr(worker, "load_dataset", lambda *_: exhausted())
    monkeypatch.setattr(worker.signal, "signal", lambda *_: None)
    worker.work(worker.Job((), None, load_grid("demo"), "cpu"), pipe)
    assert "out of memory" in str(sent[0].error)


def test_every_extra_that_is_named_exists() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    for extra in EXTRAS.values():
        assert f"\n{extra} = [" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        (["nets"], "train"),
        (["fit", "--grid", "paper"], "export"),
        (["train-grid"], "train"),
        (["train-grid", "--dry-run"], "train"),
        (["export", "--torch", "n:b", "--weights", "w", "--out", "o"], "train,export"),
        (["export", "--onnx", "n.onnx", "--int8", "--out", "o"], "export"),
        (["layers", "model.tflite"], "runtimes"),
        (["compare", "--model", "model.tflite", "--stages", "int8"], "runtimes"),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, list) else value,
)
def test_the_base_install_names_what_a_command_needs(
    arguments: list[str], extra: str, tmp_path: Path
) -> None:
    """As after `pip install edgeval`: what the extras bring cannot be imported, and its metadata is not there."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nfrom importlib import metadata\n"
        f"for name in {sorted(EXTRAS)}: sys.modules[name] = None\n"
        "there = metadata.version\n"
        "def version(name):\n"
        f"    if name.replace('-', '_') in {sorted(EXTRAS)}: raise metadata.PackageNotFoundError(name)\n"
        "    return there(name)\n"
        "metadata.version = version\n"
    )
    write_tiny_model(tmp_path / "model.tflite")
    if arguments[0] in ("export", "layers", "compare"):
        arguments = [*arguments, "--dataset", write_tiny_images(tmp_path / "images.npz")]
    done = subprocess.run(
        [sys.executable, "-m", "edgeval", *arguments],
        cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("edgeval: error:")]
    assert f"pip install 'edgeval[{extra}]'" in line
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_is_2() -> None:
    """`edgeval targets --json | true`: the pipe has no reader from the start."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "edgeval", "targets", "--json"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "the reader of the output has gone" in done.stderr


def test_a_terminal_that_lacks_a_letter_is_no_failure(tmp_path: Path) -> None:
    script = "from edgeval import cli; cli._tolerate_any_text(); print('\\u00b1 \\udcff')"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, text=True, env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "\\xb1 \\udcff\n")


@pytest.mark.parametrize("out", ["file/report", "file"])
def test_a_file_in_the_place_of_the_folder_is_2(out: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    images = write_tiny_images(tmp_path / "images.npz")
    model = write_tiny_model(tmp_path / "model.tflite")
    done = edgeval("compare", "--model", model, "--dataset", images, "--out", out, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "file" in done.stderr and "Traceback" not in done.stderr
