"""A user's network of a few parameters, and the command that trains it, in this process."""

from __future__ import annotations

import pytest

from edgeval import cli

MY = """
from torch import nn
def build(size, classes, input_shape):
    return nn.Sequential(
        nn.Conv2d(input_shape[-1], 4, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, classes)
    )
"""


def command(*options: str) -> int:
    """The exit code of `edgeval train-grid`."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["train-grid", *options])
    return int(ended.value.code or 0)


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on standard error that says what was wrong."""
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("edgeval")]
    assert len(lines) == 1
    return lines[0]
