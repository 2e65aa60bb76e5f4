"""Floors and budgets on candidates written by hand, and profiles as edgeval compare leaves them in run folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgeval import runs, store
from edgeval.analysis.analyze import analyze
from edgeval.analysis.document import analyze_models
from edgeval.analysis.frontier import Candidate, frontier, sources
from edgeval.analysis.inputs.costs import Budget, budget_of, read_costs
from edgeval.analysis.inputs.stored import read_grid
from edgeval.analysis.ship import Floors, size_to_ship
from edgeval.cases.case import Flash, Latency, PeakRam
from edgeval.errors import UsageError
from edgeval.report.markdown.analysis import analysis_markdown
from tests import planted
from tests.analysis.grids import write_grid

BUDGET = Budget("stm32f746", "builtin", 327_680, 1_048_576)


def candidate(name: str, params: int, accuracy: float, latency: float | None, **more: Any) -> Candidate:
    costs = {
        "latency_ms": Latency(latency, "estimated", "a model") if latency else None,
        "peak_ram_bytes": PeakRam(params * 2, params, params, 0),
        "flash_bytes": Flash(params * 3, params, 2 * params),
        "fits": True,
    }
    return Candidate(name, "net", params, accuracy, accuracy, ece=0.05, macs=params * 10, **{**costs, **more})


SIZES = [
    candidate("a", 1_000, 0.5, 5.0),
    candidate("b", 2_000, 0.7, 50.0),
    candidate("c", 3_000, 0.75, 20.0),
    candidate("d", 4_000, 0.8, None, fits=False, unfit=("RAM: the arena needs 9 bytes, 8 are left",)),
]


def chosen(floors: Floors, budget: Budget | None = BUDGET) -> dict[str, Any]:
    choice = size_to_ship(SIZES, floors, budget)
    assert choice is not None
    return choice


def test_budgets_refuse_what_floors_allow() -> None:
    assert chosen(Floors(min_accuracy=0.6), None)["model"] == "b"
    choice = chosen(Floors(min_accuracy=0.6, max_latency_ms=30))
    assert choice["model"] == "c"
    assert {row["model"]: row["reasons"] for row in choice["refused"]} == {
        "a": ["accuracy 50.00 % is below 60 %"],
        "b": ["latency 50.0 ms (estimated) is above 30 ms"],
    }
    assert choice["budgets"]["ram_bytes"] == 327_680


def test_ram_and_flash_can_be_less_than_the_target_has() -> None:
    assert chosen(Floors(max_ram_bytes=1_000))["refused"][0]["reasons"] == [
        "RAM: 2,000 bytes are more than 1,000"
    ]
    reasons = chosen(Floors(max_flash_bytes=2_000))["refused"][0]["reasons"]
    assert reasons == ["flash: 3,000 bytes are more than 2,000"]


def test_what_does_not_fit_is_refused_with_the_targets_reason() -> None:
    choice = chosen(Floors(min_accuracy=0.78))
    assert choice["model"] is None
    assert choice["refused"][-1]["reasons"] == ["stm32f746: RAM: the arena needs 9 bytes, 8 are left"]
    unknown = size_to_ship([candidate("e", 1, 0.9, None, fits=None)], Floors(min_accuracy=0.5), BUDGET)
    assert unknown and unknown["refused"][0]["reasons"] == ["what it needs on stm32f746 is not known"]


def test_frontiers_of_every_quality_and_cost() -> None:
    rows = {row["model"]: row for row in frontier(SIZES)}
    assert all(row["on_frontier"] for row in rows.values())
    assert "latency_ms" not in rows["b"]["on_frontiers"]["accuracy"]  # c is faster and better
    assert rows["c"]["on_frontiers"]["accuracy"] == [
        "params", "macs", "latency_ms", "peak_ram_bytes", "flash_bytes",
    ]  # fmt: skip
    assert rows["d"]["on_frontiers"]["ece"] == []  # as good as the others and larger
    assert rows["a"]["on_frontiers"]["worst_class_accuracy"] == []  # not known
    named = sources(SIZES, "host")
    assert named["latency_ms"] == "estimated: a model" and "instructions" not in named


def profile(model_sha256: str, latency: float, source: str = "estimated") -> dict[str, Any]:
    return {
        "schema_version": store.SCHEMA_VERSION,
        "fits": True,
        "latency_ms": {"value": latency, "source": source, "model": "m", "accuracy": "a"},
        "instructions": 1000,
        "operators": [],
        "peak_ram_bytes": {"total": 30_000, "arena": 28_000, "stack": 1_000, "static": 1_000},
        "flash_bytes": {"total": 60_000, "code": 40_000, "model": 20_000},
        "model_sha256": model_sha256,
    }


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    cases = planted.grid(planted.world(samples=200), stages=("float", "int8"))
    return write_grid(tmp_path / "models" / "demo", cases)


def put(grid: Path, name: str, source: str = "estimated", only: str = "") -> None:
    for run in runs.finished_runs(grid):
        entry = store.listed(run.folder, runs.INT8_MODEL)
        if entry and (not only or run.model_id == only):
            latency = 1.0 if source == "measured" else 12.0
            store.publish(run.folder, name, store.json_bytes(profile(entry["sha256"], latency, source)))


def test_profiles_of_the_run_folders_are_read(grid: Path) -> None:
    put(grid, "profile-stm32f746-builtin.json")
    models, info, warnings = read_grid(grid, "stm32f746", BUDGET)
    assert warnings == [] and all(model.device and model.device.fits for model in models)
    floors = Floors(min_accuracy=0.2, max_latency_ms=20)
    document = analyze_models(models, info, "demo", floors, resamples=20, budget=BUDGET)
    assert document["size_to_ship"]["model"] == "scalecnn-4"
    assert document["frontier"]["target"] == "stm32f746"
    page = analysis_markdown(document)
    assert "Budget on stm32f746 with engine builtin: 320.0 KiB of RAM" in page
    assert "latency: estimated: m; a" in page


def test_one_column_has_one_source(grid: Path) -> None:
    put(grid, "profile-stm32f746-builtin.json")
    put(grid, "profile-stm32f746-builtin-serial.json", "measured", only="scalecnn-4")

    def seen() -> set[str]:
        costs, _ = read_costs(runs.finished_runs(grid), BUDGET)
        return {of.figures.latency_ms.source for of in costs.values() if of.figures.latency_ms}

    assert seen() == {"estimated"}
    put(grid, "profile-stm32f746-builtin-serial.json", "measured")
    assert seen() == {"measured"}


def test_a_profile_of_an_earlier_file_is_none(grid: Path) -> None:
    put(grid, "profile-stm32f746-builtin.json")
    folder = grid / "scalecnn-8" / "seed0"
    for run in (folder, folder.with_name("seed1")):
        store.publish(run, "profile-stm32f746-builtin.json", store.json_bytes(profile("0" * 64, 1.0)))
    _, _, warnings = read_grid(grid, "stm32f746", BUDGET)
    assert warnings == [
        "scalecnn-8: no profile on stm32f746 with engine builtin; run edgeval compare --grid demo --target stm32f746"
    ]


def test_limits_of_a_device_need_a_target(grid: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--target stm32f746"):
        analyze(str(grid), None, Floors(max_latency_ms=5))
    table = tmp_path / "table.csv"
    table.write_text("family,size,params,accuracy\na,1,1000,50\na,2,5000,60\n")
    with pytest.raises(UsageError, match="need --grid and --target"):
        analyze(None, table, Floors(max_ram_bytes=5))
    assert budget_of("stm32f746", "builtin") == BUDGET
