"""The pytest plugin in sessions of its own. Reference: pytester's counts of outcomes, and what the gate says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import edgeval

pytest_plugins = ("pytester",)

TESTS = """
import pytest

@pytest.mark.edgeval(predictions="imported", history="none"{more})
def test_net(edgeval_case):
    edgeval_case.check()
"""
ALL_AT_ONCE = """
def test_net(edgeval_check):
    edgeval_check(predictions="imported", history="none")
"""
ANSWERS = Path(__file__).parents[1] / "ci"


@pytest.fixture
def session(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """ResNet-8's real predictions; stage tflm never says frog."""
    monkeypatch.chdir(pytester.path)
    edgeval.import_predictions(ANSWERS / "resnet8-int8.csv", "net", "int8")
    text = (ANSWERS / "resnet8-tflm.csv").read_text()
    (pytester.path / "bad.csv").write_text(re.sub(r",frog,\w+", ",frog,cat", text))
    edgeval.import_predictions("bad.csv", "net", "tflm")
    return pytester


def run(session: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return session.runpytest_subprocess("-p", "no:cacheprovider", "-p", "edgeval.pytest_plugin", *arguments)


@pytest.mark.slow
def test_one_test_for_each_rule_and_class_and_the_lost_one_fails(session: pytest.Pytester) -> None:
    session.makepyfile(TESTS.format(more=""))
    result = run(session, "--edgeval", "-v")
    result.assert_outcomes(passed=9, failed=2, warnings=0)  # nine classes; frog, and the accuracy
    result.stdout.fnmatch_lines(["*test_net?class_accuracy-frog? FAILED*", "*test_net?accuracy? FAILED*"])
    result.stdout.fnmatch_lines(["net tflm: class_accuracy frog: *", "report: reports?imported?report.html"])


@pytest.mark.slow
def test_it_only_runs_when_asked(session: pytest.Pytester) -> None:
    session.makepyfile(TESTS.format(more=""))
    result = run(session, "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*needs --edgeval*"])
    assert not (session.path / "reports").exists()


@pytest.mark.slow
def test_update_accepts_a_baseline_that_judges_the_next_run(session: pytest.Pytester) -> None:
    session.makepyfile(TESTS.format(more=', baseline="ci/baseline.json"'))
    missing = run(session, "--edgeval")
    missing.assert_outcomes(errors=11)
    missing.stdout.fnmatch_lines(["*--edgeval-update accepts what the model does now*"])
    accepted = run(session, "--edgeval-update")
    accepted.assert_outcomes(passed=11)
    accepted.stdout.fnmatch_lines(["edgeval: accepted ci?baseline.json, *: commit it"])
    run(session, "--edgeval").assert_outcomes(passed=11)


@pytest.mark.slow
def test_without_cases_all_rules_are_one_test(session: pytest.Pytester) -> None:
    session.makepyfile(ALL_AT_ONCE)
    result = run(session, "--edgeval")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["net tflm: class_accuracy frog: *", "net tflm: accuracy: *"])


@pytest.mark.slow
def test_what_is_wrong_is_said_in_one_line(session: pytest.Pytester) -> None:
    session.makepyfile(TESTS.format(more=', basline="x"'))
    run(session, "--edgeval").stdout.fnmatch_lines(["*unexpected keyword argument 'basline'*"])
    session.makepyfile(TESTS.format(more=', policy="none.toml"'))
    run(session, "--edgeval").stdout.fnmatch_lines(["*edgeval: cannot read none.toml*"])


def test_loading_it_imports_nothing_of_edgeval() -> None:
    import subprocess

    code = (
        "import sys, edgeval.pytest_plugin; print([name for name in sys.modules if name.startswith('edgeval.') and "
        "name != 'edgeval.pytest_plugin'], 'numpy' in sys.modules)"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[] False"
