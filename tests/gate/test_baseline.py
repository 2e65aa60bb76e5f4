"""The accepted baseline. Reference: the planted predictions that it was made from."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from edgeval import store
from edgeval.errors import EdgevalError, StoreError, UsageError
from edgeval.gate.baseline import accepted, baseline_bytes, read_baseline
from edgeval.gate.baseline_changes import baseline_rows, differences, proposed_limits
from edgeval.gate.judged import outcomes
from edgeval.gate.policy_file import read_policy
from tests.planted import grid, world

WORLD = world(classes=10, samples=400)
CASES = grid(WORLD, seeds=(0, 1, 2), device=True)
DATA = baseline_bytes(accepted(CASES, "0" * 64))


def written(folder: Path, data: bytes = DATA) -> Path:
    store.write_bytes(folder / "baseline.json", data)
    return folder / "baseline.json"


def toml_file(folder: Path, text: str) -> Path:
    (folder / "gate.toml").write_text(text)
    return folder / "gate.toml"


def test_outcomes_read_back_equal(tmp_path: Path) -> None:
    baseline = read_baseline(written(tmp_path))
    assert set(baseline.entries) == {(case.id, "tflm") for case in CASES}
    for case in CASES:
        seen, expected = baseline.entries[case.id, "tflm"], outcomes(case, "tflm")
        for name in ("ids", "labels", "top1"):
            assert np.array_equal(getattr(seen, name), getattr(expected, name)), name
        assert np.abs(seen.confidence - expected.confidence).max() <= 0.5 / 255 + 1e-12
        assert (seen.networks, seen.seeds, seen.device) == (expected.networks, expected.seeds, case.device)
    assert baseline.sha256 == store.sha256_bytes(DATA)


def test_the_file_is_small_and_one_line_an_entry(tmp_path: Path) -> None:
    lines = DATA.decode().splitlines()
    entries = [line for line in lines if '"stage"' in line]
    assert len(entries) == len(CASES) * 3
    assert max(map(len, entries)) < 2_500  # 400 images; SHA-256s are 200 of it
    assert entries == sorted(entries, key=lambda line: re.findall(r'"(?:model|stage)": "([^"]*)"', line))
    worse = grid(WORLD, seeds=(0, 1, 2), device=True, hurt=5)
    other = baseline_bytes(accepted([CASES[0], *worse[1:]], "0" * 64)).decode().splitlines()
    same = set(lines) & set(other)
    assert all(line in same for line in entries[6:9] if '"scalecnn-4"' in line)


@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_harmless(place: int, change: int) -> None:
    """No damage ends in another exception than edgeval's own."""
    import tempfile

    data = bytearray(DATA)
    data[place] ^= change
    with tempfile.TemporaryDirectory() as folder:
        try:
            read_baseline(written(Path(folder), bytes(data)))
        except EdgevalError as error:
            assert str(error)


@pytest.mark.parametrize("length", [0, 10, 500, len(DATA) - 4])
def test_a_cut_file_is_refused(length: int, tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        read_baseline(written(tmp_path, DATA[:length]))
    with pytest.raises(StoreError, match="does not exist"):
        read_baseline(tmp_path / "none.json")


def test_another_schema_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="schema version 2"):
        read_baseline(written(tmp_path, DATA.replace(b'"schema_version": 1', b'"schema_version": 2')))


def test_rows_and_differences_say_what_was_planted(tmp_path: Path) -> None:
    old = read_baseline(written(tmp_path))
    for row in baseline_rows(old):
        seen = old.entries[row["model"], row["stage"]]
        assert row["accuracy"] == pytest.approx(float(np.mean(seen.top1 == seen.labels)))
        assert row["accuracy_std"] == pytest.approx(float(np.std(seen.right.mean(axis=1), ddof=1)))
    worse = baseline_bytes(accepted(grid(WORLD, seeds=(0, 1, 2), hurt=5), "0" * 64))
    new = read_baseline(written(tmp_path / "new", worse))
    assert {row["change"] for row in differences(old, old)} == {"equal"}
    for row in differences(old, new):
        assert (row["change"], row["classes_lost"][0]["name"]) == ("changed", "dog")
        assert row["labels_changed"] > 0


def test_limits_come_from_the_spread_and_make_a_policy(tmp_path: Path) -> None:
    baseline = read_baseline(written(tmp_path))
    text = proposed_limits(baseline)
    policy = read_policy(toml_file(tmp_path, text)).checked(WORLD.info.classes)
    spreads = [one.right.mean(axis=1).std(ddof=1) ** 2 for one in baseline.entries.values()]
    assert f"{100 * np.mean(spreads) ** 0.5:.2f} points" in text
    assert {rule.metric for rule in policy.rules} == {"accuracy", "class_accuracy"}
    one = read_baseline(
        written(tmp_path / "one", baseline_bytes(accepted(grid(WORLD, seeds=(0,)), "0" * 64)))
    )
    with pytest.raises(UsageError, match="no spread to propose limits from"):
        proposed_limits(one)


def test_equal_outcomes_give_equal_bytes() -> None:
    again = baseline_bytes(accepted(grid(WORLD, seeds=(0, 1, 2), device=True), "0" * 64))
    assert again == DATA
    assert baseline_bytes(json.loads(DATA)) == DATA
