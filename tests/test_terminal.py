"""Hostile names never become a command of the CI, a formula, or markup.

References: the runner's reader of commands, written down below from actions/runner (ActionCommand: `::name` at a
line's start after white space, `##[name]` anywhere in a line); OWASP on CSV injection; GitHub's Markdown.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from edgeval.compare.document import compare
from edgeval.gate.terms import quick_terms
from edgeval.progress import say
from edgeval.report.ci.comment import comment_markdown
from edgeval.report.ci.github import annotation_lines
from edgeval.report.ci.junit import junit_xml
from edgeval.report.figures.all import report_figures
from edgeval.report.figures.drawing import csv_text
from edgeval.report.markdown.blocks import escaped
from edgeval.report.page import report_page
from edgeval.report.view import view
from edgeval.terminal import safe, tell, tell_json
from tests.planted import World, grid, world

PACKAGE = Path(__file__).resolve().parents[1] / "edgeval"
HOSTILE = (
    "cat\n::error file=a::owned", "cat\r\n ::set-output name=a::b", "a ##[error]owned", "=1+1", "@everyone",
    "-2+3|x", "\x1b[2J\x07wiped", "\u202etxt.exe", "<script>alert(1)</script>", "&lt;b&gt; [x](http://a) `c`",
)  # fmt: skip


def is_command(line: str) -> bool:
    """Whether the runner takes a line of a stream for a command."""
    return bool(re.match(r"\s*::[A-Za-z]", line) or re.search(r"##\[[^\]]*\]", line))


def lines_of(text: str) -> list[str]:
    return re.split(r"\r\n|\n|\r|\u2028|\u2029|\x85", text)


TEXTS = st.one_of(
    st.sampled_from(HOSTILE), st.text(st.sampled_from(list(":#[]a \n\r\t\x1b\u2028")), max_size=20)
)


@given(st.lists(TEXTS, max_size=4))
def test_no_text_is_a_command_or_controls_a_terminal(parts: list[str]) -> None:
    shown = safe("\n".join(parts))
    assert not any(map(is_command, lines_of(shown)))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)
    assert safe(shown) == shown


def test_harmless_text_stays() -> None:
    for text in ("Pass: 3 of 10 labels flipped.", "päss → ✓ a::b", "  indented # [1]\n\nnext", "std::vector"):
        assert safe(text) == text


def test_both_streams_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    for name in HOSTILE:
        say(f"{name}: said")
        tell(f"{name}\n  {name}")
        tell_json(json.dumps({name: [name]}))
    out, err = capsys.readouterr()
    assert not any(map(is_command, lines_of(out) + lines_of(err)))
    documents = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    assert documents == [{name: [name]} for name in HOSTILE]


def test_every_command_prints_through_the_safe_place() -> None:
    """`click.echo` and `print` bypass it; the annotations are commands on purpose, doctor reads what a probe prints."""
    allowed = {"terminal.py": 2, "progress.py": 2, "cli.py": 1, "compare.py": 1, "probes.py": 2}
    for module in PACKAGE.rglob("*.py"):
        found = len(re.findall(r"click\.echo\(|(?<![\w.])print\(", module.read_text()))
        assert found <= allowed.get(module.name, 0), module


@pytest.fixture(scope="module")
def hostile() -> dict[str, Any]:
    """A comparison whose classes and data set have hostile names, with a class that lost."""
    made = world()
    info = replace(made.info, name=HOSTILE[0], classes=HOSTILE)
    cases = grid(World(info, made.labels, made.luck), seeds=(0,), stages=("float", "int8"), hurt=0)[:2]
    document: dict[str, Any] = json.loads(json.dumps(compare(cases, terms=quick_terms(1.0, 0.5))))
    assert document["gate"]["violations"]
    return document


def test_annotations_have_one_line_each(hostile: dict[str, Any]) -> None:
    for line in annotation_lines(hostile):
        assert len(lines_of(line)) == 1 and line.startswith(("::error ", "::warning ", "::notice "))


def test_markdown_shows_names_as_text(hostile: dict[str, Any]) -> None:
    text = comment_markdown(hostile, "a")
    assert not any(is_command(line) for line in text.splitlines())
    assert "<script" not in text.replace("\\<script", "") and "@everyone" not in text
    assert not re.search("[\x00-\x09\x0b-\x1f]", text)
    assert escaped("a&lt;b") == "a&amp;lt;b"


def test_junit_and_page_are_whole(hostile: dict[str, Any]) -> None:
    from xml.etree import ElementTree

    ElementTree.fromstring(junit_xml(hostile))
    page = report_page(hostile)
    assert "<script>alert" not in page and "\x1b[2J" not in page


def test_no_download_has_a_formula(hostile: dict[str, Any]) -> None:
    texts = [
        figure.csv
        for figures in report_figures(view(hostile, None) | hostile, None).values()
        for figure in figures
    ]
    assert any("=1+1" in text for text in texts)
    for text in texts:
        for row in csv.reader(io.StringIO(text)):
            for field in row:
                assert not field.startswith(("=", "+", "@", "\t", "\r")), field
                assert not field.startswith("-") or float(field) < 0, field


def test_a_number_stays_a_number() -> None:
    assert csv_text(("-a", "b"), [("=1", -2.5), ("x", None)]) == "'-a,b\r\n'=1,-2.5\r\nx,\r\n"


def test_the_programs_last_line_is_safe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from edgeval import cli

    with pytest.raises(SystemExit) as end:
        cli.main(["compare", "--grid", "no\n::error::grid ##[error]x"])
    assert end.value.code == 2
    assert not any(map(is_command, lines_of("".join(capsys.readouterr()))))
