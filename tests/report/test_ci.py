"""JUnit, annotations, summary and comment of real comparisons.

References: tests/ci/junit_schema.py for the XML; for workflow commands GitHub's own reader, written down below from its
documentation ("Workflow commands for GitHub Actions": percent-encoding of %, CR, LF, and of : and , in properties).
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from edgeval.compare.document import compare
from edgeval.errors import StoreError
from edgeval.gate.policy import Policy, Rule
from edgeval.gate.terms import Terms, quick_terms
from edgeval.report.ci.cases import gate_cases
from edgeval.report.ci.comment import LONGEST, comment_markdown, marker
from edgeval.report.ci.github import MOST, add_step_summary, annotation_lines
from edgeval.report.ci.junit import junit_xml
from edgeval.store import json_bytes
from tests.ci.junit_schema import checked
from tests.planted import grid, world

STAGES = ("float", "int8")


def document(terms: Terms, record_only: bool = False, hurt: int | None = 3) -> dict[str, Any]:
    cases = [case for case in grid(world(), seeds=(0,), stages=STAGES, hurt=hurt) if case.id == "scalecnn-8"]
    made: dict[str, Any] = json.loads(json_bytes(compare(cases, terms=terms, record_only=record_only)))
    return made


@pytest.fixture(scope="module")
def failing() -> dict[str, Any]:
    """Quantization takes the cats a part of their margin, and the gate finds it."""
    return document(quick_terms(5.0, 50.0))


def test_a_case_for_each_rule_and_class(failing: dict[str, Any]) -> None:
    cases = gate_cases(failing)
    classes = failing["dataset"]["classes"]
    assert [case.name for case in cases if case.rule == "class_accuracy"] == classes
    assert [case.title for case in cases if case.name is None] == ["accuracy"]
    assert [case.name for case in cases if case.status == "fail"] == ["cat"]


def test_junit_names_the_class_that_lost(failing: dict[str, Any]) -> None:
    root = checked(junit_xml(failing))
    assert (root.get("tests"), root.get("failures")) == (str(len(failing["dataset"]["classes"]) + 1), "1")
    (failure,) = root.iter("failure")
    (violation,) = failing["gate"]["violations"]
    assert failure.get("message") == failure.text == violation["message"]
    assert "cat" in violation["message"]
    properties = {prop.get("name"): prop.get("value") for prop in root.iter("property")}
    assert failing["dataset"]["sha256"] in str(properties["dataset"])
    assert failing["gate"]["policy"]["sha256"] in str(properties["policy"])


def test_recorded_only_every_output_says_so(failing: dict[str, Any]) -> None:
    recorded = document(quick_terms(5.0, 50.0), record_only=True)
    root = checked(junit_xml(recorded))
    assert (root.get("failures"), root.get("skipped")) == ("0", "1")
    (skipped,) = root.iter("skipped")
    assert str(skipped.get("message")).startswith("regression, recorded only: ")
    levels = [level for level, _, _ in map(read_command, annotation_lines(recorded))]
    assert "error" not in levels and "warning" in levels
    for text in (
        comment_markdown(recorded, "a"),
        "\n".join(annotation_lines(recorded)),
        junit_xml(recorded).decode(),
    ):
        assert "recorded only" in text
    assert recorded["record_only"] is True
    assert recorded["gate"] == failing["gate"]


def test_a_warning_is_no_failure_and_a_missing_figure_is_an_error() -> None:
    rules = (
        Rule("class_accuracy", "class_accuracy", 5.0, severity="warn"),
        Rule("speed", "latency_ms", limit=10.0, direction="rise", test="none", missing="fail"),
        Rule("size", "flash_bytes", limit=10.0, direction="rise", test="none", missing="ignore"),
    )
    made = document(Terms(Policy(rules, source="gate.toml")))
    root = checked(junit_xml(made))
    assert [root.get(count) for count in ("failures", "errors", "skipped")] == ["0", "1", "2"]
    found = [read_command(line) for line in annotation_lines(made)]
    assert [level for level, properties, _ in found if "speed" in properties["title"]] == ["error"]
    assert "warning" in [level for level, properties, _ in found if "cat" in properties["title"]]
    assert not [level for level, properties, _ in found if "size" in properties["title"]]


def test_nothing_judged_is_not_an_empty_file() -> None:
    case = grid(world(samples=60), seeds=(0,))[0]
    root = checked(junit_xml(json.loads(json_bytes(compare([case], terms=Terms(Policy(())))))))
    assert (root.get("tests"), root.get("errors")) == ("1", "1")


@given(names=st.lists(st.text(max_size=6), min_size=2, max_size=2, unique=True))
def test_any_class_name_gives_valid_xml_and_one_line_an_annotation(names: list[str]) -> None:
    made = named("class_accuracy", names)
    root = checked(junit_xml(made)) if len({legal(name) for name in names}) == 2 else None
    if root is not None:
        assert [case.get("name") for case in root.iter("testcase")] == [
            legal(f"class_accuracy {n}") for n in names
        ]
    lines = annotation_lines(made)
    assert not [line for line in lines if "\n" in line or "\r" in line]
    titles = [properties["title"] for _, properties, _ in map(read_command, lines)]
    assert titles[:2] == [f"net int8: class_accuracy {name}" for name in names]


def legal(name: str) -> str:
    """As a reader of XML gets an attribute back: no forbidden characters, white space as spaces."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", name)


def named(rule: str, names: list[str]) -> dict[str, Any]:
    """A small document with failing classes of these names, after docs/COMPARE_JSON.md."""
    count = len(names)
    columns = {
        "index": list(range(count)), "name": names, "status": ["fail"] * count, "seen": [9.0] * count,
        "limit": [5.0] * count, "p_value": [0.01] * count, "lost": [9] * count, "gained": [0] * count,
        "samples": [100] * count, "before": [0.9] * count, "after": [0.81] * count,
    }  # fmt: skip
    check = {"rule": rule, "model": "net", "stage": "int8", "unit": "points", "status": "fail", "classes": columns,
             "message": "lost"}  # fmt: skip
    gate = {
        "passed": False, "verdict": "fail", "against": "own", "judged": [{}], "rules": [], "checks": [check],
        "policy": {"source": "default", "sha256": "0" * 64},
        "violations": [{"rule": rule, "model": "net", "stage": "int8", "class_index": index, "class": name,
                        "metric": rule, "message": f"{name} lost"} for index, name in enumerate(names)],
    }  # fmt: skip
    return {"edgeval": "0", "record_only": False, "warnings": [], "gate": gate, "models": [{"id": "net"}],
            "dataset": {"name": "d", "sha256": "1" * 64, "classes": names}}  # fmt: skip


def read_command(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner reads it: level, properties, message."""
    match = re.fullmatch(r"::(error|warning|notice) ([^\n\r]*?)::(.*)", line, re.DOTALL)
    assert match, line
    properties = dict(pair.split("=", 1) for pair in match[2].split(","))
    decode = {"%3A": ":", "%2C": ",", "%0D": "\r", "%0A": "\n", "%25": "%"}

    def decoded(text: str) -> str:
        return re.sub("%3A|%2C|%0D|%0A|%25", lambda found: decode[found[0]], text)

    return match[1], {key: decoded(value) for key, value in properties.items()}, decoded(match[3])


def test_more_than_github_shows_are_counted() -> None:
    names = [f"class {index}" for index in range(MOST + 5)]
    errors = [line for line in annotation_lines(named("class_accuracy", names)) if line.startswith("::error")]
    assert len(errors) == MOST
    assert "6 more errors" in errors[-1]


def test_the_summary_is_appended(tmp_path: Path, failing: dict[str, Any]) -> None:
    path = tmp_path / "summary.md"
    path.write_text("earlier step\n")
    add_step_summary(failing, {"GITHUB_STEP_SUMMARY": str(path)})
    assert path.read_text().startswith("earlier step\n## ")
    add_step_summary(failing, {})
    with pytest.raises(StoreError, match="GITHUB_STEP_SUMMARY"):
        add_step_summary(failing, {"GITHUB_STEP_SUMMARY": str(tmp_path / "no" / "folder.md")})


def test_the_marker_is_the_first_line_and_stable(failing: dict[str, Any]) -> None:
    text = comment_markdown(failing, "demo")
    assert text.split("\n")[0] == marker("demo") == "<!-- edgeval:demo -->"
    assert comment_markdown(document(quick_terms(90.0, 90.0), hurt=None), "demo").startswith(marker("demo"))
    assert "-->" not in marker("a --> b")[:-3]


def test_a_comment_is_never_too_long() -> None:
    model = grid(world(samples=60), seeds=(0,), stages=("float",))[0]
    cases = [replace(model, id=f"{'x' * 200}-{index}", family=f"f{index}") for index in range(400)]
    text = comment_markdown(json.loads(json_bytes(compare(cases))), "long")
    assert len(text) <= LONGEST
    assert text.startswith("<!-- edgeval:long -->") and "cut here" in text
