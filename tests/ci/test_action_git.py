"""The action's steps that write to git: history and picture in a branch, a pull request with a new baseline.

References: git itself, with a bare repository as origin; for gh a stand-in with the two calls that the step makes.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
STEPS: dict[str, Any] = {
    step["name"]: step for step in yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
}
GH = f"""#!{sys.executable}
import json, os, pathlib, sys
state = pathlib.Path(os.environ["GH_STATE"])
requests = json.loads(state.read_text()) if state.exists() else []
words = sys.argv[1:]
given = {{words[i]: words[i + 1] for i in range(2, len(words) - 1) if words[i].startswith("--")}}
assert os.environ["GH_TOKEN"] == "token" and words[0] == "pr"
if words[1] == "list":
    assert given["--state"] == "open" and given["--json"] == "number"
    print("\\n".join(str(k) for k, one in enumerate(requests, 1) if one["--head"] == given["--head"]))
else:
    assert words[1] == "create"
    requests.append(given)
    state.write_text(json.dumps(requests))
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Checkout:
    """A clone of a bare repository, and the action's steps in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.origin, self.bin = folder / "work", folder / "origin.git", folder / "bin"
        for place in (self.folder, self.bin):
            place.mkdir()
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(self.origin)], check=True)
        git(self.folder, "init", "-q", "-b", "main")
        git(self.folder, "remote", "add", "origin", str(self.origin))
        (self.folder / ".gitignore").write_text("reports/*\n!reports/baseline.json\nimported/\n")
        git(self.folder, "add", ".gitignore")
        git(self.folder, "commit", "-qm", "first")
        git(self.folder, "push", "-q", "origin", "main")
        for name, text in (("gh", GH), ("python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')):
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(stat.S_IRWXU)

    def run(self, name: str, **variables: str) -> str:
        env = {
            "PATH": f"{self.bin}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "HOME": str(self.folder),
            "GITHUB_OUTPUT": str(self.folder / ".output"), "GITHUB_SHA": git(self.folder, "rev-parse", "HEAD"),
            "GITHUB_SERVER_URL": "https://example.com", "GITHUB_REPOSITORY": "owner/name", "FOLDER": ".",
            "GH_STATE": str(self.folder.parent / "gh.json"), "GH_TOKEN": "token", "POLICY": "", "BASELINE": "",
            "RECORD_ONLY": "false", "HISTORY": "", "REPORT": "reports/r", "BASE": "main",
        }  # fmt: skip
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]],
            cwd=self.folder, env=env | variables, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return (self.folder / ".output").read_text() if (self.folder / ".output").exists() else ""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path)
    for stage in ("int8", "tflm"):
        done = subprocess.run(
            [sys.executable, "-m", "edgeval", "import", str(ROOT / "tests" / "ci" / f"resnet8-{stage}.csv"), "--model",
             "resnet8", "--stage", stage],
            cwd=made.folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    return made


@pytest.mark.slow
def test_history_and_picture_go_to_the_branch_and_a_merge_opens_one_pull_request(checkout: Checkout) -> None:
    folder, arguments = checkout.folder, "--predictions imported"
    for number in (1, 2):
        output = checkout.run("Compare", ARGUMENTS=arguments, HISTORY="edgeval-history")
        assert "exit-code=0" in output
        output = checkout.run("Keep history and picture", HISTORY="edgeval-history")
        sha = git(folder, "rev-parse", "HEAD")
        assert f"picture=https://example.com/owner/name/raw/edgeval-history/pictures/{sha}-r.png" in output
        lines = git(checkout.origin, "show", "edgeval-history:history.jsonl").splitlines()
        assert len(lines) == number and json.loads(lines[-1])["commit"] == sha
        png = subprocess.check_output(
            ["git", "show", f"edgeval-history:pictures/{sha}-r.png"], cwd=checkout.origin
        )
        assert png.startswith(b"\x89PNG")
        git(folder, "commit", "-q", "--allow-empty", "-m", "next")
        git(folder, "branch", "-D", "edgeval-history")  # a fresh checkout does not have it
    pull_request = "Open a pull request with the new baseline"
    checkout.run(pull_request, BASELINE="reports/baseline.json")
    (request,) = json.loads((folder.parent / "gh.json").read_text())
    assert (request["--head"], request["--base"]) == ("edgeval/baseline-main", "main")
    assert "**What changed.**" in request["--body"]
    accepted = git(checkout.origin, "show", "edgeval/baseline-main:reports/baseline.json")
    assert json.loads(accepted)["entries"][0]["model"] == "resnet8"
    assert git(checkout.origin, "log", "-1", "--format=%an", "edgeval/baseline-main") == "edgeval"
    git(folder, "switch", "-q", "main")
    checkout.run(
        pull_request, BASELINE="reports/baseline.json"
    )  # the request is open: it is moved, none is added
    assert len(json.loads((folder.parent / "gh.json").read_text())) == 1
    git(folder, "switch", "-q", "main")
    git(folder, "merge", "-q", "edgeval/baseline-main")
    (folder.parent / "gh.json").unlink()
    checkout.run(pull_request, BASELINE="reports/baseline.json")
    assert not (folder.parent / "gh.json").exists(), "the baseline is this state already"
