"""Corrupted images in the report. References: the document's own figures, and planted answers set by hand."""

from __future__ import annotations

import copy
import csv
import io
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from edgeval import store
from edgeval.analysis.document import analyze_models
from edgeval.analysis.inputs.measured import from_cases
from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.documents.files import ANALYSIS_JSON, ROBUSTNESS_JSON
from edgeval.report.figures.robustness import robustness_figures
from edgeval.report.fresh import same_models
from edgeval.report.page import report_page
from edgeval.report.tables.robustness import (
    class_table,
    corruption_table,
    later_table,
    overlap_tables,
    size_table,
)
from edgeval.report.words.robustness import class_verdicts, robustness_findings
from edgeval.report.write import has_page, render_folder, write_report
from tests.planted import grid, world
from tests.report.conftest import CORRUPTIONS, corrupted

Document = dict[str, Any]


@pytest.fixture(scope="module")
def cases() -> list[ModelCase]:
    return grid(world(samples=300))


@pytest.fixture(scope="module")
def found(cases: list[ModelCase]) -> Document:
    return corrupted(cases)


@pytest.fixture(scope="module")
def comparison(cases: list[ModelCase]) -> Document:
    return compare(cases)


@pytest.fixture(scope="module")
def analysis(cases: list[ModelCase]) -> Document:
    return analyze_models(*from_cases(cases), "planted", resamples=20)


def answering(found: Document, *answers: bool | None) -> Document:
    """The same with planted answers at the judged stage, for one size after the other."""
    document = copy.deepcopy(found)
    rows = [row for row in document["class_drops"] if row["stage"] == "int8"]
    for row, answer in zip(rows, answers, strict=True):
        row.update(same_classes=answer, spearman=0.0 if answer is None else 0.8 if answer else -0.8)
        row["ci95"] = [-0.4, 0.4] if answer is None else [0.3, 0.95] if answer else [-0.95, -0.3]
    return document


def test_the_verdict_says_what_the_interval_says(found: Document) -> None:
    same, other = class_verdicts(answering(found, True, False))
    assert same == (
        "Corruption hurts the classes that shrinking to scalecnn-4 hurts: rank correlation of the classes' losses "
        "0.80, 95 % interval 0.30 to 0.95."
    )
    assert (
        other.startswith("Corruption hurts other classes than shrinking to scalecnn-8 does")
        and "−0.95" in other
    )
    (unknown,) = class_verdicts(answering(found, None, None))
    assert unknown.startswith(
        "It cannot be told whether corruption hurts the classes that shrinking to scalecnn-4 and"
    )
    assert "0.00 to 0.00, each interval holds 0" in unknown
    alone = {**found, "class_drops": []}
    assert class_verdicts(alone) == [
        "No family has two sizes, so there is no loss by shrinking to compare with."
    ]


def test_later_stages_are_said_to_lose_more_only_beyond_chance(found: Document) -> None:
    document = copy.deepcopy(found)
    for step, bounds in zip(
        document["steps"], ((0.01, 0.03), (-0.01, 0.01), (-0.03, -0.02), (-0.1, 0.1)), strict=True
    ):
        step.update(extra_drop=sum(bounds) / 2, extra_drop_ci95=list(bounds))
    first, second, third = (document["steps"][at]["model"] for at in range(3))
    text = robustness_findings(document)[-1]
    assert text == (
        f"Compared with float, stage int8 loses more to corruption at {first} (2.0 points) and less to corruption at "
        f"{third} (−2.5 points)."
    )
    table = later_table(document)
    assert table is not None
    assert [row[-1].text for row in table.rows] == ["loses more", "no", "loses less", "no"]
    assert second in table.rows[1][0].text
    document["steps"] = [document["steps"][1]]
    assert robustness_findings(document)[-1].endswith(
        "no more and no less to corruption beyond chance, at any size."
    )


def test_the_costliest_corruption_is_that_of_the_largest_mean_drop(found: Document) -> None:
    document = copy.deepcopy(found)
    for row in document["stages"][-1]["models"]:
        for of in row["by_corruption"]:
            of["accuracy"][-1] = row["accuracy"] - (0.3 if of["corruption"] == "fog" else 0.1)
    assert (
        robustness_findings(document)[0]
        == "At severity 5 fog costs most: 30.0 points of accuracy at stage int8."
    )


def test_tables_hold_the_document_s_figures(found: Document) -> None:
    entry = found["stages"][-1]
    for row, cells in zip(entry["models"], size_table(entry).rows, strict=True):
        assert [cells[at].value for at in (0, 2, 3, 4)] == [
            row[key] for key in ("model", "accuracy", "corrupted_accuracy", "drop")
        ]
    table = corruption_table(found, entry)
    assert [column.label for column in table.columns[2:]] == ["gaussian noise", "fog", "contrast"]
    low, high = (f"{100 * value:.1f}" for value in entry["models"][0]["by_corruption"][1]["accuracy"])
    assert table.rows[0][3].text == f"{low} / {high}"
    losses = class_table(found)
    assert losses is not None and len(losses.rows) == len(found["class_drops"]) == 4
    (_, sizes), (_, own) = overlap_tables(found, "int8")
    assert [row[2].text for row in sizes.rows[:3]] == ["clean", "1", "5"]
    assert own.rows[1][2].value == found["overlap"]["corrupted_against_clean"][4]["by_severity"][1]["jaccard"]


@pytest.mark.filterwarnings("error")
def test_figures_are_sound_and_carry_their_numbers(found: Document) -> None:
    severity, losses = robustness_figures(found)
    assert [severity, losses] == robustness_figures(found)
    for figure in (severity, losses):
        ElementTree.fromstring(figure.svg)
        assert "nan" not in figure.svg and len(figure.alt) > 40
    rows = {(row["model"], row["corruption"]): row for row in csv.DictReader(io.StringIO(severity.csv))}
    for model in found["stages"][-1]["models"]:
        for of in model["by_corruption"]:
            row = rows[model["model"], of["corruption"]]
            assert [float(row[key]) for key in ("clean", "severity_1", "severity_5")] == [
                model["accuracy"], *of["accuracy"],
            ]  # fmt: skip
    texts = list(ElementTree.fromstring(severity.svg).itertext())
    assert all(name.replace("_", " ") in texts for name in CORRUPTIONS)
    (first, _) = csv.DictReader(io.StringIO(losses.csv))
    (drops, *_) = [row for row in found["class_drops"] if row["stage"] == "int8"]
    assert (float(first["spearman"]), float(first["low95"])) == (drops["spearman"], drops["ci95"][0])


def test_many_sizes_are_drawn_by_the_ends_of_each_family(found: Document) -> None:
    document = copy.deepcopy(found)
    stage = document["stages"][-1]
    stage["models"] = [
        {**stage["models"][0], "model": f"{family}-{size}", "family": family, "params": 1000 * size}
        for family in ("a", "b")
        for size in range(1, 10)
    ]
    document["class_drops"] = []
    (figure,) = robustness_figures(document)
    texts = set(ElementTree.fromstring(figure.svg).itertext())
    assert {"a-1", "a-5", "a-9", "b-1", "b-5", "b-9"} <= texts and "a-2" not in texts
    assert "6 of 18 sizes" in figure.caption and len(figure.csv.splitlines()) == 1 + 18 * len(CORRUPTIONS)


def test_a_page_shows_it_only_beside_the_same_models(
    tmp_path: Path,
    comparison: Document,
    analysis: Document,
    found: Document,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert not has_page(tmp_path)
    write_report(comparison, tmp_path)
    store.publish(tmp_path, ROBUSTNESS_JSON, store.json_bytes(found))
    assert has_page(tmp_path) and 'id="robustness"' in render_folder(tmp_path).read_text()
    stale = copy.deepcopy(found)
    stale["models"][0]["model_sha256"] = "0" * 64
    store.publish(tmp_path, ROBUSTNESS_JSON, store.json_bytes(stale))
    assert 'id="robustness"' not in render_folder(tmp_path).read_text()
    assert "was made from other models or data than compare.json and is left out" in capsys.readouterr().err
    alone = tmp_path / "alone"
    store.publish(alone, ANALYSIS_JSON, store.json_bytes(analysis))
    store.publish(alone, ROBUSTNESS_JSON, store.json_bytes(found))
    assert 'id="robustness"' in render_folder(alone).read_text()


def test_what_counts_as_the_same(cases: list[ModelCase], comparison: Document, analysis: Document) -> None:
    found = corrupted(cases)
    assert (
        same_models(comparison, found) and same_models(analysis, found) and same_models(comparison, analysis)
    )
    for change in ({"dataset": {**found["dataset"], "sha256": "0" * 64}}, {"models": []}):
        assert not same_models(comparison, {**found, **change}) and not same_models(
            analysis, {**found, **change}
        )
    other = copy.deepcopy(found)
    other["models"][-1]["model_sha256"] = "0" * 64
    assert not same_models(analysis, other)


def test_the_page_says_gamma_frontiers_budgets_and_thresholds(analysis: Document) -> None:
    document = copy.deepcopy(analysis)
    document["activation_rank"] = {
        "layers": [],
        "theory": [
            {"family": family, "gamma_measured": 0.4, "gamma_ci95": [0.3, 0.5], "gamma_implied": implied,
             "alpha_predicted": -0.02, "alpha": 0.1, "agrees": agrees}
            for family, implied, agrees in (("a", 0.45, True), ("b", 0.9, False), ("c", None, None))
        ],
    }  # fmt: skip
    names = [row["model"] for row in document["frontier"]["models"]]
    document["size_to_ship"] = {
        "floors": {"min_accuracy": 0.6, "min_class_accuracy": None},
        "budgets": {"target": "stm32f746", "engine": "builtin", "ram_bytes": 327680, "flash_bytes": 1048576},
        "model": names[1], "params": 74_000, "cautions": [],
        "refused": [{"model": names[0], "params": 19_000, "reasons": ["RAM: 9 bytes are more than 8"]}],
    }  # fmt: skip
    page = report_page(None, document)
    for text in (
        "they agree", "they do not agree", "cannot be told", "−0.020",
        "Budget on stm32f746 with engine builtin: 320.0 KiB of RAM, 1,024.0 KiB of flash.",
        f"{names[0]} is refused: RAM: 9 bytes are more than 8.", "every cost", "counted",
        "no threshold above", "values after", "highest after",
    ):  # fmt: skip
        assert text in page, text
    for row in next(e for e in document["calibration"] if e["stage"] == document["frontier"]["stage"])[
        "models"
    ]:
        assert f"{row['match'].capitalize()}: " in page
