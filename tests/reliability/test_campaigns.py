"""Short versions of the kills, faults and crowds of docs/RELIABILITY.md, on commands that need no network library.
Reference: the files of undisturbed runs, made here by forked commands, and held against those of a real start."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reliability.log import ROOT, entries
from tests.reliability.workshop import BY_NAME, contents

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the campaigns share their copies of what undisturbed commands leave."""
    return tmp_path_factory.mktemp("campaigns")


def campaign(folder: Path, name: str, *options: str) -> list[dict]:
    """The log of a campaign that has to pass, in a process of its own: it forks, which threads do not survive."""
    log = folder / f"{name}.jsonl"
    command = [
        sys.executable,
        "-m",
        f"tests.reliability.{name}",
        "--folder",
        str(folder / name),
        "--log",
        str(log),
    ]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return entries(log)


def test_fifty_kills_change_no_file(folder: Path) -> None:
    steps = "import,import-board,compare-imported,baseline-imported"
    rows = campaign(folder, "soak", "--kills", "50", "--steps", steps)
    assert sum(row["n"] for row in rows) >= 50
    assert sum(row["details"]["comparisons"] for row in rows) >= 8


def test_a_fault_at_every_call_loses_nothing(folder: Path) -> None:
    if shutil.which("cc") is None:
        pytest.skip("no C compiler for the library that makes the faults")
    (row,) = campaign(folder, "faults", "--steps", "import-board")
    kinds = row["details"]["kinds"]
    assert {"EIO in write", "ENOSPC in rename", "torn write in write", "crash in fsync"} <= kinds.keys()
    assert row["n"] == sum(kinds.values()) > row["details"]["calls"] >= 8


def test_two_and_eight_processes_on_one_store(folder: Path) -> None:
    rows = campaign(folder, "crowd", "--rounds", "3", "--steps", "import,import-board,baseline-imported")
    assert [row["campaign"] for row in rows] == ["2 processes", "8 processes"]


def test_a_forked_command_leaves_what_a_real_start_leaves(folder: Path) -> None:
    """In the copies that the kills were compared with."""
    after = folder / "soak" / "after"
    if not (after / "compare-imported").is_dir():
        pytest.skip("the kills did not run")
    work = Path(shutil.copytree(after / "import-board", folder / "real"))
    command = [sys.executable, "-m", "edgeval", *BY_NAME["compare-imported"].command.split()]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    assert contents(work) == contents(after / "compare-imported")
