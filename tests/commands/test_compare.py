"""`edgeval compare --model` as a user runs it. Reference: ../shared/data/README.md for ResNet-8."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

REPORT_FILES = (
    "compare.json", "compare.md", "report.html", "junit.xml", "evidence/evidence.json",
    "predictions/int8.npz", "predictions/tflm.npz",
)  # fmt: skip


def edgeval(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edgeval", *map(str, arguments)], cwd=cwd, capture_output=True, text=True
    )


@pytest.fixture
def some_images(cifar10_subset: Path, tmp_path: Path) -> str:
    """The first 300 test images as a data set of their own."""
    with np.load(cifar10_subset) as data:
        arrays = {name: data[name] for name in data.files}
    np.savez(
        tmp_path / "images.npz",
        **{**arrays, "x_test": arrays["x_test"][:300], "y_test": arrays["y_test"][:300]},
    )
    return f"npz:{tmp_path / 'images.npz'}"


@pytest.mark.slow
def test_resnet8_on_the_whole_set(resnet8: Path, cifar10_subset: Path, tmp_path: Path) -> None:
    """Under tflite-runtime's kernels, whose counts ../shared/data/README.md has; ai-edge-litert brings them, too."""
    options = ("--dataset", f"npz:{cifar10_subset}", "--int8-runtime", "litert-builtin", "--json")
    result = edgeval("compare", "--model", resnet8, *options, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    (model,) = document["models"]
    (step,) = model["transitions"]
    assert document["dataset"]["samples"] == 1017
    assert round(model["stages"]["int8"]["accuracy"] * 1017) == 891
    assert round(model["stages"]["tflm"]["accuracy"] * 1017) == 894
    assert step["lost"] + step["gained"] + step["wrong_to_other_wrong"] == step["flipped"] == 10
    assert (step["verdict"], step["diverges_at"]) == ("rounding only", None)
    assert step["largest_difference_steps"] > 1  # so that the outputs alone would not have told
    assert (
        step["layers"]["reproduced_from"]
        == step["layers"]["reproduced_to"]
        == step["layers"]["samples"]
        == 32
    )
    assert all(row["share_from"] == row["share_to"] == 1 for row in step["explained_by"])
    assert sum(row["lost"] for row in model["class_changes"]["classes"]) == step["lost"]


@pytest.mark.slow
def test_killed_at_random_moments_ends_as_undisturbed(
    resnet8: Path, some_images: str, tmp_path: Path
) -> None:
    arguments = ("compare", "--model", resnet8, "--dataset", some_images)
    start = time.monotonic()
    assert edgeval(*arguments, "--out", tmp_path / "whole", cwd=tmp_path).returncode == 0
    duration_s = time.monotonic() - start
    moments = random.Random(0)
    for _ in range(20):
        command = [sys.executable, "-m", "edgeval", *map(str, arguments), "--out", str(tmp_path / "killed")]
        process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.1, 1.05) * duration_s)
        process.kill()
        process.wait()
    assert edgeval(*arguments, "--out", tmp_path / "killed", cwd=tmp_path).returncode == 0
    for name in REPORT_FILES:
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    leftovers = [path.name for path in (tmp_path / "killed").rglob("*.parts")]
    assert not leftovers


@pytest.mark.slow
@pytest.mark.parametrize(
    ("terms", "code"), [([], 0), (["--policy", "strict.toml"], 1), (["--policy", "device.toml"], 2)]
)
def test_exit_code_is_the_gates_verdict(
    terms: list[str], code: int, resnet8: Path, some_images: str, tmp_path: Path
) -> None:
    """Rounding flips about one label in 100; without --target there are no instructions."""
    (tmp_path / "strict.toml").write_text("[rules.flipped_labels]\nlimit = 0.01\n")
    (tmp_path / "device.toml").write_text("[rules.instructions]\nlimit = 1e9\n")
    result = edgeval("compare", "--model", resnet8, "--dataset", some_images, *terms, cwd=tmp_path)
    assert result.returncode == code, result.stderr
    assert (tmp_path / "reports" / resnet8.stem / "report.html").exists()
