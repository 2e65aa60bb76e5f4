"""The comment's three sentences and its picture. References: what was planted; Pillow for the picture."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.gate.terms import quick_terms
from edgeval.report.ci.comment import PICTURE, comment_markdown
from edgeval.report.figures.decision import CELLS, class_rows, picture_png, picture_text
from edgeval.report.words.decision import is_it_real, what_changed, what_next
from tests.planted import predictions, with_failures, world

WORLD = world(classes=10, samples=1000)


def document(lost: int, failed: int = 0, name: str = "cat") -> dict[str, Any]:
    """The first `lost` images of class 3 are wrong at stage int8, and the first `failed` of all fail there."""
    info = WORLD.info
    names = tuple(name if one == "cat" else one for one in info.classes)
    where = type(WORLD)(type(info)(info.name, info.sha256, info.samples, names), WORLD.labels, WORLD.luck)
    answers = where.labels.copy()
    answers[np.flatnonzero(where.labels == 3)[:lost]] = 4
    before = predictions(where, "float", 5.0 * np.eye(10)[where.labels])
    after = with_failures(predictions(where, "int8", 5.0 * np.eye(10)[answers]), list(range(failed)))
    case = ModelCase("net", "net", {0: {"float": before, "int8": after}})
    made: dict[str, Any] = compare([case], terms=quick_terms(5.0, 1.0))
    return made


@pytest.fixture(scope="module")
def failing() -> dict[str, Any]:
    return document(30)


def test_a_regression_is_said_with_its_evidence_and_a_command(failing: dict[str, Any]) -> None:
    assert "class 'cat', −30.0 points" in what_changed(failing)
    assert is_it_real(failing).startswith(
        "Yes: cat of net lost 30.0 points of 100 images, more than the 5 allowed, p = "
    )
    assert what_next(failing, "r")[1] == 'edgeval acknowledge cat --reason "WHY" --until YYYY-MM-DD'
    text = comment_markdown(failing, "r")
    assert [text.count(f"**{words}**") for words in ("What changed.", "Is it real?", "What next?")] == [
        1,
        1,
        1,
    ]
    assert text.index(PICTURE) < text.index("<details>") and text.rstrip().endswith("</details>")


def test_what_is_shown_in_part_and_what_is_chance() -> None:
    part = document(9)
    assert part["gate"]["verdict"] == "pass"
    assert is_it_real(part).startswith("Partly: a loss is shown (cat), but not that it is beyond")
    chance = document(1)
    assert is_it_real(chance).startswith("No: ")
    assert what_next(chance, "r") == ("Nothing; merge.", None)


def test_failed_inferences_are_the_devices_fault() -> None:
    seen = document(0, failed=80)
    assert seen["gate"]["verdict"] == "fail"
    assert "But 80 of 1,000 inferences of net int8 failed" in is_it_real(seen)
    assert what_next(seen, "r")[0].startswith("Run it again")


def test_the_picture_shows_loss_interval_and_allowance(failing: dict[str, Any]) -> None:
    (cat, *others) = class_rows(failing)
    assert (cat.name, cat.status, cat.allowed) == ("cat", "fail", -5.0) and cat.change == pytest.approx(-30)
    assert cat.low is not None and cat.high is not None and cat.low < -30 < cat.high < -5
    assert all(row.change == 0 for row in others)
    head, first, *_ = picture_text(failing)
    bar = first[len(head) - CELLS :]
    assert bar.count("✕") == 1 and bar.endswith("fails") and "┊" in bar and "│" in bar
    assert bar.index("✕") < bar.index("┊") < bar.index("│")
    picture = picture_png(failing)
    assert picture is not None and picture == picture_png(failing)
    assert Image.open(io.BytesIO(picture)).width > 600


def test_a_hostile_class_name_stays_text() -> None:
    seen = document(30, name="```\n<script>$x$")
    text = comment_markdown(seen, "r")
    chart = text[text.index("```text") :]
    assert "```\n<script>" not in chart[: chart.index("\n```\n")]
    command = what_next(seen, "r")[1]
    assert (
        command is not None and "\n" not in comment_markdown(seen, "r").split("```sh\n")[1].split("\n```")[0]
    )
    assert picture_png(seen)
