"""action.yml and the workflow that uses it: their form, and their steps run in bash as a runner would.

References: GitHub's "Metadata syntax for GitHub Actions" and "Workflow syntax", written down below as the keys that may
be there; for the comment a stand-in for gh with the three calls that the step makes, as `gh api --help` describes them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ci.junit_schema import checked

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "action.yml").read_text())
HISTORY, PULL_REQUEST = "Keep history and picture", "Open a pull request with the new baseline"
STEP_KEYS = {
    "name",
    "id",
    "if",
    "shell",
    "run",
    "env",
    "working-directory",
    "uses",
    "with",
    "continue-on-error",
}
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")

GH = f"""#!{sys.executable}
import json, os, pathlib, sys
state = pathlib.Path(os.environ["GH_STATE"])
comments = json.loads(state.read_text()) if state.exists() else []
arguments = sys.argv[2:]
assert sys.argv[1] == "api" and os.environ["GH_TOKEN"]
method = arguments[arguments.index("--method") + 1] if "--method" in arguments else "GET"
(path,) = [word for word in arguments if word.startswith("repos/")]
if method == "GET":
    assert "--paginate" in arguments and "env.marker" in arguments[arguments.index("--jq") + 1]
    print("\\n".join(str(c["id"]) for c in comments if c["body"].startswith(os.environ["marker"])))
else:
    field = arguments[arguments.index("--field") + 1]
    assert field.startswith("body=@")
    body = open(field[6:]).read()
    if method == "POST":
        comments.append({{"id": 100 + len(comments), "body": body}})
    else:
        (comment,) = [c for c in comments if c["id"] == int(path.rsplit("/", 1)[1])]
        comment["body"] = body
    state.write_text(json.dumps(comments))
"""


def test_the_action_has_the_form_that_github_asks_for() -> None:
    assert set(ACTION) <= {"name", "author", "description", "inputs", "outputs", "runs", "branding"}
    assert {"name", "description", "runs"} <= set(ACTION)
    for name, entry in ACTION["inputs"].items():
        assert re.fullmatch(r"[a-z][a-z0-9-]*", name)
        assert (
            set(entry) <= {"description", "required", "default", "deprecationMessage"}
            and entry["description"]
        )
        assert isinstance(entry.get("default", ""), str), f"{name}: inputs are text"
    for entry in ACTION["outputs"].values():
        assert set(entry) == {"description", "value"}
    assert ACTION["runs"]["using"] == "composite"
    for step in ACTION["runs"]["steps"]:
        assert set(step) <= STEP_KEYS
        assert ("run" in step) != ("uses" in step)
        assert "run" not in step or step["shell"] == "bash"


def test_every_expression_names_something_that_is_there() -> None:
    known = {f"inputs.{name}" for name in ACTION["inputs"]}
    known |= {f"steps.{step['id']}.outputs.{name}" for step in ACTION["runs"]["steps"] if "id" in step
              for name in re.findall(r'echo "([a-z-]+)=', step["run"])}  # fmt: skip
    github = {"token", "action_path", "repository", "event_name", "event.pull_request.number", "ref_name"}
    known |= {f"github.{name}" for name in github}
    conditions = [step["if"] for step in ACTION["runs"]["steps"] if "if" in step]
    expressions = EXPRESSION.findall((ROOT / "action.yml").read_text()) + conditions
    used = {word for text in expressions for word in re.findall(r"(?:inputs|steps|github)\.[\w.-]+", text)}
    assert used <= known, used - known
    assert {f"inputs.{name}" for name in ACTION["inputs"]} <= used, "an input that nothing reads"


def test_no_input_is_pasted_into_a_script() -> None:
    """An expression inside `run` would let a pull request's text become code."""
    for step in ACTION["runs"]["steps"]:
        assert not EXPRESSION.search(step.get("run", ""))


def test_the_workflow_uses_the_action_as_it_is() -> None:
    assert set(WORKFLOW) <= {
        "name",
        True,
        "permissions",
        "jobs",
        "env",
        "concurrency",
    }  # YAML reads `on` as true
    for job in WORKFLOW["jobs"].values():
        assert {"runs-on", "timeout-minutes", "steps"} <= set(job)
        (step,) = [step for step in job["steps"] if step.get("uses") == "./"]
        assert set(step["with"]) <= set(ACTION["inputs"])
        required = {name for name, entry in ACTION["inputs"].items() if entry.get("required")}
        assert required <= set(step["with"])


class Runner:
    """Runs the action's bash steps in a folder, with the files and variables that GitHub gives them."""

    def __init__(self, folder: Path, event: str = "pull_request") -> None:
        self.folder, self.event = folder, event
        self.outputs: dict[str, str] = {}
        (folder / "bin").mkdir()
        self._script("gh", GH)
        self._script("python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')

    def _script(self, name: str, text: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def run(self, **inputs: str) -> int:
        """The action's exit code; steps without bash and the installation are left out."""
        given = {name: entry.get("default", "") for name, entry in ACTION["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        for step in ACTION["runs"]["steps"]:
            if "run" not in step or step["name"] == "Install edgeval":
                continue
            comments = given["comment"] == "true" and self.event == "pull_request"
            if step["name"] in (HISTORY, PULL_REQUEST):  # tests/ci/test_action_git.py
                continue
            if step["name"] == "Comment" and not (comments and self.outputs["exit-code"] != "2"):
                continue
            done = self._bash(step, given)
            if done.returncode and not step.get("continue-on-error"):
                return done.returncode
        return 0

    def _bash(self, step: dict[str, Any], given: dict[str, str]) -> subprocess.CompletedProcess[str]:
        files = {name: self.folder / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        env = {key: self._value(value, given) for key, value in step.get("env", {}).items()}
        env |= {key: str(path) for key, path in files.items()}
        env |= {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
        env |= {
            "GH_STATE": str(self.folder / "comments.json"),
            "GITHUB_ACTIONS": "true",
            "HOME": str(self.folder),
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.folder, env=env, capture_output=True, text=True,
        )  # fmt: skip
        self.log = done.stdout + done.stderr
        self.stdout = done.stdout if step.get("id") == "compare" else getattr(self, "stdout", "")
        if step.get("id") == "compare":
            self.outputs = dict(
                line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines()
            )
        return done

    def _value(self, text: str, given: dict[str, str]) -> str:
        values = {f"inputs.{name}": value for name, value in given.items()}
        values |= {f"steps.compare.outputs.{name}": value for name, value in self.outputs.items()}
        values["steps.history.outputs.picture"] = ""
        values |= {"github.repository": "owner/name", "github.event.pull_request.number": "7",
                   "github.token": "token"}  # fmt: skip
        return EXPRESSION.sub(
            lambda found: EXPRESSION.sub(lambda f: values[f[1]], values[found[1]]), str(text)
        )

    @property
    def comments(self) -> list[dict[str, Any]]:
        path = self.folder / "comments.json"
        return json.loads(path.read_text()) if path.exists() else []


def edgeval(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "edgeval", *arguments], cwd=cwd, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """ResNet-8's real predictions: stage int8 and tflm; model `broken` has every frog wrong at stage tflm."""
    files = {stage: ROOT / "tests" / "ci" / f"resnet8-{stage}.csv" for stage in ("int8", "tflm")}
    text = files["tflm"].read_text()
    (tmp_path / "broken.csv").write_text(re.sub(r",frog,\w+", ",frog,cat", text))
    for folder, last in (("good", files["tflm"]), ("bad", tmp_path / "broken.csv")):
        for stage, path in (("int8", files["int8"]), ("tflm", last)):
            done = edgeval(
                "import", str(path), "--model", "resnet8", "--stage", stage, "--out", folder, cwd=tmp_path
            )
            assert done.returncode == 0, done.stderr
    return tmp_path


@pytest.mark.slow
def test_the_steps_pass_comment_and_leave_a_report_that_verifies(workspace: Path) -> None:
    runner = Runner(workspace)
    assert runner.run(arguments="--predictions good", report="reports/r") == 0, runner.log
    assert runner.outputs == {"exit-code": "0", "report": "./reports/r"}
    checked((workspace / "reports/r/junit.xml").read_bytes())
    (notice,) = [
        line for line in runner.stdout.splitlines() if line.startswith("::notice title=edgeval%3A Pass::")
    ]
    assert "10 of 1,017 labels flipped" in notice
    assert (workspace / "github_step_summary").read_text().startswith("## ")
    (comment,) = runner.comments
    assert comment["body"].startswith("<!-- edgeval:r -->\n## ")
    assert edgeval("verify", "reports/r", cwd=workspace).returncode == 0


@pytest.mark.slow
def test_a_regression_fails_and_updates_the_same_comment(workspace: Path) -> None:
    runner = Runner(workspace)
    runner.run(arguments="--predictions good", report="reports/r")
    assert runner.run(arguments="--predictions bad", report="reports/r") == 1, runner.log
    errors = [line for line in runner.stdout.splitlines() if line.startswith("::error")]
    assert errors and "frog" in errors[0]
    (comment,) = runner.comments
    assert "frog" in comment["body"] and "fail" in comment["body"].split("\n")[1]
    assert runner.run(arguments="--predictions bad", report="reports/r", record_only="true") == 0
    assert not [line for line in runner.stdout.splitlines() if line.startswith("::error")]
    assert "recorded only" in runner.comments[0]["body"]
    assert edgeval("verify", "reports/r", cwd=workspace).returncode == 0


@pytest.mark.slow
def test_errors_are_2_and_comment_nothing(workspace: Path) -> None:
    runner = Runner(workspace)
    assert runner.run(arguments="--predictions none") == 2
    assert runner.run(arguments="--predictions 'good") == 2
    assert runner.run(arguments="--predictions good", policy="missing.toml") == 2
    assert runner.run(arguments="--predictions good", record_only="true", baseline="missing.json") == 2
    assert runner.comments == []


@pytest.mark.parametrize(("package", "installed"), [("", "/action[runtimes]"), ("edgeval==1", "edgeval==1")])
def test_what_is_installed(package: str, installed: str, tmp_path: Path) -> None:
    (step,) = [step for step in ACTION["runs"]["steps"] if step["name"] == "Install edgeval"]
    script = f'python() {{ printf "%s\\n" "$@"; }}\n{step["run"]}'
    done = subprocess.run(["bash", "-eo", "pipefail", "-c", script], capture_output=True, text=True, cwd=tmp_path,
                          env={"PACKAGE": package, "OWN": "/action", "PATH": os.environ["PATH"]})  # fmt: skip
    assert done.stdout.split() == ["-m", "pip", "install", "--quiet", installed]


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_the_filter_finds_the_comment_by_its_marker() -> None:
    (step,) = [step for step in ACTION["runs"]["steps"] if step["name"] == "Comment"]
    query = re.search(r"--jq '(.*?)'", step["run"], re.DOTALL)
    assert query
    comments = [{"id": 1, "body": "hello"}, {"id": 2, "body": "<!-- edgeval:a -->\nold"}]
    done = subprocess.run(["jq", query[1]], input=json.dumps(comments), capture_output=True, text=True,
                          env={**os.environ, "marker": "<!-- edgeval:a -->"})  # fmt: skip
    assert done.stdout.strip() == "2"
