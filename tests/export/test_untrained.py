"""Fit before train. Reference: an int8 export of trained weights needs what an untrained one said."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner

from edgeval.cli import cli
from edgeval.export import untrained
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
    assert (
        abs(small["ram_bytes"]["arena"] - other["ram_bytes"]["arena"]) <= 256
    )  # two more operators there: their arguments are kept
    assert not large["fits"]
    assert any("flash" in reason for reason in large["reasons"])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [([], "fit needs .tflite files"), (["--grid", "dmeo"], "did you mean 'demo'")],
)
def test_what_is_missing_is_said(arguments: list[str], expected: str) -> None:
    result = CliRunner().invoke(cli, ["fit", "--target", "stm32f746", *arguments])
    assert expected in str(result.exception)


def test_what_was_exported_once_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second question starts neither torch's export nor the converter; another network or number of classes does."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made: list[str] = []

    class Converter:
        def to_int8(self, model: bytes, layout: str, calibration: object, where: str) -> bytes:
            made.append(where)
            return f"{where} {len(made)}".encode()

    monkeypatch.setattr(untrained, "converter", lambda: nullcontext(Converter()))
    monkeypatch.setattr(untrained, "export_torch", lambda *_: b"")
    ask = untrained.untrained_models
    first = list(ask(["scalecnn-4", "scalecnn-8"], 10))
    assert list(ask(["scalecnn-4", "scalecnn-8"], 10)) == first
    assert made == ["scalecnn-4", "scalecnn-8"]
    assert dict(ask(["scalecnn-4"], 11)) == {"scalecnn-4": b"scalecnn-4 3"}
    monkeypatch.setattr(untrained, "_version", lambda _: "of tomorrow")
    assert dict(ask(["scalecnn-8"], 10)) == {"scalecnn-8": b"scalecnn-8 4"}
