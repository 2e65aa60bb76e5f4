"""The log of all campaigns, one JSON line each: what docs/RELIABILITY.md's figures are added up from."""

from __future__ import annotations

import json
import platform
import subprocess
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from edgeval import __version__

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT / "docs" / "reliability-log.jsonl"


@dataclass(frozen=True)
class Entry:
    """`n` of what `campaign` counts (kills, faults, executions, requests), and how many of them `failed`."""

    campaign: str
    command: str
    seed: int
    n: int
    failed: int
    seconds: float
    details: dict[str, Any]


def append(entry: Entry, path: Path = LOG) -> None:
    """Add the entry with the date and the versions that it was made with."""
    line = {
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        **asdict(entry),
        "versions": _versions(),
    }
    with path.open("a") as file:  # one short write at the end: several campaigns may append
        file.write(json.dumps(line | {"seconds": round(entry.seconds, 1)}) + "\n")


def entries(path: Path = LOG) -> list[dict[str, Any]]:
    """All lines of the log, oldest first."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def total(rows: Iterable[dict[str, Any]], what: str) -> float:
    """Sum of one column."""
    return sum(row[what] for row in rows)


@cache
def _versions() -> dict[str, str]:
    commit = subprocess.run(
        ["git", "rev-parse", "--short=9", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return {
        "commit": commit.stdout.strip() or "unknown",
        "edgeval": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
    }
