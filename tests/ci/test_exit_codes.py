"""Exit codes from the command line. Reference: the table in docs/CI.md.

What cannot be judged is never a pass: an absent device, an empty test set, an unknown class, a missing figure, and
with --record-only all of these are still 2.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
INT8, TFLM = (ROOT / "tests" / "ci" / f"resnet8-{stage}.csv" for stage in ("int8", "tflm"))


def edgeval(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
    return subprocess.run(
        [sys.executable, "-m", "edgeval", *map(str, arguments)],
        cwd=cwd, capture_output=True, text=True, env=environment | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ResNet-8's predictions, and with a model whose last stage never says "frog"."""
    folder = tmp_path_factory.mktemp("exit")
    rows = [line.split(",") for line in TFLM.read_text().splitlines()]
    broken = [[*row[:2], "cat" if row[1] == "frog" else row[2]] for row in rows]
    (folder / "broken.csv").write_text("\n".join(map(",".join, broken)) + "\n")
    for out, last in (("good", TFLM), ("bad", folder / "broken.csv")):
        for stage, path in (("int8", INT8), ("tflm", last)):
            made = edgeval("import", path, "--model", "net", "--stage", stage, "--out", out, cwd=folder)
            assert made.returncode == 0, made.stderr
    (folder / "class.toml").write_text(
        "[rules.class_accuracy]\nallowance = 5\n[rules.class_accuracy.classes.frgo]\nallowance = 1\n"
    )
    (folder / "latency.toml").write_text("[rules.latency_ms]\nlimit = 10\n")
    (folder / "empty.csv").write_text("id,label,top1\n")
    np.savez(folder / "empty.npz", x_test=np.zeros((0, 32, 32, 3), np.uint8), y_test=np.zeros(0, np.int64))
    return folder


def one_error(done: subprocess.CompletedProcess[str]) -> str:
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("edgeval: error:")]
    assert "Traceback" not in done.stderr
    return line


@pytest.mark.slow
def test_pass_is_0_and_a_regression_is_1(imported: Path) -> None:
    assert edgeval("compare", "--predictions", "good", cwd=imported).returncode == 0
    failed = edgeval("compare", "--predictions", "bad", cwd=imported)
    assert failed.returncode == 1
    assert "frog" in failed.stderr
    assert "::" not in failed.stdout


@pytest.mark.slow
def test_recorded_only_a_regression_is_0_and_says_so(imported: Path) -> None:
    done = edgeval("compare", "--predictions", "bad", "--record-only", "--json", "--github", cwd=imported)
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert document["record_only"] is True and document["gate"]["verdict"] == "fail"
    assert "recorded only" in done.stderr
    for name in ("compare.md", "comment.md", "junit.xml"):
        assert "recorded only" in (imported / "reports" / "bad" / name).read_text(), name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--policy", "class.toml"], "unknown class 'frgo'"),
        (["--policy", "missing.toml"], "missing.toml"),
        (["--reference", "nett"], "unknown reference 'nett'"),
        (["--target", "stm32f746"], "--target belongs to evaluating"),
        (["--grid", "demo"], "give one of"),
    ],
    ids=["class", "policy", "reference", "target", "two subjects"],
)
def test_what_does_not_exist_is_2(arguments: list[str], message: str, imported: Path) -> None:
    done = edgeval("compare", "--predictions", "good", *arguments, "--record-only", cwd=imported)
    assert done.returncode == 2
    assert message in one_error(done)


@pytest.mark.slow
def test_a_figure_that_a_rule_needs_and_nobody_has_is_2(imported: Path) -> None:
    for recorded in ([], ["--record-only"]):
        done = edgeval(
            "compare", "--predictions", "good", "--policy", "latency.toml", *recorded, cwd=imported
        )
        assert done.returncode == 2, done.stderr
        assert "latency_ms" in done.stderr


@pytest.mark.slow
def test_an_empty_test_set_is_2(imported: Path, resnet8: Path) -> None:
    done = edgeval("import", "empty.csv", "--model", "net", "--stage", "int8", "--out", "new", cwd=imported)
    assert (done.returncode, "has no samples" in one_error(done)) == (2, True)
    done = edgeval("compare", "--model", resnet8, "--dataset", "npz:empty.npz", cwd=imported)
    assert (done.returncode, "no test samples" in one_error(done)) == (2, True)


@pytest.mark.slow
def test_an_absent_device_is_2(imported: Path, resnet8: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), np.uint8)
    np.savez(imported / "some.npz", x_test=images, y_test=np.arange(20) % 10)
    arguments = (
        "--model",
        resnet8,
        "--dataset",
        "npz:some.npz",
        "--target",
        "stm32f746",
        "--runner",
        "serial",
    )
    done = edgeval("compare", *arguments, "--port", "ttyNone", "--record-only", cwd=imported)
    assert done.returncode == 2
    assert "ttyNone" in one_error(done)
    assert not (imported / "reports" / resnet8.stem / "compare.json").exists()


@pytest.mark.slow
def test_verify_is_0_1_and_2(imported: Path) -> None:
    assert edgeval("compare", "--predictions", "good", "--out", "checked", cwd=imported).returncode == 0
    done = edgeval("verify", "checked", "--json", cwd=imported)
    assert (done.returncode, json.loads(done.stdout)["verified"]) == (0, True)
    text = (imported / "checked" / "compare.json").read_text()
    (imported / "checked" / "compare.json").write_text(text.replace('"passed": true', '"passed": false'))
    done = edgeval("verify", "checked", "--json", cwd=imported)
    assert done.returncode == 1
    assert "gate.passed" in [problem["where"] for problem in json.loads(done.stdout)["problems"]]
    assert "gate.passed is False, recomputed True" in done.stderr
    done = edgeval("verify", "nowhere", cwd=imported)
    assert (done.returncode, "no finished evidence" in one_error(done)) == (2, True)
