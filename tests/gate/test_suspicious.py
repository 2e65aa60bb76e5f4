"""Figures that say nothing about a model are said first and loud. References: what was planted; scipy's binomial."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.stats import binom

from edgeval.cases.align import checked
from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.gate.suspicious import suspicious
from edgeval.report.ci.comment import comment_markdown
from edgeval.report.ci.github import annotation_lines
from edgeval.report.page import report_page
from edgeval.report.words.comparison import verdict
from edgeval.store import json_bytes
from tests.planted import grid, predictions, world

WORLD = world(classes=10, samples=500)
CLASSES = WORLD.info.classes


def net(answers: np.ndarray, name: str = "net") -> ModelCase:
    scores = 5.0 * np.eye(10)[answers]
    return ModelCase(
        name, name, {0: {stage: predictions(WORLD, stage, scores, name) for stage in ("float", "int8")}}
    )


def found(answers: np.ndarray) -> list[str]:
    return suspicious(checked([net(answers)], None))


def mostly(rng: np.random.Generator, answers: np.ndarray, right: float) -> np.ndarray:
    """The given answers for a share of the images, random ones for the others."""
    return np.where(rng.random(len(answers)) < right, answers, rng.integers(0, 10, len(answers)))


def test_good_models_are_not_suspicious() -> None:
    assert suspicious(checked(grid(WORLD), None)) == []


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(10)), st.floats(0.7, 1.0), st.integers(0, 99))
def test_labels_in_another_order_are_named(order: list[int], right: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    answers = mostly(rng, np.array(order)[WORLD.labels], right)
    texts = found(answers)
    moved = [index for index in range(10) if order[index] != index]
    if not moved:
        assert texts == []
        return
    (text,) = texts
    assert f"'{CLASSES[moved[0]]}' as '{CLASSES[order[moved[0]]]}'" in text
    assert f"it is {100 * np.mean(answers == WORLD.labels):.1f} %" in text
    assert f"would be {100 * np.mean(answers == np.array(order)[WORLD.labels]):.1f} %" in text


def test_labels_shifted_without_a_circle_are_named() -> None:
    """An output too many at the front: each class answers as the next one, the last as anything."""
    rng = np.random.default_rng(0)
    answers = np.where(WORLD.labels < 9, WORLD.labels + 1, rng.integers(0, 9, 500))
    (text,) = found(answers)
    assert "another order" in text and "'airplane' as 'automobile'" in text


def test_two_confused_classes_are_no_other_order() -> None:
    answers = WORLD.labels.copy()
    answers[WORLD.labels == 3] = 5
    assert found(answers) == []


def test_a_constant_answer() -> None:
    assert found(np.full(500, 3)) == [
        "net float: every answer is 'cat', whatever the image shows (so too at int8)"
    ]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 120), st.integers(0, 99))
def test_guessing_is_told_by_the_binomial(right: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    answers = (WORLD.labels + rng.integers(1, 10, 500)) % 10
    answers[:right] = WORLD.labels[:right]
    texts = found(answers)
    assert bool(texts) == (binom.sf(right - 1, 500, 0.1) > 0.01)
    if texts:
        assert f"accuracy {right / 5:.1f} % ({right} of 500 images)" in texts[0]


def test_classes_without_images_are_named() -> None:
    where = world(classes=10, samples=7)
    case = ModelCase("a", "a", {0: {"float": predictions(where, "float", 5.0 * np.eye(10)[where.labels])}})
    texts = suspicious(checked([case], None))
    assert texts == [
        "3 of 10 classes have no test image, so nothing is said about them: 'horse', 'ship', 'truck'"
    ]


@pytest.fixture(scope="module")
def shifted() -> dict[str, Any]:
    """Nothing changed from float to int8, and all of it is wrong."""
    answers = (WORLD.labels + 1) % 10
    answers[:200] = WORLD.labels[:200]  # enough that a loss could be found: the gate does judge it
    made: dict[str, Any] = json.loads(json_bytes(compare([net(answers)])))
    return made


def test_a_suspicious_pass_is_said_first_everywhere(shifted: dict[str, Any]) -> None:
    (text,) = shifted["suspicious"]
    assert shifted["gate"]["verdict"] == "pass" and shifted["warnings"][0] == text
    judged = verdict(shifted)
    assert (judged.state, judged.word) == ("doubt", "Pass, suspicious")
    assert text in judged.sentence
    comment = comment_markdown(shifted, "a").splitlines()
    assert comment[1].startswith("## ⚠️ edgeval: pass, suspicious") and comment[3].startswith(
        "> **Suspicious: net"
    )
    assert annotation_lines(shifted)[0].startswith("::warning title=edgeval%3A suspicious::net float")
    page = report_page(shifted)
    assert (
        page.index("Suspicious: net float") < page.index('class="scope"') and 'class="verdict doubt"' in page
    )
