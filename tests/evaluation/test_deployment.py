"""Which stages and files an engine and a runner lead to. Reference: docs/TFLM.md, "Use it"."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from edgeval import store, targets
from edgeval.devices.opening import RUNNERS
from edgeval.evaluation import deployment as module
from edgeval.evaluation.deployment import Deployment, figures
from edgeval.targets import ENGINES


def test_no_two_ways_to_run_a_target_share_a_prediction_file() -> None:
    ways = [Deployment("stm32f407", engine, runner=runner) for engine, runner in product(ENGINES, RUNNERS)]
    assert len({way.predictions for way in ways}) == len(ways)


def test_the_same_arithmetic_on_the_pc() -> None:
    assert Deployment("stm32f407").full_stage == "host"
    assert Deployment("stm32f407", "tflm").full_stage == "tflm"


@pytest.mark.parametrize("change", ["model", "firmware", "target", "method"])
def test_a_profile_is_kept_until_something_that_makes_it_changes(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, measured = tmp_path / "model.tflite", []

    def measure(*_: Any) -> dict[str, Any]:
        measured.append(1)
        flash = {"total": 2, "code": 1, "model": 1}
        return {"schema_version": store.SCHEMA_VERSION, "fits": False, "reasons": [], "flash_bytes": flash}

    model.write_bytes(b"one model")
    monkeypatch.setattr(module, "_measured", measure)
    for _ in range(2):
        figures(model, tmp_path, Deployment("stm32f407"))
    assert len(measured) == 1
    chip = targets.load("stm32f407")
    if change == "model":
        model.write_bytes(b"another model")
    elif change == "firmware":
        monkeypatch.setattr(Deployment, "firmware_sha256", "ab" * 32)
    elif change == "target":
        monkeypatch.setattr(module.targets, "load", lambda _: replace(chip, clock_hz=chip.clock_hz // 2))
    else:
        monkeypatch.setattr(module, "METHOD", module.METHOD + 1)
    for _ in range(2):
        figures(model, tmp_path, Deployment("stm32f407"))
    assert len(measured) == 2
