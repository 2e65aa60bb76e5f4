"""`--shard I/N` and `merge`. Reference: the store and the report that one machine leaves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, strategies as st

import edgeval
from edgeval import runs, store
from edgeval.cli import cli
from edgeval.errors import StoreError, UsageError
from edgeval.runs import Run
from edgeval.shards import Shard, parse_shard
from edgeval.training.merge import merge_grids
from tests.reliability.workshop import contents

COMMANDS = (
    ("export", "--int8"),
    ("compare", "--stages", "float,int8,tflm", "--target", "stm32f746", "--device-samples", "2"),
    ("robustness", "--corruptions", "fog", "--severities", "3", "--samples", "20", "--stages", "float,host"),
)
CODES = {"compare": 2}  # 20 test images are too few for a verdict
RUNS = [Run(Path("g"), f"scalecnn-{size}", seed) for size in range(1, 8) for seed in range(3)]


@given(st.integers(1, 30))
def test_the_shards_are_all_runs_once_and_differ_in_size_by_one_at_most(count: int) -> None:
    parts = [Shard(index, count).of(RUNS) for index in range(1, count + 1)]
    assert sorted(run for part in parts for run in part) == sorted(RUNS)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_as_many_shards_as_seeds_get_one_seed_of_every_size() -> None:
    assert {run.seed for run in Shard(2, 3).of(RUNS)} == {1}


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b", "1 / 2", "²/3"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected I/N"):
        parse_shard(text)


def run(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(cli, [*words])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory, grid_file: Path) -> Iterator[Path]:
    """One grid made by one machine in models/small, and by two in a/small and b/small."""
    folder = tmp_path_factory.mktemp("machines")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        train = ("train-grid", "--grid", str(grid_file), "--device", "cpu", "--jobs", "1")
        run(*train)
        for command, *options in COMMANDS:
            run(command, "--grid", "small", *options, code=CODES.get(command, 0))
        for disk, shard in (("a", "1/2"), ("b", "2/2")):
            run(*train, "--shard", shard, "--out", disk)
            for command, *options in COMMANDS:
                run(command, "--grid", f"{disk}/small", *options, "--shard", shard)
        yield folder


@pytest.mark.slow
def test_two_machines_together_leave_what_one_leaves(machines: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(machines)
    assert len(runs.finished_runs(Path("a/small"))) == 1
    done = edgeval.merge(["a/small", "b/small"], "both/models/small")
    assert done.missing == () and done.copied > 10
    assert contents(Path("both/models/small")) == contents(Path("models/small"))
    before = {name: Path("reports/small", name).read_bytes() for name in ("compare.json", "robustness.json")}
    monkeypatch.chdir(machines / "both")
    for command, *options in COMMANDS[1:]:
        run(command, "--grid", "small", *options, code=CODES.get(command, 0))
    assert {name: Path("reports/small", name).read_bytes() for name in before} == before
    assert edgeval.merge([machines / "a/small", machines / "b/small"], "models/small").copied == 0


@pytest.mark.slow
def test_stores_that_do_not_belong_together_are_refused(
    machines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, into = machines / "a/small", tmp_path / "second", tmp_path / "into"
    shutil.copytree(first, second)
    with pytest.raises(UsageError, match="merged into itself"):
        merge_grids([first], first)
    (folder,) = {run.folder for run in runs.finished_runs(second)}
    store.publish(folder, runs.HISTORY, b"another training\n")
    with pytest.raises(StoreError, match=r"1 files differ, first .*history\.csv"):
        merge_grids([first, second], into)
    (folder / runs.HISTORY).write_bytes(b"changed behind the store's back\n")
    with pytest.raises(StoreError, match=r"history\.csv was changed"):
        merge_grids([second], into)
    text = (second / "grid.toml").read_text()
    (second / "grid.toml").write_text(text.replace("weight_decay = 0.0005", "weight_decay = 0.5"))
    with pytest.raises(StoreError, match=r"weight_decay = 0\.0005, now 0\.5"):
        merge_grids([first, second], into)
    assert not into.exists()


@pytest.mark.slow
def test_an_unfinished_run_is_left_out_and_named(machines: Path, tmp_path: Path) -> None:
    shutil.copytree(machines / "a/small", tmp_path / "a")
    (member,) = runs.finished_runs(tmp_path / "a")
    store.retract(member.folder, runs.RUN_JSON)
    done = merge_grids([tmp_path / "a", machines / "b/small"], tmp_path / "both")
    assert [str(one) for one in done.missing] == [str(member)]


@pytest.mark.slow
def test_what_a_shard_cannot_do_is_said(machines: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(machines)
    with pytest.raises(StoreError, match="shard 2/2 has scalecnn-2 seed 0, which is not trained in a/small"):
        edgeval.evaluate("a/small", shard="2/2")
    assert edgeval.evaluate("a/small", shard="3/3").models == []
    refused = CliRunner().invoke(
        cli, ["compare", "--grid", "a/small", "--shard", "1/2", "--policy", "gate.toml"]
    )
    assert isinstance(refused.exception, UsageError) and "--policy belongs to the report" in str(
        refused.exception
    )
    with pytest.raises(UsageError, match="--shard splits a grid"):
        edgeval.export(onnx="model.onnx", dataset="npz:x.npz", out="exported", shard="1/2")
