"""Seconds until `edgeval --help` is printed, against a Python that imports nothing but click."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from tests.benchmarks.timing import paired

AIM_S = 0.3


def run() -> list[dict[str, Any]]:
    def call(*arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)

    timing = paired(lambda: call("-m", "edgeval", "--help"), lambda: call("-c", "import click"), rounds=9)
    return [
        {
            "what": "edgeval --help",
            "peer": "python -c 'import click'",
            "ours": f"{timing.ours_s:.3f} s",
            "theirs": f"{timing.peer_s:.3f} s",
            "ratio": f"{1 / timing.speedup:.2f}x its time",
            "aim": f"under {AIM_S} s",
        }
    ]
