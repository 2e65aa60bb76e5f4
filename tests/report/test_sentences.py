"""Every sentence is true: generated cases whose counts are known; references are these counts, counted here by hand.

For each case the sentences of verdict, violations, JUnit, annotations and comment are read back: every number in them
is one of the document's, and each claim (more than allowed, by chance, lost most, flipped) follows from the counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.gate import gate as judging
from edgeval.gate.baseline import accepted, baseline_from_json
from edgeval.gate.policy import ClassRule, Policy, Rule
from edgeval.gate.terms import BASELINE, OWN, Terms, quick_terms
from edgeval.report.ci.cases import gate_cases
from edgeval.report.ci.comment import comment_markdown
from edgeval.report.ci.github import annotation_lines
from edgeval.report.ci.junit import junit_xml
from edgeval.report.figures.classes import worst_model
from edgeval.report.page import report_page
from edgeval.report.words.comparison import change_in_words, losers, verdict
from edgeval.report.words.gate import rule_text, violation_texts
from edgeval.report.words.numbers import MINUS, told_apart
from edgeval.store import json_bytes
from tests.planted import predictions, world

CLASSES, OF_CLASS = 4, 100
WORLD = world(classes=CLASSES, samples=CLASSES * OF_CLASS)
NAMES = WORLD.info.classes
NUMBER = re.compile(rf"(?<![\w.])[+{MINUS}-]?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?")


@pytest.fixture(scope="module", autouse=True)
def without_power() -> Iterator[None]:
    """The simulation of what the gate can find takes seconds and is in none of these sentences."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "power_of", lambda policy, judged, tested: None)
        yield


@lru_cache(maxsize=256)
def answers(right: tuple[int, ...]) -> np.ndarray:
    """The first `right[c]` images of class c are right, the others are taken for the next class."""
    made = (WORLD.labels + 1) % CLASSES
    for index, count in enumerate(right):
        made[np.flatnonzero(WORLD.labels == index)[:count]] = index
    return made


def net(stages: tuple[str, ...], *right: tuple[int, ...]) -> ModelCase:
    made = {
        stage: predictions(WORLD, stage, 5.0 * np.eye(CLASSES)[answers(one)], "net")
        for stage, one in zip(stages, right, strict=True)
    }
    return ModelCase("net", "net", {0: made})


def judged(
    before: tuple[int, ...], after: tuple[int, ...], terms: Terms, against: str = OWN
) -> dict[str, Any]:
    """Document of a model with `before` and `after` right answers; by a baseline its own stages do not differ."""
    if against == BASELINE:
        baseline = baseline_from_json(accepted([net(("float", "int8"), before, before)], "0" * 64), "b.json")
        made = compare(
            [net(("float", "int8"), after, after)], terms=replace(terms, against=BASELINE, baseline=baseline)
        )
    else:
        made = compare([net(("float", "int8"), before, after)], terms=terms)
    return dict(json.loads(json_bytes(made)))


def numbers_of(document: Any) -> set[float]:
    """All numbers of a document as the sentences may show them: plain, as percent, rounded."""
    if isinstance(document, dict):
        return set().union(*map(numbers_of, document.values())) if document else set()
    if isinstance(document, list):
        return set().union(*map(numbers_of, document)) if document else {0.0}
    if isinstance(document, bool) or not isinstance(document, (int, float)):
        return set()
    return {abs(float(document))}


def is_known(text: str, known: np.ndarray) -> bool:
    """Whether a shown number is one of the document's, rounded to the digits shown, as itself or as percent."""
    value = abs(float(text.replace(",", "").replace(MINUS, "-")))
    mantissa, _, exponent = text.partition("e")
    digits = len(mantissa.partition(".")[2])
    unit = 10.0 ** (int(exponent or 0) - digits)
    every = np.concatenate([known, 100 * known])
    return bool((np.abs(every - value) <= 0.5 * unit * (1 + 1e-6)).any())


COUNTS = st.lists(st.integers(70, OF_CLASS), min_size=CLASSES, max_size=CLASSES).map(tuple)
LOSSES = st.lists(st.integers(-20, 30), min_size=CLASSES, max_size=CLASSES)


@settings(max_examples=25)
@given(COUNTS, LOSSES, st.integers(0, 12), st.integers(0, 5), st.sampled_from((OWN, BASELINE)))
def test_every_claim_follows_from_the_counts(
    before: tuple[int, ...], losses: list[int], class_drop: int, accuracy_drop: int, against: str
) -> None:
    after = tuple(min(OF_CLASS, max(55, b - loss)) for b, loss in zip(before, losses, strict=True))
    lost = [b - a for b, a in zip(before, after, strict=True)]
    made = judged(before, after, quick_terms(class_drop, accuracy_drop), against)
    said, gate = verdict(made), made["gate"]
    _changes(made, before, after, said.sentence, against)
    failing = {v["class"] for v in gate["violations"]}
    for index, name in enumerate(NAMES):
        assert name not in failing or lost[index] > class_drop
        text = change_in_words(made)
        if f"class '{name}'" in text and "yet within what chance does" in text.partition("Largest")[2]:
            assert lost[index] > class_drop and name not in failing
    if "yet within" in change_in_words(made).partition("Largest")[0]:
        assert sum(lost) / CLASSES > accuracy_drop and None not in failing
    if said.word == "Fail":
        assert [name for name in NAMES if f"{name}" in said.sentence] == [
            name for name in NAMES if name in failing
        ]
    flipped = float(sum(map(abs, lost)))
    known = np.array(sorted(numbers_of(made) | {0.0, flipped}))
    spoken = [said.sentence, *violation_texts(made), *made["suspicious"], *made["warnings"], *gate["reasons"],
              *(check["message"] for check in gate["checks"]), *(one.message for one in gate_cases(made))]  # fmt: skip
    for text in spoken:
        plain = re.sub(r"'[^']*'|class \d+", "", text)
        for number in NUMBER.findall(plain):
            assert is_known(number, known), (number, text)


def _changes(
    made: dict[str, Any], before: tuple[int, ...], after: tuple[int, ...], sentence: str, against: str
) -> None:
    """The view of classes is the one that was judged, in document, sentence and figure."""
    changes = made["models"][0]["class_changes"]
    assert changes["against"] == against
    assert (changes["accuracy_before"], changes["accuracy_after"]) == pytest.approx(
        (sum(before) / len(WORLD.labels), sum(after) / len(WORLD.labels))
    )
    for row in changes["classes"]:
        index = row["index"]
        assert row["change_points"] == pytest.approx(after[index] - before[index])
        assert (row["lost"], row["gained"]) == (
            max(0, before[index] - after[index]),
            max(0, after[index] - before[index]),
        )
    assert worst_model(made) is not None
    if made["gate"]["passed"]:
        moved = (sum(after) - sum(before)) / len(WORLD.labels) * 100
        assert re.search(
            rf"{100 * changes['accuracy_before']:.1f} % → {100 * changes['accuracy_after']:.1f} %", sentence
        )
        assert f"{abs(moved):.1f} points" in sentence
        assert (
            f"{sum(abs(a - b) for a, b in zip(after, before, strict=True))} of 400 labels flipped" in sentence
        )
        worst = min(a - b for a, b in zip(after, before, strict=True))
        assert ("No class lost accuracy" in sentence) == (worst >= 0)
        rows = losers(made)
        assert not rows or rows[0]["change_points"] == pytest.approx(worst)


def test_a_loss_of_exactly_the_allowance_is_not_more_than_allowed() -> None:
    """93 to 86 of 100, allowance 7: at the allowance, and p = 2^-7 is below the level."""
    text = change_in_words(judged((93, 100, 100, 100), (86, 100, 100, 100), quick_terms(7.0, 5.0)))
    assert f"{MINUS}7.0 points" in text and "more than" not in text and "chance" not in text


def test_chance_is_named_where_it_is_the_cause() -> None:
    """2 of 100 lost, allowance 1: a true loss of 1 does that in a quarter of runs, times four classes."""
    made = judged((90, 100, 100, 100), (88, 100, 100, 100), quick_terms(1.0, 5.0))
    assert "more than the 1 allowed and yet within what chance does (p = 1)" in change_in_words(made)


def test_a_pass_names_the_accuracy_that_fell() -> None:
    text = verdict(judged((90,) * 4, (86, 86, 86, 86), quick_terms(5.0, 5.0))).sentence
    assert f"Accuracy 90.0 % → 86.0 % ({MINUS}4.0 points)" in text


def test_the_page_shows_what_the_baseline_judged() -> None:
    made = judged((90,) * 4, (90, 10, 90, 90), quick_terms(5.0, 50.0), BASELINE)
    page = report_page(made)
    assert f"{MINUS}80.0" in page and "from the accepted baseline" in page.lower()
    assert "of the accepted baseline (open) to int8 (filled)" in page
    assert "no change to show" not in page


def test_one_stage_by_a_baseline_has_a_change_to_show() -> None:
    baseline = baseline_from_json(accepted([net(("int8",), (90,) * 4)], "0" * 64), "b.json")
    made = compare([net(("int8",), (90, 89, 90, 90))], terms=Terms(against=BASELINE, baseline=baseline))
    assert "no change to show" not in verdict(made).sentence and made["gate"]["verdict"] == "pass"


def test_what_is_not_shown_is_not_said_to_be_lost() -> None:
    """Non-inferiority fails without any loss where there are too few images."""
    rule = Rule("class_accuracy", "class_accuracy", 1.0, test="non-inferiority")
    made = judged((90,) * 4, (90,) * 4, Terms(Policy((rule,))))
    said = [verdict(made).sentence, *violation_texts(made)]
    assert "not shown to be within the margin" in said[0] and "lost too much" not in said[0]
    assert all("is not shown to have lost less than 1 points" in text for text in said[1:])


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (Rule("a", "class_accuracy", 1.0), "no class may lose more than 1 point"),
        (Rule("a", "class_accuracy", 5.0, classes={"cat": ClassRule(20.0)}),
         "no class may lose more than 5 points ('cat': 20)"),
        (Rule("a", "class_accuracy", 5.0, test="non-inferiority"), "every class shown to lose less than 5 points"),
        (Rule("a", "accuracy", 2.0, severity="warn"), "accuracy may lose at most 2 points (only warns)"),
        (Rule("a", "latency_ms", allowance_percent=3.0, limit=10.0, direction="rise", test="none"),
         "latency ms at most 10 ms and latency ms may grow by at most 3 % of the baseline"),
    ],
)  # fmt: skip
def test_a_rule_says_all_that_it_asks(rule: Rule, text: str) -> None:
    assert rule_text(rule.document(None)) == text


@given(st.floats(0, 100), st.floats(0, 100))
def test_a_number_is_shown_on_its_side_of_the_limit(value: float, limit: float) -> None:
    shown = float(told_apart(value, limit))
    assert abs(shown - value) <= 0.05 + 1e-9
    if abs(value - limit) > 1e-6:
        assert (shown > limit) == (value > limit)


def test_no_change_and_the_other_way_are_said_so() -> None:
    made = judged((90,) * 4, (90,) * 4, quick_terms(5.0, 1.0))
    (accuracy,) = [check for check in made["gate"]["checks"] if check["metric"] == "accuracy"]
    assert "accuracy did not change, 1 allowed" in accuracy["message"]
    made = judged((90,) * 4, (92, 90, 90, 90), quick_terms(5.0, 1.0))
    messages = {case.name: case.message for case in gate_cases(made)}
    assert messages[NAMES[0]].startswith("2.0 points better") and messages[NAMES[1]].startswith("no change")


def test_all_outputs_agree_on_the_verdict() -> None:
    for terms in (quick_terms(5.0, 5.0), quick_terms(1.0, 0.5), Terms(Policy(()))):
        made = judged((90,) * 4, (80, 90, 90, 90), terms)
        word = verdict(made).word
        assert f"edgeval: {word.lower()} " in comment_markdown(made, "a")
        assert annotation_lines(made)[-1].startswith(f"::notice title=edgeval%3A {word}::")
        failed = b"<failure" in junit_xml(made) or b"<error" in junit_xml(made)
        assert failed == (not made["gate"]["passed"])
