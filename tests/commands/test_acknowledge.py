"""`edgeval acknowledge` and `edgeval history`. References: tomllib for what was written; what was appended."""

from __future__ import annotations

import json
import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from edgeval.cli import cli
from edgeval.errors import UsageError
from edgeval.gate.policy import default_policy
from edgeval.gate.policy_file import read_policy
from edgeval.history.places import append
from tests.history.lines import line

TOMORROW = date.today() + timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> str:
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_new_file_keeps_the_default_rules(folder: Path) -> None:
    """A gate.toml replaces the default policy, so one with an acknowledgement alone would judge nothing."""
    said = run("acknowledge", "cat", "--reason", 'new "camera"', "--until", TOMORROW.isoformat())
    assert f"class 'cat' only warns until {TOMORROW}" in said
    policy = read_policy(folder / "gate.toml")
    assert policy.rules == default_policy().rules
    (made,) = policy.acknowledged
    assert (made.name, made.reason, made.until, made.model) == ("cat", 'new "camera"', TOMORROW, None)


def test_what_a_person_wrote_stays_and_a_second_one_renews(folder: Path) -> None:
    mine = "# ours\nlevel = 0.01 # strict\n\n[rules.accuracy] # all\nallowance = 2\n"
    (folder / "gate.toml").write_text(mine)
    for reason, name in (("first", "cat"), ("other", 'häßlich\n"x"'), ("again", "cat")):
        run("acknowledge", name, "--reason", reason, "--until", TOMORROW.isoformat(), "--model", "net")
    text = (folder / "gate.toml").read_text()
    assert text.startswith(mine.rstrip("\n"))
    assert len(tomllib.loads(text)["acknowledged"]) == 3
    known = {one.name: one.reason for one in read_policy(folder / "gate.toml").acknowledged}
    assert known == {"cat": "again", 'häßlich\n"x"': "other"}


@pytest.mark.parametrize(
    ("until", "reason", "message"),
    [
        ("2020-01-01", "x", "which is past"),
        ("soon", "x", "expected a day"),
        (TOMORROW.isoformat(), " ", "reason is"),
    ],
)
def test_what_makes_no_sense_writes_nothing(until: str, reason: str, message: str, folder: Path) -> None:
    with pytest.raises(UsageError, match=message):
        CliRunner().invoke(
            cli, ["acknowledge", "cat", "--reason", reason, "--until", until], catch_exceptions=False
        )
    assert not (folder / "gate.toml").exists()


def test_history_writes_page_badge_and_json(folder: Path) -> None:
    for number in range(3):
        append("reports/history.jsonl", line(number, "fail" if number == 1 else "pass"))
    said = run("history", "--badge", "badge.svg")
    assert "history: reports/history.html" in said and "fail" in said
    assert "1 regression in 3 comparisons" in (folder / "reports" / "history.html").read_text()
    assert (folder / "badge.svg").read_text().startswith("<svg")
    assert [one["verdict"] for one in json.loads(run("history", "--json"))["lines"]] == [
        "pass",
        "fail",
        "pass",
    ]
    entries = json.loads(run("history", "reports/history.jsonl", "--format", "github-action-benchmark"))
    assert {"name", "unit", "value", "extra"} == set(entries[0])
