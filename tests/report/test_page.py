"""The page and its Markdown: self-contained, escaped, verdict first."""

from __future__ import annotations

import copy
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from edgeval import store
from edgeval.compare.document import compare
from edgeval.errors import StoreError
from edgeval.gate.terms import quick_terms
from edgeval.report.markdown.comparison import comparison_markdown, escaped
from edgeval.report.page import report_page
from edgeval.report.tables.comparison import device_table, model_table
from edgeval.report.words.comparison import hit_classes, verdict
from edgeval.report.words.gate import violation_texts
from edgeval.report.write import write_report
from tests.planted import grid, world

VOID = {"meta", "link", "br", "img", "input", "hr", "path", "use"}


class Outline(HTMLParser):
    """Collects text, attributes and ids, and checks that what is opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))


def test_the_page_asks_for_nothing_from_outside(failing_page: str) -> None:
    page = failing_page
    outline = Outline(page)
    assert not {"img", "iframe", "object", "embed"} & set(outline.tags)
    for tag, name, value in outline.attributes:
        if name in ("src", "href", "xlink:href", "action", "poster"):
            assert value.startswith(("#", "data:")), (tag, name, value)
    assert not re.search(r"@import|url\((?!#)", page)
    links = re.findall(r"https?://[^\s\"'<]+", page)
    assert set(links) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_the_verdict_and_the_lost_classes_come_first(failing_page: str) -> None:
    text = Outline(failing_page).text
    start = text[: text.index("What changed on the way")]
    assert "Fail" in start
    assert "class 'cat' of scalecnn-4 lost" in start
    assert text.index("Fail") < text.index("What broke the limits") < text.index("Classes that lost most")


def test_figures_and_tables_say_in_words_what_they_show(failing_page: str) -> None:
    page = failing_page
    outline = Outline(page)
    labels = [value for tag, name, value in outline.attributes if (tag, name) == ("div", "aria-label")]
    assert len(labels) == outline.tags.count("figure") + page.count('class="scroll"')
    ids = [value for _, name, value in outline.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert ("html", "lang", "en") in outline.attributes


def test_awkward_class_names_stay_text(hundred_page: str) -> None:
    page = hundred_page
    outline = Outline(page)
    assert "alert(1)" in outline.text
    assert "<script>alert" not in page
    assert outline.tags.count("script") == 1 + outline.tags.count("figure")
    assert len(page) < 8_000_000


def test_a_single_file_gets_a_whole_page(single_page: str) -> None:
    text = Outline(single_page).text
    assert "Pass" in text and "labels flipped" in text
    assert "Error against size" not in text and "On the device" not in text
    assert "rounding only" in text


def test_one_stage_alone_is_shown_without_a_comparison() -> None:
    document = compare(grid(world(samples=100), seeds=(0,), stages=("float",))[:1])
    text = Outline(report_page(document)).text
    assert "has only the stage float" in text
    assert "lost most" not in text


def test_verdicts(failing: dict[str, Any], single: dict[str, Any]) -> None:
    passing = compare(grid(world(), hurt=None), terms=quick_terms(20.0, 5.0))
    assert [verdict(document).state for document in (failing, passing, single)] == ["fail", "pass", "pass"]
    assert verdict(failing).sentence.startswith("1 class lost too much: cat (in scalecnn-4")
    assert "no class may lose more than 20 points" in verdict(passing).rule


def test_a_loss_beyond_its_allowance_that_passes_is_said_to_be_within_chance() -> None:
    """Reference: the gate's own check of that class, which has the p-value and lets it pass."""
    document = compare(grid(world(samples=200), seeds=(0,), hurt=None), terms=quick_terms(5.0, 20.0))
    assert document["gate"]["passed"]
    sentence = verdict(document).sentence
    assert "class 'dog' of scalecnn-16, −10.0 points" in sentence
    assert sentence.endswith("more than the 5 allowed and yet within what chance does (p = 1).")
    allowed = compare(grid(world(samples=200), seeds=(0,), hurt=None), terms=quick_terms(15.0, 20.0))
    assert verdict(allowed).sentence.endswith("−10.0 points from float to tflm.")


def test_violations_name_rule_model_stage_class_seen_and_limit(failing: dict[str, Any]) -> None:
    violation = failing["gate"]["violations"][0]
    text = violation_texts(failing)[0]
    for part in (
        "cat",
        violation["model"],
        "tflm",
        f"{violation['seen']:.1f} points",
        "limit 5",
        "100 images × 2 seeds",
    ):
        assert part in text


def test_a_violation_says_how_likely_chance_is(failing: dict[str, Any]) -> None:
    document = copy.deepcopy(failing)
    document["gate"]["violations"][0]["p_value"] = 0.25
    assert "p = 0.25" in violation_texts(document)[0]


def test_latencies_of_different_sources_stand_in_different_columns(failing: dict[str, Any]) -> None:
    document = copy.deepcopy(failing)
    document["models"][1]["latency_ms"]["source"] = "measured"
    table = device_table(document)
    assert table is not None
    headings = [column.heading for column in table.columns]
    assert headings[2:4] == ["latency, ms, estimated", "latency, ms, measured"]
    assert [row[2].text == "–" for row in table.rows] == [False, True, False, False]
    assert [row[3].text == "–" for row in table.rows] == [True, False, True, True]


def test_columns_without_a_value_are_left_out(single: dict[str, Any]) -> None:
    labels = [column.label for column in model_table(single).columns]
    assert "parameters" not in labels and "Jaccard" not in labels and "ECE" in labels


def test_the_classes_that_a_step_hits_are_named_with_their_counts() -> None:
    row = {"lost": 0, "gained": 0, "wrong_to_other_wrong": 0}
    step = {
        "flipped_classes": [
            {**row, "name": "cat", "lost": 2, "gained": 1},
            {**row, "name": "dog", "wrong_to_other_wrong": 1},
        ]
    }
    assert hit_classes(step) == "cat −2 +1, dog ~1"
    assert hit_classes(step, limit=1) == "cat −2 +1 and 1 more"


def test_markdown_is_short_and_keeps_names_apart_from_its_syntax(
    failing: dict[str, Any], hundred: dict[str, Any]
) -> None:
    text = comparison_markdown(failing)
    assert text.startswith("## ❌ edgeval: fail · 4 models on planted")
    assert len(text) < 6_000
    rows = [line for line in comparison_markdown(hundred).splitlines() if line.startswith("|")]
    for line in rows:
        assert "<script>" not in line.replace(r"\<script\>", "")
    assert escaped("a|b <i> `c` *d* _e_") == r"a\|b \<i\> \`c\` \*d\* \_e\_"


def test_the_folder_is_sealed_and_the_same_twice(single: dict[str, Any], tmp_path: Path) -> None:
    first, second = (tmp_path / name / "report" for name in "ab")  # comment.md names the folder
    for folder in (first, second):
        assert write_report(single, folder) == folder / "report.html"
    for name in ("compare.json", "compare.md", "report.html", "manifest.json"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert store.read_json(store.verified(first, "compare.json")) == single
    digest = store.sha256_file(first / "compare.json")
    assert digest in (first / "report.html").read_text()
    assert report_page(single, compare_sha256=digest) == (first / "report.html").read_text()
    (second / "compare.json").write_text("{}")
    with pytest.raises(StoreError, match="was changed"):
        store.verified(second, "compare.json")
