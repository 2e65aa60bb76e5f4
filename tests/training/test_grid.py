"""Grids through the command line, in one process and in several; reference: an undisturbed grid."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from edgeval import store
from edgeval.cli import main
from edgeval.runs import Run, finished_runs
from tests.processes import LOOK_S, NEVER_S, assert_all_end, children

EXACT = ("weights.pt", "history.csv")


def train_grid(grid_file: Path, out: Path, *options: str) -> subprocess.Popen[str]:
    """Start `edgeval train-grid`; `wait` and `run` below end it."""
    command = [sys.executable, "-m", "edgeval", "train-grid", "--grid", str(grid_file), "--out", str(out)]
    return subprocess.Popen([*command, "--device", "cpu", *options], stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and what was said."""
    _, said = process.communicate(timeout=NEVER_S)
    return process.returncode, said


def in_process(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command in this process."""
    with pytest.raises(SystemExit) as exit_of:
        main(["train-grid", *arguments])
    shown = capsys.readouterr()
    code = exit_of.value.code
    assert isinstance(code, int)
    return code, shown.out, shown.err


def exact_files(grid: Path) -> dict[str, bytes]:
    """The bytes that must repeat, of every finished run, each verified against its hash."""
    return {
        f"{run.model_id}/{run.seed}/{name}": store.verified(run.folder, name).read_bytes()
        for run in finished_runs(grid)
        for name in EXACT
    }


@pytest.fixture(scope="module")
def longer_grid(tmp_path_factory: pytest.TempPathFactory, tiny_npz: Path) -> Path:
    """Two networks, two seeds, enough epochs to be caught in the middle."""
    path = tmp_path_factory.mktemp("grids") / "longer.toml"
    path.write_text(
        f'dataset = "npz:{tiny_npz}"\nmodels = ["scalecnn-1", "scalecnn-2"]\nseeds = [0, 1]\n\n'
        "[recipe]\nepochs = 60\nbatch_size = 16\nevaluate_every = 10\n"
    )
    return path


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, longer_grid: Path
) -> tuple[dict[str, bytes], float]:
    """The finished longer grid of one worker, and the seconds that it took."""
    out, start = tmp_path_factory.mktemp("undisturbed"), time.monotonic()
    code, said = finish(train_grid(longer_grid, out, "--jobs", "1"))
    assert code == 0, said
    return exact_files(out / "longer"), time.monotonic() - start


@pytest.mark.slow
def test_two_processes_share_a_grid_and_give_what_one_gives(
    tmp_path: Path, longer_grid: Path, undisturbed: tuple[dict[str, bytes], float]
) -> None:
    both = [train_grid(longer_grid, tmp_path, "--jobs", jobs) for jobs in ("1", "2")]
    ends = [finish(process) for process in both]
    assert [code for code, _ in ends] == [0, 0], ends
    assert exact_files(tmp_path / "longer") == undisturbed[0]
    said = "".join(text for _, text in ends)
    trained_here = re.findall(
        r"^(scalecnn-\d seed \d): test accuracy [^,]*, [^,]*, [^,]*$", said, re.MULTILINE
    )
    assert sorted(trained_here) == [f"scalecnn-{size} seed {seed}" for size in (1, 2) for seed in (0, 1)]


@pytest.mark.slow
def test_an_interrupt_ends_the_workers_and_the_same_command_goes_on(
    tmp_path: Path, longer_grid: Path, undisturbed: tuple[dict[str, bytes], float]
) -> None:
    process = train_grid(longer_grid, tmp_path, "--jobs", "2")
    checkpoints = tmp_path / "longer"
    while not list(checkpoints.glob("*/*/checkpoint.pt")):
        assert process.poll() is None
        time.sleep(LOOK_S)
    workers = children(process.pid)
    process.send_signal(signal.SIGINT)
    code, said = finish(process)
    assert code == 2
    assert "the same command goes on" in said.splitlines()[-1]
    assert "Traceback" not in said
    assert_all_end(workers)
    code, said = finish(train_grid(longer_grid, tmp_path, "--jobs", "2"))
    assert code == 0, said
    assert exact_files(tmp_path / "longer") == undisturbed[0]


@pytest.mark.slow
def test_a_worker_that_is_killed_is_an_error_that_says_how_to_go_on(
    tmp_path: Path, longer_grid: Path
) -> None:
    process = train_grid(longer_grid, tmp_path, "--jobs", "1")
    while not list((tmp_path / "longer").glob("*/*/checkpoint.pt")):
        assert process.poll() is None
        time.sleep(LOOK_S)
    for pid in children(process.pid):
        if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
    code, said = finish(process)
    assert code == 2
    assert "ended with code -9" in said.splitlines()[-1]


@pytest.mark.slow
def test_twenty_kills_change_nothing(
    tmp_path: Path, longer_grid: Path, undisturbed: tuple[dict[str, bytes], float]
) -> None:
    """kill -9 of the command at random moments; its workers must die too, and the files come out the same.

    The moments are drawn from where training happens; before that a start only imports.
    """
    expected, whole_s = undisturbed
    rng = np.random.default_rng(20)
    kills = finished = 0
    while kills < 20 or not finished:
        process, start = train_grid(longer_grid, tmp_path, "--jobs", "2"), time.monotonic()
        try:
            process.wait(whole_s * rng.uniform(0.3, 0.9) if kills < 20 else NEVER_S)
        except subprocess.TimeoutExpired:
            workers = children(process.pid)
            process.kill()
            kills += 1
            finish(process)
            assert_all_end(workers)
            continue
        code, said = finish(process)
        assert code == 0, said
        assert exact_files(tmp_path / "longer") == expected
        finished += 1
        whole_s = min(whole_s, time.monotonic() - start)  # the machine may have become faster
        (tmp_path / "longer").rename(tmp_path / f"finished{finished}")


def test_a_dry_run_shows_the_plan_longest_first_and_writes_nothing(
    tmp_path: Path, grid_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = in_process(
        capsys, "--grid", str(grid_file), "--out", str(tmp_path / "models"), "--dry-run"
    )
    assert code == 0
    assert not (tmp_path / "models").exists()
    lines = out.splitlines()
    assert lines[0].split() == ["network", "seed", "params", "MACs", "epochs", "estimate"]
    assert {line.split()[0] for line in lines[1:3]} == {"scalecnn-1", "scalecnn-2"}
    assert "2 runs on tiny (72 training samples), 0 finished" in lines[-1]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, grid_file: Path) -> Path:
    """The small grid, trained."""
    out = tmp_path_factory.mktemp("trained")
    code, said = finish(train_grid(grid_file, out))
    assert code == 0, said
    return out / "small"


@pytest.fixture()
def finished(tmp_path: Path, trained: Path) -> Path:
    """A copy of the trained grid for one test to spoil."""
    return Path(shutil.copytree(trained, tmp_path / "small"))


def test_what_is_finished_is_kept_verified_and_protected(
    finished: Path, grid_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One grid, one training: skip, refuse another recipe, add a seed to the plan, refuse a changed file."""
    command = ("--grid", str(grid_file), "--out", str(finished.parent))
    before = exact_files(finished)
    code, _, said = in_process(capsys, *command)
    assert (code, exact_files(finished)) == (0, before)
    assert "all 2 runs are finished" in said

    code, _, said = in_process(capsys, *command, "--epochs", "3")
    assert code == 2
    assert "was trained with recipe.epochs = 2, now 3; give another --name" in said

    code, out, _ = in_process(capsys, *command, "--seeds", "0,7", "--dry-run")
    assert code == 0
    assert "2 runs on tiny (72 training samples), 2 finished" in out

    weights = Run(finished, "scalecnn-1", 0).folder / "weights.pt"
    content = weights.read_bytes()
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    code, _, said = in_process(capsys, *command)
    assert code == 2
    assert re.search(r"weights\.pt was changed: SHA-256", said)
    assert len(said.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--sizes", "scalecn-4"), "did you mean 'scalecnn-4'"),
        (("--dataset", "cifar11"), "did you mean 'cifar10'"),
        (("--dataset", "npz:nowhere.npz"), "nowhere.npz does not exist"),
        (("--seeds", "one"), "not a list of numbers"),
        (("--batch-size", "100"), "72 training samples, fewer than one batch of 100"),
        (("--device", "cuda"), "no CUDA device"),
        (("--name", "a/b"), "grid name 'a/b'"),
    ],
)
def test_mistakes_end_with_one_line_and_code_2(
    options: tuple[str, ...],
    message: str,
    tmp_path: Path,
    grid_file: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import torch

    if "cuda" in options and torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    code, _, said = in_process(capsys, "--grid", str(grid_file), "--out", str(tmp_path / "models"), *options)
    assert code == 2
    assert message in said
    assert not (tmp_path / "models").exists()


def test_a_full_disk_is_one_line_and_what_is_there_stays(
    finished: Path, grid_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    before = exact_files(finished)
    with monkeypatch.context() as patch:
        patch.setattr("edgeval.store.os.fsync", full)
        code, _, said = in_process(
            capsys, "--grid", str(grid_file), "--out", str(finished.parent), "--seeds", "0,1"
        )
    assert code == 2
    assert "no space left to write" in said
    assert exact_files(finished) == before


def test_damaged_training_data_is_noticed(
    finished: Path, grid_file: Path, tiny_npz: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with np.load(tiny_npz) as archive:
        arrays = dict(archive)
    arrays["x_train"] = arrays["x_train"] ^ 1
    np.savez(tmp_path / "tiny.npz", **arrays)
    code, _, said = in_process(
        capsys,
        "--grid",
        str(grid_file),
        "--out",
        str(finished.parent),
        "--dataset",
        f"npz:{tmp_path / 'tiny.npz'}",
    )
    assert code == 2
    assert "was trained with data.train_sha256" in said
