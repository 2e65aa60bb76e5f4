"""Pages and other forms of a history. References: planted lines; TensorBoard's own reader; an XML parser."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from edgeval.api.history import History, add_line, keep_line, read_history
from edgeval.compare.document import compare
from edgeval.errors import StoreError
from edgeval.history.places import Place, read
from edgeval.report.history.outputs import badge_svg, benchmark_entries
from edgeval.report.history.page import history_page
from edgeval.report.history.series import failed_classes, series_of
from edgeval.report.write import write_report
from tests.history.lines import CLASSES, line
from tests.planted import grid, world
from tests.schemas import check

LINES = [line(number, "fail" if number == 7 else "pass") for number in range(12)]


def test_the_page_has_trends_marks_and_links() -> None:
    page = history_page(LINES, "History of planted", lambda one: one["verdict"] == "fail")
    assert page == history_page(LINES, "History of planted", lambda one: one["verdict"] == "fail")
    assert "1 regression in 12 comparisons, the last one at" in page
    assert page.count('<a href="net/report.html">') == 2  # among the regressions and among all
    assert "https://" not in page and "http://" not in page.replace("http://www.w3.org", "")
    for name in CLASSES:
        assert name in page


def test_names_of_strangers_are_text_and_links_stay_links() -> None:
    nasty = line(0, report="<script>alert(1)</script>", page="javascript:alert(1)")
    page = history_page([nasty], "<b>", lambda _: True)
    assert "<script>alert(1)" not in page and 'href="javascript:' not in page
    assert "javascript%3Aalert%281%29" in page


def test_series_know_what_the_gate_allowed() -> None:
    (series,) = series_of(LINES)
    point = series.points[7]
    assert (series.model, series.stage, point.status) == ("net", "int8", "fail")
    assert point.class_band("cat", anchor=False) == pytest.approx((0.85, 0.9))
    assert point.class_status("cat") == "fail" and point.class_status("dog") == "pass"
    assert failed_classes(point.line) == ["cat"]
    other = [*LINES, line(12, dataset={**LINES[0]["dataset"], "sha256": "1" * 64})]
    assert series_of(other)[0].breaks == [12]


def test_benchmark_entries_are_smaller_is_better() -> None:
    entries = {one["name"]: one for one in benchmark_entries(LINES[-1])}
    assert set(entries["net int8 error"]) == {"name", "unit", "value", "extra"}
    assert entries["net int8 error of cat"]["value"] == pytest.approx(100 * (1 - 0.79))
    assert entries["net latency_ms"]["value"] == 12.5 and "estimated" in entries["net latency_ms"]["extra"]


def test_the_badge_is_an_svg_of_verdict_and_day() -> None:
    for one in (LINES[0], LINES[7], line(1, "incomplete"), line(1, commit=None)):
        root = ElementTree.fromstring(badge_svg(one))
        assert root.tag.endswith("svg") and one["verdict"] in root.attrib["aria-label"]
        assert one["time"][:10] in root.attrib["aria-label"]


def test_tensorboard_reads_what_was_written(tmp_path: Path) -> None:
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    History("history.jsonl", LINES).save_tensorboard(tmp_path / "runs")
    seen = events.EventAccumulator(str(tmp_path / "runs")).Reload()
    cats = seen.Scalars("net/class/cat")
    assert [one.step for one in cats] == list(range(12))
    assert [one.value for one in cats] == pytest.approx([0.9 - 0.01 * number for number in range(12)])
    assert seen.Scalars("passed")[7].value == 0.0


def test_a_comparison_becomes_a_line_of_the_documented_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    cases = grid(world(classes=10, samples=300), seeds=(0,), device=True)[:1]
    document = compare(cases, target="stm32f746", engine="builtin")
    page = write_report(document, Path("reports/planted"))
    add_line("reports/history.jsonl", document, Path("reports/planted"), page, "0" * 64)
    (made,) = read("reports/history.jsonl")
    check("history", made)
    assert made["page"] == "planted/report.html" and made["report"] == "planted"
    seen = cases[0].seeds[0]["tflm"]
    assert made["models"][0]["stages"]["tflm"]["accuracy"] == pytest.approx(
        np.mean(seen.top1 == seen.labels), abs=1e-6
    )
    history = read_history()
    text = history.save(history.page).read_text()
    assert '<a href="planted/report.html">' in text, "the folder still holds this comparison"
    assert '<a href="reports/planted/report.html">' in history.save("index.html").read_text()
    write_report({**document, "record_only": True}, Path("reports/planted"))
    assert '<a href="planted' not in history.save(history.page).read_text(), (
        "another comparison lies there now"
    )
    Path("reports/history.jsonl").write_text("no line\n")
    keep_line(Place("reports/history.jsonl", asked=False), document, Path("reports/planted"), page, None)
    assert "the history was not kept" in capsys.readouterr().err
    with pytest.raises(StoreError, match="line 1 is no line"):
        keep_line(Place("reports/history.jsonl"), document, Path("reports/planted"), page, None)
    with pytest.raises(StoreError, match="holds no comparison"):
        read_history("nothing.jsonl")
