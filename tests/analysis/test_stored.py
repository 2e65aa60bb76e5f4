"""`edgeval analyze` on grids on disk: what is read, what is refused, and what the command leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from edgeval import runs, store
from edgeval.analysis.inputs.stored import read_grid
from edgeval.errors import StoreError, UsageError
from edgeval.records import Preprocessing, predictions_bytes, read_predictions
from tests import planted
from tests.analysis.grids import write_grid

STAGES = ("float", "int8")


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    cases = planted.grid(planted.world(samples=300), stages=STAGES)
    return write_grid(tmp_path / "models" / "demo", cases)


def edgeval(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edgeval", "analyze", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
    )


def test_a_grid_is_read_as_it_was_written(grid: Path) -> None:
    models, info, warnings = read_grid(grid)
    cases = {case.id: case for case in planted.grid(planted.world(samples=300), stages=STAGES)}
    assert (info.samples, warnings) == (300, [])
    for model in models:
        case = cases.pop(model.id)
        assert (model.family, model.params, model.macs) == (case.family, case.params, case.macs)
        for seed, stages in case.seeds.items():
            for stage, seen in stages.items():
                assert (model.runs[seed][stage].errors == seen.errors).all()
    assert not cases


def test_predictions_of_an_earlier_model_are_refused(grid: Path) -> None:
    store.publish(grid / "scalecnn-4" / "seed0", runs.INT8_MODEL, b"exported again")
    with pytest.raises(StoreError, match="edgeval compare --grid demo"):
        read_grid(grid)


def test_a_changed_file_is_refused(grid: Path) -> None:
    path = grid / "scalecnn-4" / "seed0" / "predictions" / "int8.npz"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StoreError, match="was changed"):
        read_grid(grid)


def test_predictions_of_other_preprocessing_are_refused(grid: Path) -> None:
    folder, name = grid / "scalecnn-4" / "seed0", "predictions/int8.npz"
    seen = read_predictions(folder / name)
    made = replace(seen, provenance=replace(seen.provenance, preprocessing=Preprocessing(0.5, 0.25)))
    store.publish(folder, name, predictions_bytes(made))
    with pytest.raises(StoreError, match=r"other preprocessing .* run edgeval compare --grid demo"):
        read_grid(grid)


def test_a_grid_without_predictions_names_the_command(tmp_path: Path) -> None:
    case = planted.grid(planted.world(samples=50), seeds=(0,), stages=STAGES)[0]
    grid = write_grid(tmp_path / "demo", [case])
    manifest = grid / case.id / "seed0" / store.MANIFEST
    document = json.loads(manifest.read_text())
    document["files"] = {
        name: of for name, of in document["files"].items() if not name.startswith("predictions")
    }
    manifest.write_text(json.dumps(document))
    with pytest.raises(StoreError, match="run edgeval compare --grid demo first"):
        read_grid(grid)


def test_a_missing_stage_is_a_warning(tmp_path: Path) -> None:
    cases = planted.grid(planted.world(samples=50), stages=STAGES)
    cases[0] = replace(cases[0], seeds={**cases[0].seeds, 1: {"float": cases[0].seeds[1]["float"]}})
    _, _, warnings = read_grid(write_grid(tmp_path / "demo", cases))
    assert warnings == ["scalecnn-4 seed 1 has no predictions for int8; it is left out there"]


def test_one_of_two_targets_must_be_named(grid: Path) -> None:
    folder = grid / "scalecnn-4" / "seed0"
    seen = read_predictions(folder / "predictions" / "int8.npz")
    for target in ("stm32f746", "stm32f407"):
        made = replace(seen, provenance=replace(seen.provenance, stage="emulated", target=target))
        store.publish(folder, f"predictions/emulated-{target}.npz", predictions_bytes(made))
    with pytest.raises(UsageError, match="--target stm32f"):
        read_grid(grid)
    models, _, _ = read_grid(grid, "stm32f746")
    assert "emulated" in next(model for model in models if model.id == "scalecnn-4").runs[0]


def test_the_command_writes_its_report(grid: Path) -> None:
    result = edgeval("--grid", "demo", "--min-accuracy", "50", "--json", cwd=grid.parents[1])
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    folder = grid.parents[1] / "reports" / "demo"
    assert store.read_json(store.verified(folder, "analysis.json")) == document
    assert f"size to ship: {document['size_to_ship']['model']}" in result.stderr
    assert (folder / "analysis.md").read_text().startswith("# Analysis of demo")
    assert f"Ship {document['size_to_ship']['model']}" in (folder / "report.html").read_text()
    assert {entry["stage"] for entry in document["scaling"]} == set(STAGES)
    assert all(
        {"alpha", "alpha_std", "alpha_ci95", "r2", "local_alpha"} <= set(entry)
        for entry in document["scaling"]
    )
    assert document["spectrum"] is None and any("no spectrum" in text for text in document["warnings"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give either --grid NAME or --table FILE.csv"),
        (["--grid", "demo", "--table", "x.csv"], "give either"),
        (["--grid", "absent"], "no trained grid 'absent'"),
        (["--table", "absent.csv"], "cannot read absent.csv"),
        (["--grid", "demo", "--min-accuracy", "0.7"], "expected percent"),
        (["--grid", "demo", "--max-ece", "5"], "expected a fraction"),
    ],
)
def test_bad_usage_is_exit_code_2(tmp_path: Path, arguments: list[str], message: str) -> None:
    result = edgeval(*arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert message in result.stderr and "Traceback" not in result.stderr
