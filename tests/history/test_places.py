"""Where a history lies. References: what was appended; git's own commands for the branch; processes that are killed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edgeval.errors import StoreError, UsageError
from edgeval.history.git import current_commit
from edgeval.history.places import append, read
from tests.history.lines import line

ROOT = Path(__file__).parents[2]


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "a").write_text("a")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "-qm", "first")
    monkeypatch.chdir(tmp_path)
    return tmp_path


CONTINUE = """
import json, sys
from edgeval.history.places import append, read
append("branch:h", json.loads(sys.argv[1]))
print(len(read("branch:h")))
"""


def environment(home: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(home)}


def run(folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder, capture_output=True, text=True, env=environment(folder), check=True,
    )  # fmt: skip


def places(folder: Path) -> list[str]:
    return [str(folder / "history.jsonl"), str(folder / "history"), "branch:edgeval-history"]


def test_lines_come_back_in_the_order_of_time_from_each_place(repository: Path) -> None:
    later, earlier = line(1, report="b"), line(0)
    for place in places(repository):
        assert read(place) == []
        assert append(place, later) and append(place, earlier)
        assert read(place) == [earlier, later]
        assert not append(place, later), "the same comparison once more"
        assert append(place, line(2, report="b")) and len(read(place)) == 3


def test_the_branch_is_git_s_and_nothing_is_checked_out(repository: Path) -> None:
    append("branch:edgeval-history", line(0))
    append("branch:edgeval-history", line(1))
    text = git(repository, "show", "edgeval-history:history.jsonl")
    assert [json.loads(row)["time"] for row in text.splitlines()] == [line(0)["time"], line(1)["time"]]
    assert (
        git(repository, "status", "--porcelain") == ""
        and git(repository, "branch", "--show-current") == "main"
    )
    assert git(repository, "rev-list", "--count", "edgeval-history") == "2"
    with pytest.raises(UsageError, match="no name of a git branch"):
        append("branch:..", line(0))


def test_a_branch_that_only_origin_has_goes_on(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    append("branch:h", line(0))
    clone = tmp_path_factory.mktemp("clone")
    git(clone, "clone", "-q", str(repository), ".")
    done = run(clone, CONTINUE, json.dumps(line(1)))
    assert done.stdout.strip() == "2"


@pytest.mark.parametrize("cut", [1, 20, 400])
def test_a_torn_last_line_is_no_line_and_goes_when_the_next_is_written(cut: int, tmp_path: Path) -> None:
    place = tmp_path / "history.jsonl"
    append(str(place), line(0))
    whole = place.read_bytes()
    torn = (json.dumps(line(1)) + "\n").encode()[:-cut]
    place.write_bytes(whole + torn)
    assert read(str(place)) == [line(0)]
    append(str(place), line(2))
    assert read(str(place)) == [line(0), line(2)]


def test_what_is_no_line_is_refused_with_its_number(tmp_path: Path) -> None:
    place = tmp_path / "history.jsonl"
    append(str(place), line(0))
    for bad in ("<<<<<<< HEAD", "[]", '{"schema_version": 1}'):
        place.write_text(place.read_text().splitlines()[0] + f"\n{bad}\n")
        with pytest.raises(StoreError, match="line 2 is no line of a history"):
            read(str(place))
    place.write_text(json.dumps({**line(0), "schema_version": 2}) + "\n")
    with pytest.raises(StoreError, match="schema version 2"):
        read(str(place))


@pytest.mark.slow
def test_processes_that_append_at_once_lose_nothing(repository: Path) -> None:
    """Four processes with eight lines each, to each place."""
    program = """
import json, sys
from edgeval.history.places import append
from tests.history.lines import line
for number in range(8):
    append(sys.argv[1], line(number, report=sys.argv[2]))
"""
    for place in places(repository):
        running = [
            subprocess.Popen([sys.executable, "-c", program, place, f"r{k}"], cwd=repository,
                             env=environment(repository))
            for k in range(4)
        ]  # fmt: skip
        assert [process.wait() for process in running] == [0] * 4
        seen = [(one["report"], one["time"]) for one in read(place)]
        assert len(seen) == len(set(seen)) == 32, place


def test_the_commit_is_git_s_or_the_ci_s(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    commit = current_commit(repository, {})
    assert (commit.sha, commit.branch, commit.dirty) == (git(repository, "rev-parse", "HEAD"), "main", False)
    (repository / "a").write_text("b")
    assert current_commit(repository, {}).dirty is True
    outside: Any = current_commit(tmp_path_factory.mktemp("outside"), {"GITHUB_SHA": "f" * 40})
    assert (outside.sha, outside.dirty) == ("f" * 40, None)
