"""No pass without a test: what the gate could not judge is "incomplete", exit code 2.

References: docs/CI.md ("What cannot be judged is never a pass"), what was planted, and binomial tails by hand.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.gate.baseline import accepted, baseline_from_json
from edgeval.gate.policy import Policy, Rule
from edgeval.gate.policy_file import policy_from_table
from edgeval.gate.terms import BASELINE, Terms, quick_terms
from edgeval.gate.verdict import EXIT_CODES
from edgeval.metrics.inference.noninferiority import beyond_p_values
from edgeval.records import FAILED, Predictions
from edgeval.report.ci.comment import comment_markdown
from edgeval.report.ci.github import annotation_lines
from edgeval.report.ci.junit import junit_xml
from edgeval.report.words.comparison import verdict
from edgeval.store import json_bytes
from tests.planted import World, grid, predictions, with_failures, world

WORLD = world(classes=10, samples=600)  # 60 images a class


def answering(where: World, stage: str, answers: np.ndarray, model: str = "net") -> Predictions:
    return predictions(where, stage, 5.0 * np.eye(10)[answers], model)


def losing(index: int, count: int, where: World = WORLD) -> np.ndarray:
    answers = where.labels.copy()
    answers[np.flatnonzero(answers == index)[:count]] = (index + 1) % 10
    return answers


def net(*stages: Predictions, name: str = "net") -> ModelCase:
    return ModelCase(name, name, {0: {one.provenance.stage: one for one in stages}})


def document(cases: list[ModelCase], terms: Terms | None = None) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json_bytes(compare(cases, terms=terms)))
    return made


def by_baseline(old: list[ModelCase]) -> Terms:
    return Terms(against=BASELINE, baseline=baseline_from_json(accepted(old, "0" * 64), "baseline.json"))


def said(made: dict[str, Any]) -> str:
    """Everything that a CI shows."""
    return "\n".join(
        (
            *annotation_lines(made),
            junit_xml(made).decode(),
            comment_markdown(made, "a"),
            verdict(made).sentence,
        )
    )


def incomplete(made: dict[str, Any], reason: str) -> None:
    gate = made["gate"]
    assert (gate["passed"], gate["verdict"], EXIT_CODES[gate["verdict"]]) == (False, "incomplete", 2)
    assert any(reason in text for text in gate["reasons"]), gate["reasons"]
    text = said(made)
    assert text.count(reason) >= 3 and "::error" in text and "<error" in text and "✅" not in text


def test_a_policy_without_rules_is_not_a_pass() -> None:
    empty = Terms(policy_from_table({}, "gate.toml"))
    incomplete(document(grid(WORLD, seeds=(0,)), empty), "gate.toml has no rule")


@pytest.mark.parametrize("terms", [None, quick_terms(5.0)], ids=["default", "asked"])
def test_one_stage_is_not_a_pass(terms: Terms | None) -> None:
    one = net(answering(WORLD, "int8", WORLD.labels))
    incomplete(document([one], terms), "net has only the stage int8")
    two = net(*(answering(WORLD, stage, WORLD.labels, "b") for stage in ("float", "int8")), name="b")
    incomplete(document([one, two], terms), "net has only the stage int8")


def test_only_figures_that_may_be_absent_are_not_a_pass() -> None:
    rule = Rule("ram", "peak_ram_bytes", limit=1e6, direction="rise", test="none", missing="ignore")
    incomplete(document(grid(WORLD, seeds=(0,)), Terms(Policy((rule,)))), "no figure for peak_ram_bytes")


def test_the_reference_alone_is_not_a_pass() -> None:
    one = replace(net(answering(WORLD, "int8", WORLD.labels)), params=10)
    other = replace(net(answering(WORLD, "int8", WORLD.labels, "b"), name="b"), params=20)
    made = json.loads(json_bytes(compare([one, other], "b", terms=quick_terms(against="reference"))))
    assert [row["model"] for row in made["gate"]["judged"]] == ["net"]
    made = json.loads(json_bytes(compare([other], "b", terms=quick_terms(against="reference"))))
    incomplete(made, "the reference model is not judged by its own stage")


def test_every_inference_failed_at_both_stages() -> None:
    failed = [
        with_failures(answering(WORLD, stage, WORLD.labels), list(range(600))) for stage in ("float", "int8")
    ]
    made = document([net(*failed)])
    incomplete(made, "no loss could fail it")
    assert (
        made["warnings"][0]
        == made["suspicious"][0]
        == "net float: all 600 inferences failed (so too at int8)"
    )


def test_one_test_image() -> None:
    where = world(classes=10, samples=1)
    made = document([net(*(answering(where, stage, where.labels) for stage in ("float", "int8")))])
    incomplete(made, "above the level 0.04")
    assert made["suspicious"][0] == "the test set has one image: that says nothing about a model"


@pytest.mark.parametrize(("right", "testable"), [(6, False), (7, True)])
def test_a_rule_that_cannot_fail_has_tested_nothing(right: int, testable: bool) -> None:
    """The level is 0.01: 2^-7 of any loss is below, 2^-6 above, however many images there are."""
    answers = (WORLD.labels + 1) % 10
    answers[:right] = WORLD.labels[:right]
    case = net(*(answering(WORLD, stage, answers) for stage in ("float", "int8")))
    rule = Rule("accuracy", "accuracy", 1.0, fails_on="some")
    made = document([case], Terms(Policy((rule,), level=0.01)))
    assert made["gate"]["verdict"] == ("pass" if testable else "incomplete")
    assert ("p would be 0.016" in said(made)) != testable
    # 7 of 600 images are 1.2 points: more than 1 point can never be shown.
    incomplete(
        document([case], Terms(Policy((replace(rule, fails_on="beyond"),), level=0.01))),
        "no loss could fail it",
    )


def test_two_classes_of_two_networks_show_nothing() -> None:
    """One seed a side and fewer than three classes: the error of a class is not known (metrics/seed_drops)."""
    where = world(classes=2, samples=400)
    scores = 5.0 * np.eye(2)[where.labels]
    old = [net(predictions(where, "float", scores, "old"), predictions(where, "int8", scores, "old"))]
    new = [net(predictions(where, "float", scores, "new"), predictions(where, "int8", scores, "new"))]
    incomplete(document(new, by_baseline(old)), "no loss could fail it")


@pytest.mark.parametrize("files", ["none", "same", "other"])
def test_imported_boards_are_judged_by_a_baseline_with_or_without_model_files(files: str) -> None:
    """Class 4 loses 25 of 60. A converted file's hash does not say that the network is another one."""

    def board(answers: np.ndarray, model_file: str | None) -> list[ModelCase]:
        made = answering(WORLD, "board", answers)
        return [net(replace(made, provenance=replace(made.provenance, model_sha256=model_file)))]

    old, new = {"none": (None, None), "same": ("a" * 64, "a" * 64), "other": ("a" * 64, "b" * 64)}[files]
    made = document(board(losing(4, 25), new), by_baseline(board(WORLD.labels, old)))
    violation = made["gate"]["violations"][0]
    p_value = 10 * float(beyond_p_values(25, 0, 60, 0.05))  # Holm
    assert (violation["class"], violation["lost"], violation["p_value"]) == (
        "deer",
        25,
        pytest.approx(p_value),
    )
    assert "no change to show" not in said(made)
    assert any("come from different files" in text for text in made["warnings"]) == (files == "other")


def test_other_trained_networks_stay_other_networks() -> None:
    """A float stage is the network itself: another hash is another network, and a seed may do this."""
    old = [net(*(answering(WORLD, stage, WORLD.labels, "old") for stage in ("float", "int8")))]
    new = [net(*(answering(WORLD, stage, losing(4, 6), "new") for stage in ("float", "int8")))]
    made = document(new, by_baseline(old))
    assert [row["yardstick"] for row in made["gate"]["judged"]] == ["classes"]


def test_a_part_on_the_device_is_named_as_the_cause() -> None:
    """A baseline of a full device run has only the device's stage; a run on a part of the samples judges host too."""
    stages = [answering(WORLD, stage, WORLD.labels) for stage in ("int8", "host", "emulated")]
    part = replace(stages[2], **{key: getattr(stages[2], key)[:50] for key in ("ids", "labels", "top1", "scores")},
                   output_int8=None)  # fmt: skip
    made = document([net(*stages[:2], part)], by_baseline([net(*stages)]))
    incomplete(
        made, "emulated ran on 50 of 600 samples here, so host, the last complete stage, is judged too"
    )


def test_a_baseline_without_the_stage_does_not_ask_for_a_baseline() -> None:
    old = [net(answering(WORLD, "float", WORLD.labels))]
    made = document([net(answering(WORLD, "int8", WORLD.labels))], by_baseline(old))
    incomplete(made, "baseline.json has net at stage float, not at int8")
    assert "use --baseline" not in said(made) and "two stages" not in said(made)


def test_failing_only_on_the_device_is_a_regression_and_said_first() -> None:
    failed = replace(answering(WORLD, "int8", WORLD.labels), top1=np.full(600, FAILED))
    made = document([net(answering(WORLD, "float", WORLD.labels), failed)])
    assert made["gate"]["verdict"] == "fail"
    assert made["suspicious"] == ["net int8: all 600 inferences failed"]
