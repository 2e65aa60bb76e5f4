"""Processes of tests: their children, and waiting for their end. Linux; reads the process table."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# For a Python in another folder that has to import this checkout's edgeval.
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}
# A process that ends late is no failure on a busy machine; one that never ends must not hang the suite.
NEVER_S = 600.0
LOOK_S = 0.05


def children(pid: int) -> list[int]:
    """The direct children of a process."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def descendants(pid: int) -> set[int]:
    """The children of a process, and theirs."""
    found: set[int] = set()
    for child in children(pid):
        found |= {child} | descendants(child)
    return found


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def assert_all_end(pids: Iterable[int]) -> None:
    """Wait until none of them runs."""
    started = time.monotonic()
    while left := [pid for pid in pids if is_running(pid)]:
        assert time.monotonic() - started < NEVER_S, f"processes {left} outlive their parent"
        time.sleep(LOOK_S)


def edgeval(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run an edgeval command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "edgeval", *map(str, arguments)], cwd=cwd, capture_output=True, text=True
    )
