"""Figures: same bytes every time, no name used twice, the drawn numbers as CSV."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from typing import Any

import pytest

from edgeval.compare.document import compare
from edgeval.report.figures.drawing import Figure, csv_text, short_count
from edgeval.report.figures.reliability import reliability_curves
from tests.planted import grid, world
from tests.report.conftest import all_figures

ALL = [
    "changes", "flips", "error", "residuals", "local", "overlap", "heatmap", "gini", "extremes", "ece", "reliability"
]  # fmt: skip


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_grid_has_all_figures_and_they_are_the_same_twice(
    failing: dict[str, Any], failing_figures: list[Figure]
) -> None:
    assert [figure.id for figure in failing_figures] == ALL
    assert failing_figures == all_figures(failing)


def test_svg_is_sound_carries_no_time_and_shares_no_id(hundred_figures: list[Figure]) -> None:
    ids: Counter[str] = Counter()
    for figure in hundred_figures:
        ElementTree.fromstring(figure.svg)
        found = re.findall(r'\bid="([^"]+)"', figure.svg)
        assert all(name.startswith(f"{figure.id}-") for name in found)
        used = re.findall(r'(?:href="#|url\(#)([^")]+)', figure.svg)
        assert set(used) <= set(found)
        assert not re.search(r"<metadata|<!DOCTYPE|<dc:date", figure.svg)
        assert len(figure.alt) > 40
        assert len(figure.svg) < 400_000
        ids.update(found)
    assert max(ids.values()) == 1


def test_csv_holds_the_numbers_of_the_document(
    failing: dict[str, Any], failing_figures: list[Figure]
) -> None:
    figures = {figure.id: table(figure.csv) for figure in failing_figures}
    for model in failing["models"]:
        stage = model["stages"]["tflm"]
        (error,) = [r for r in figures["error"] if (r["model"], r["stage"]) == (model["id"], "tflm")]
        assert float(error["error"]) == pytest.approx(1 - stage["accuracy"])
        (gini,) = [row for row in figures["gini"] if row["model"] == model["id"]]
        assert float(gini["gini"]) == stage["gini"]
        cells = {row["class"]: float(row[model["id"]]) for row in figures["heatmap"]}
        assert list(map(cells.get, failing["dataset"]["classes"])) == pytest.approx(
            stage["per_class_accuracy"]
        )
    flips = {(row["model"], row["to"]): row for row in figures["flips"]}
    (step,) = [step for step in failing["models"][0]["transitions"] if step["to"] == "int8"]
    assert int(flips["scalecnn-4", "int8"]["lost"]) == step["lost"]


def test_class_names_are_text_everywhere(hundred: dict[str, Any], hundred_figures: list[Figure]) -> None:
    figures = {figure.id: figure for figure in hundred_figures}
    assert {row["class"] for row in table(figures["heatmap"].csv)} == set(hundred["dataset"]["classes"])
    labels = "".join(ElementTree.fromstring(figures["heatmap"].svg).itertext())
    assert 'a "$x$" | b, _c_' in labels and "<script>alert(1)</script>" in labels


def test_one_file_has_no_figures_over_sizes(single: dict[str, Any]) -> None:
    assert [figure.id for figure in all_figures(single)] == ["changes", "flips", "reliability"]
    assert [name for name, _ in reliability_curves(single)] == ["int8", "tflm"]


def test_the_reliability_diagram_keeps_the_smallest_and_the_largest(failing: dict[str, Any]) -> None:
    models = [{**failing["models"][0], "id": f"net-{size:02d}", "params": size} for size in range(1, 19)]
    names = [name for name, _ in reliability_curves({**failing, "models": models})]
    assert len(names) == 6
    assert (names[0], names[-1]) == ("net-01 tflm", "net-18 tflm")


def test_short_counts() -> None:
    assert [short_count(value) for value in (950, 21_936, 1_198_916, 2e9)] == ["950", "21.9k", "1.2M", "2G"]


def test_csv_quotes_and_leaves_missing_numbers_empty() -> None:
    assert csv_text(("a", "b"), [("x,y", None), ('"', 1.5)]) == 'a,b\r\n"x,y",\r\n"""",1.5\r\n'


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("classes", "samples"), [(1, 10), (2, 50), (160, 320)])
def test_very_few_and_very_many_classes_can_be_drawn(classes: int, samples: int) -> None:
    document = compare(grid(world(classes, samples), seeds=(0,), stages=("float", "int8"), hurt=None))
    for figure in all_figures(document):
        ElementTree.fromstring(figure.svg)
        assert "nan" not in figure.svg
