"""Which runners are here: an absent one skips with its reason, unless this machine is meant to have it."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

PROGRAMS = {"qemu": "qemu-system-arm", "renode": "renode"}


def required() -> set[str]:
    """Runners that may not be absent: those named in EDGEVAL_RUNNERS, and QEMU in every CI on Linux."""
    named = {name for name in os.environ.get("EDGEVAL_RUNNERS", "").split(",") if name}
    in_ci = os.environ.get("CI") == "true" and sys.platform == "linux"
    return named | ({"qemu"} if in_ci else set())


def need(runner: str) -> None:
    """Skip the test where the runner's program is absent. One that is there has to come up: nothing else skips."""
    program = PROGRAMS.get(runner)
    if program is None or shutil.which(program):
        return
    reason = f"{program} is not installed"
    if runner in required():
        pytest.fail(f"{reason}, and here it has to be: .ci/debian-packages or docs/RUNNERS.md")
    pytest.skip(reason)
