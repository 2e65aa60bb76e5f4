"""The anchor and acknowledged classes. References: what was planted; scipy's exact tests through the gate's own."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.errors import DataError, UsageError
from edgeval.evidence.settings import Settings, settings_from_json
from edgeval.gate.baseline import Baseline, accepted, baseline_from_json
from edgeval.gate.policy import Acknowledgement, default_policy
from edgeval.gate.policy_file import policy_document, policy_from_document, policy_from_table, read_policy
from edgeval.gate.terms import BASELINE, Terms
from edgeval.report.ci.github import annotation_lines
from edgeval.report.ci.junit import junit_xml
from edgeval.report.words.comparison import verdict
from edgeval.store import json_bytes
from tests.ci.junit_schema import checked
from tests.planted import predictions, world

WORLD = world(classes=10, samples=1000)  # 100 images a class
DAY = date(2026, 11, 24)


def model(lost: dict[int, int], name: str = "net") -> ModelCase:
    """All right but the first `lost` images of a class, at stage int8."""
    answers = WORLD.labels.copy()
    for index, count in lost.items():
        answers[np.flatnonzero(WORLD.labels == index)[:count]] = (index + 1) % 10
    seen = predictions(WORLD, "int8", 5.0 * np.eye(10)[answers], name)
    return ModelCase(name, "net", {0: {"int8": seen}})


def state(lost: dict[int, int], name: str = "anchor.json", called: str = "net") -> Baseline:
    return baseline_from_json(accepted([model(lost, called)], "0" * 64), name)


def document(lost: dict[int, int], terms: Terms) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json_bytes(compare([model(lost)], terms=terms)))
    return made


def terms(before: dict[int, int], anchor: dict[int, int] | None, *known: Acknowledgement) -> Terms:
    from dataclasses import replace

    policy = replace(default_policy(), acknowledged=known)
    fixed = None if anchor is None else state(anchor)
    return Terms(policy, BASELINE, state(before, "baseline.json"), None, fixed, DAY if known else None)


def test_what_no_single_step_shows_the_anchor_does() -> None:
    made = document({3: 32}, terms({3: 31}, {}))
    gate = made["gate"]
    assert gate["verdict"] == "fail" and gate["anchor"]["file"] == "anchor.json"
    assert {row["against"] for row in gate["violations"]} == {"anchor"}
    assert [row["class"] for row in gate["violations"] if row["class"]] == ["cat"]
    statuses = {(row["rule"], row["against"]): row["status"] for row in gate["checks"]}
    assert statuses["class_accuracy", "baseline"] == "pass" and statuses["class_accuracy", "anchor"] == "fail"
    assert "since the anchor: cat" in verdict(made).sentence
    assert "and the anchor (anchor.json)" in verdict(made).rule
    alone = document({3: 32}, terms({3: 31}, None))
    assert alone["gate"]["verdict"] == "pass" and alone["gate"]["anchor"] is None


def test_the_level_is_shared_with_the_anchor_unless_both_are_one() -> None:
    """As with two judged models: each gets half. An anchor that is the baseline takes nothing."""
    levels = {
        name: document({}, terms({3: 1}, anchor))["gate"]["rules"][0]["level"]
        for name, anchor in (("none", None), ("other", {}), ("same", {3: 1}))
    }
    assert levels["none"] == levels["same"] == pytest.approx(0.04)
    assert levels["other"] == pytest.approx(0.02)
    judged = document({}, terms({3: 1}, {3: 1}))["gate"]["judged"]
    assert [(row["against"], row["same_as"]) for row in judged] == [("baseline", None), ("anchor", "int8")]


def test_outputs_keep_the_two_apart() -> None:
    made = document({3: 32}, terms({3: 31}, {}))
    suites = checked(junit_xml(made))
    assert [suite.attrib["name"] for suite in suites] == ["net int8", "net int8, anchor"]
    assert [suite.attrib["failures"] for suite in suites] == ["0", "2"]  # cat, and the accuracy
    errors = [line for line in annotation_lines(made) if line.startswith("::error")]
    assert errors and all("net int8%2C anchor" in line for line in errors)


def test_a_model_that_the_anchor_lacks_is_said_and_another_data_set_is_refused() -> None:
    known = terms({}, None)
    two = baseline_from_json(accepted([model({}, "a"), model({}, "b")], "0" * 64), "anchor.json")
    made = document({}, Terms(known.policy, BASELINE, known.baseline, None, two))
    assert made["gate"]["verdict"] == "pass"
    assert any("anchor.json does not have net" in text for text in made["warnings"])
    one = state({})
    other = dict(one.document, dataset={**one.document["dataset"], "sha256": "f" * 64})
    with pytest.raises(DataError, match=r"anchor\.json was accepted on"):
        document(
            {}, Terms(known.policy, BASELINE, known.baseline, None, baseline_from_json(other, "anchor.json"))
        )


def test_an_acknowledged_class_only_warns_and_so_does_what_it_takes_from_the_accuracy() -> None:
    lost = {3: 40}
    assert document(lost, terms({}, None))["gate"]["verdict"] == "fail"
    until = Acknowledgement("cat", "new camera", DAY)
    made = document(lost, terms({}, None, until))
    assert (made["gate"]["verdict"], made["gate"]["violations"]) == ("pass", [])
    assert {row["rule"]: row["status"] for row in made["gate"]["checks"]} == {
        "class_accuracy": "warn", "accuracy": "warn",
    }  # fmt: skip
    (row,) = made["gate"]["acknowledged"]
    assert row["active"] and len(row["covers"]) == 2
    assert "class 'cat' is acknowledged until 2026-11-24: new camera (" in made["warnings"][0]
    other = document({3: 40, 5: 40}, terms({}, None, until))
    assert {row["class"] for row in other["gate"]["violations"]} == {"dog", None}


def test_an_acknowledgement_ends_and_is_of_its_model_alone() -> None:
    ended = Acknowledgement("cat", "new camera", date(2026, 11, 23))
    made = document({3: 40}, terms({}, None, ended))
    assert made["gate"]["verdict"] == "fail"
    assert "ended on 2026-11-23 (new camera)" in made["warnings"][0]
    other = Acknowledgement("cat", "new camera", DAY, "another")
    assert document({3: 40}, terms({}, None, other))["gate"]["verdict"] == "fail"
    calm = document({}, terms({}, None, Acknowledgement("cat", "new camera", DAY)))
    assert "nothing of it fails now" in calm["warnings"][0]


def test_settings_keep_anchor_acknowledgements_and_day() -> None:
    """So that the evidence gives the same document on any later day."""
    asked = Settings(terms=terms({}, {3: 2}, Acknowledgement("cat", 'why "so"', DAY)))
    again = settings_from_json(json.loads(json.dumps(asked.document())))
    assert again.terms.policy == asked.terms.policy and again.terms.judged_on == DAY
    assert document({3: 40}, again.terms) == document({3: 40}, asked.terms)


def test_gate_toml_names_anchor_history_and_acknowledgements(tmp_path: Path) -> None:
    (tmp_path / "gate.toml").write_text(
        'anchor = "reports/anchor.json"\nhistory = "branch:history"\n[rules.accuracy]\nallowance = 1\n'
        '[[acknowledged]]\nclass = "cat"\nreason = "first"\nuntil = 2026-12-01\n'
        '[[acknowledged]]\nclass = "cat"\nreason = "again"\nuntil = 2027-01-01\n'
    )
    policy = read_policy(tmp_path / "gate.toml")
    assert (policy.anchor, policy.history) == (tmp_path / "reports" / "anchor.json", "branch:history")
    assert policy.acknowledged == (Acknowledgement("cat", "again", date(2027, 1, 1)),)
    assert policy_from_document(policy_document(policy)) == policy


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"class": "cat", "until": DAY}, "reason is None"),
        ({"class": "cat", "reason": "x", "until": "2026-12-01"}, "without quotes"),
        ({"class": "cat", "reason": "x", "until": DAY, "untill": 1}, "unknown key 'untill'"),
        ({"class": "", "reason": "x", "until": DAY}, "class is ''"),
    ],
)
def test_a_wrong_acknowledgement_is_refused(row: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        policy_from_table({"acknowledged": [row]}, "gate.toml")
