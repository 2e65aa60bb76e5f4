"""Every mistake is one line and exit code 2. Reference: docs/DESIGN.md, errors."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from edgeval.cli import COMMANDS
from tests.processes import LOOK_S, NEVER_S, edgeval


def tiny_images(path: Path, **changes: np.ndarray) -> str:
    """A data set of 8 grey 32 x 32 images in 10 classes, as npz:PATH."""
    arrays = {
        "x_train": np.full((8, 32, 32, 3), 127, np.uint8),
        "y_train": np.arange(8),
        "x_test": np.full((8, 32, 32, 3), 127, np.uint8),
        "y_test": np.arange(8),
        "class_names": np.array([f"class {index}" for index in range(10)]),
    }
    np.savez(path, **(arrays | changes))
    return f"npz:{path}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = edgeval(command, "--help")
    assert result.returncode == 0
    assert re.search(rf"Examples?:\n +edgeval {command}", result.stdout)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["comapre"], "unknown command 'comapre'; did you mean 'compare'?"),
        (["compare"], "no trained grid in models; run edgeval train-grid first"),
        (["compare", "--grid", "x", "--model", "x.tflite"], "give one of --grid NAME, --model FILE"),
        (["compare", "--target", "stm32f764"], "did you mean 'stm32f746'?"),
        (["compare", "--grid", "nothing-here"], "no trained grid 'nothing-here'"),
        (["compare", "--model", "x.h5", "--dataset", "glyphs100"], "neither a .tflite nor an .onnx"),
        (["compare", "--model", "x.tflite", "--dataset", "glyphs100"], "x.tflite does not exist"),
        (["compare", "--model", "x.tflite"], "needs the test set"),
        (["train-grid", "--dataset", "cifar11", "--dry-run"], "did you mean 'cifar10'"),
        (["train-grid", "--sizes", "scalecn-4", "--dry-run"], "did you mean"),
        (["train-grid", "--grid", "dmeo", "--dry-run"], "did you mean 'demo'"),
        (["export", "--grid", "nothing-here"], "no trained grid 'nothing-here'"),
    ],
)
def test_a_wrong_name_is_one_line(arguments: list[str], expected: str, tmp_path: Path) -> None:
    result = edgeval(*arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert expected in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    result = edgeval("--debug", "compare", "--grid", "nothing-here", cwd=tmp_path)
    assert result.returncode == 2
    assert "Traceback" in result.stderr


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda data: data[: len(data) // 2], "truncated or damaged"),
        (lambda data: b"not a model at all", "is not a .tflite file"),
    ],
)
def test_a_damaged_model_is_one_line(damage, expected: str, resnet8: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "bad.tflite").write_bytes(damage(resnet8.read_bytes()))
    images = tiny_images(tmp_path / "images.npz")
    result = edgeval("compare", "--model", "bad.tflite", "--dataset", images, cwd=tmp_path)
    assert result.returncode == 2
    assert expected in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"y_test": np.arange(8) + 5}, "labels run from 5 to 12, expected 0 to 9"),
        ({"x_test": np.zeros((8, 32, 32, 3), np.float32)}, "expected float32"),
        ({"x_test": np.zeros((0, 32, 32, 3), np.uint8), "y_test": np.arange(0)}, "no test samples"),
        ({"x_test": np.zeros((8, 28, 28, 3), np.uint8)}, "28 x 28"),
        ({"class_names": np.array([f"class {index}" for index in range(12)])}, "12 classes"),
    ],
)
def test_a_wrong_dataset_is_one_line(
    changes: dict[str, np.ndarray], expected: str, resnet8: Path, tmp_path: Path
) -> None:
    images = tiny_images(tmp_path / "images.npz", **changes)
    result = edgeval("compare", "--model", resnet8, "--dataset", images, cwd=tmp_path)
    assert result.returncode == 2
    *notes, error = result.stderr.splitlines()
    assert expected in error
    assert all(line.startswith("note: ") for line in notes)  # of classes without samples


def test_interrupt_is_one_line_and_says_how_to_go_on(
    resnet8: Path, cifar10_subset: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "edgeval", "compare", "--model", str(resnet8)]
    process = subprocess.Popen(
        [*command, "--dataset", f"npz:{cifar10_subset}"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    while not list(tmp_path.iterdir()):  # until it has begun to evaluate
        assert process.poll() is None
        time.sleep(LOOK_S)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=NEVER_S)
    assert process.returncode == 2
    assert "interrupted; the same command goes on" in errors
    assert "Traceback" not in errors
