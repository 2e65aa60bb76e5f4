"""Several commands on one store: the second one says so and waits, as long as the first one lives."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from edgeval import locks
from edgeval.progress import say

REPORT_CLAIM = ".report.claim"


@contextlib.contextmanager
def turn(claim: Path, what: str) -> Iterator[None]:
    """Own the work of `claim`; where another process does, say that it is at `what` and wait."""
    with locks.turn(claim, lambda: _say_waiting(what)):
        yield


@contextlib.contextmanager
def report_turn(folder: Path) -> Iterator[None]:
    """Own a report folder while the files that belong together are written."""
    with turn(folder / REPORT_CLAIM, f"writing {folder}"):
        yield


@contextlib.contextmanager
def report_reading(folder: Path) -> Iterator[None]:
    """Keep writers out of a report folder while files that belong together are read."""
    with locks.reading(folder / REPORT_CLAIM, lambda: _say_waiting(f"writing {folder}")):
        yield


def _say_waiting(what: str) -> None:
    say(f"another process is {what}; waiting for it to end")
