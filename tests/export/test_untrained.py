"""Fit before train. Reference: an int8 export of trained weights needs what an untrained one said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from edgeval.cli import cli
from edgeval.footprint.fit import fit

pytest.importorskip("torch")


@pytest.mark.slow
def test_untrained_network_needs_what_its_export_with_other_weights_needs(
    shared_data: Path, tmp_path: Path
) -> None:
    grid = tmp_path / "two.toml"
    grid.write_text('dataset = "cifar100"\nmodels = ["scalecnn-4", "scalecnn-64"]\nseeds = [0]\n')
    result = CliRunner().invoke(cli, ["fit", "--grid", str(grid), "--target", "stm32f407", "--json"])
    assert result.exit_code == 0, result.output
    (document,) = json.loads(result.stdout)
    small, large = document["models"]
    other = fit([("scalecnn-4", shared_data / "bench-scalecnn-4-int8.tflite")], "stm32f407")["models"][0]
    assert small["fits"]
    assert abs(small["ram_bytes"]["arena"] - other["ram_bytes"]["arena"]) <= 64  # two more operators there
    assert not large["fits"]
    assert any("flash" in reason for reason in large["reasons"])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [([], "fit needs .tflite files"), (["--grid", "dmeo"], "did you mean 'demo'")],
)
def test_what_is_missing_is_said(arguments: list[str], expected: str) -> None:
    result = CliRunner().invoke(cli, ["fit", "--target", "stm32f746", *arguments])
    assert expected in str(result.exception)
