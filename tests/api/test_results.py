"""What results show, on planted predictions. References: the planted counts, html.parser, the comparison document."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import edgeval
from edgeval.api.comparison import Comparison
from edgeval.api.results import plain
from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.errors import ToolError, UsageError
from edgeval.evidence.settings import Settings
from tests.planted import grid, predictions, world

EVIL = "<script>alert(1)</script>"
LOST = 60


def answers(names: tuple[str, ...]) -> list[ModelCase]:
    """One model, right at float; at int8 the first LOST images of class 4 are taken for class 5."""
    where = world(classes=10, samples=1000)
    where = replace(where, info=replace(where.info, classes=names))
    answer = where.labels.copy()
    answer[np.flatnonzero(where.labels == 4)[:LOST]] = 5
    stages = {
        stage: predictions(where, stage, 5.0 * np.eye(10)[top1], "net")
        for stage, top1 in (("float", where.labels), ("int8", answer))
    }
    return [ModelCase("net", "net", {0: stages})]


def comparison(cases: list[ModelCase], folder: Path) -> Comparison:
    settings = Settings()
    return Comparison(plain(compare(cases, terms=settings.terms)), folder, cases, settings)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    names = tuple(EVIL if index == 4 else f"class {index}" for index in range(10))
    return comparison(answers(names), tmp_path_factory.mktemp("report"))


class Reader(HTMLParser):
    """Tags and text of a fragment."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_notebook_shows_the_tables_and_no_name_becomes_markup(result: Comparison) -> None:
    seen = Reader(result._repr_html_())
    assert seen.tags.count("table") == 3
    assert "script" not in seen.tags
    assert EVIL in seen.text
    assert f"{LOST}" in seen.text


def test_verdict_exit_code_and_steps(result: Comparison) -> None:
    assert (result.passed, result.verdict, result.exit_code) == (False, "fail", 1)
    (step,) = result.transitions
    assert (step["model"], step["from"], step["to"], step["lost"]) == ("net", "float", "int8", LOST)
    recorded = replace(result, settings=replace(result.settings, record_only=True))
    assert recorded.exit_code == 0


def test_tables_have_what_was_planted(result: Comparison) -> None:
    pytest.importorskip("pandas")
    stages = result.to_frame().set_index("stage")
    assert stages.accuracy.to_dict() == {"float": 1.0, "int8": 1 - LOST / 1000}
    samples = result.to_frame("samples")
    assert len(samples) == 2000
    assert (samples[samples.stage == "int8"].label != samples[samples.stage == "int8"].top1).sum() == LOST
    classes = result.to_frame("classes").set_index("name")
    assert classes.loc[EVIL, "accuracy_after"] == pytest.approx(1 - LOST / 100)
    assert result.to_frame("transitions").flipped.tolist() == [LOST]
    with pytest.raises(UsageError, match="did you mean 'samples'"):
        result.to_frame("sample")


def test_without_pandas_the_error_says_how_to_get_it(
    result: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ToolError, match="pip install pandas"):
        result.to_frame()


def test_predictions_are_found_by_name(result: Comparison) -> None:
    assert int(result.predictions("net", "int8").errors.sum()) == LOST
    with pytest.raises(UsageError, match="unknown model 'nett'"):
        result.predictions("nett", "int8")
    with pytest.raises(UsageError, match="net seed 0 has no stage tflm"):
        result.predictions("net", "tflm")


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield str(path.relative_to(folder)), path.read_bytes()


def test_a_report_is_read_again_and_saved_elsewhere_byte_for_byte(tmp_path: Path) -> None:
    first = comparison(grid(world(samples=200), seeds=(0,), stages=("float", "int8")), tmp_path / "planted")
    saved = first.save()
    again = edgeval.read_comparison(tmp_path / "planted")
    assert again.document == first.document
    before = dict(files(tmp_path / "planted"))
    assert again.save().seal == saved.seal  # onto itself: nothing is lost
    assert dict(files(tmp_path / "planted")) == before
    assert again.save(tmp_path / "other" / "planted").seal == saved.seal
    assert dict(files(tmp_path / "other" / "planted")) == before
    assert edgeval.verify(tmp_path / "other" / "planted", seal=saved.seal).verified
