"""The tables behind the steps; reference: the document's own figures, and the interval's sides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edgeval.compare.document import compare
from edgeval.report.markdown.comparison import comparison_markdown
from edgeval.report.page import report_page
from edgeval.report.tables.steps import looked_into, split_table
from tests.planted import grid, world

ROUNDING = {"rounding": "double rounding", "share": 1.0}


def row(index: int, step: int) -> dict[str, Any]:
    return {
        "index": index, "operator": "CONV_2D", "tensor": f"t{index}", "elements": 90, "differing": 3 * step,
        "largest_step": step, "accumulated_differing": 9, "accumulated_largest_step": 7,
        "channels": [{"channel": 5, "differing": 3, "largest_step": step}] if step else [],
        "rounding_from": ROUNDING if step == 1 else None, "rounding_to": ROUNDING if step == 1 else None,
    }  # fmt: skip


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Two models: the layers of the first diverge at layer 2, those of the second were not looked into."""
    layers = {
        "from": "int8", "to": "tflm", "samples": 4, "sample_ids": [1, 2, 3, 4], "reproduced_from": 4,
        "reproduced_to": 4, "verdict": "diverges", "text": "layer 2 it is", "explained_by": [],
        "diverges_at": row(2, 40), "operators": [row(0, 1), row(1, 0), row(2, 40)],
    }  # fmt: skip
    first, second, *_ = grid(world(), seeds=(0,))
    return compare([replace(first, layers={0: [layers]}), second])


def test_the_layers_that_differ_are_shown(document: dict[str, Any]) -> None:
    ((where, step, table),) = looked_into(document)
    assert where == "scalecnn-4, int8 → tflm" and step["verdict"] == "diverges"
    assert [line[0].text for line in table.rows] == ["0", "2"]
    rounded, wrong = table.rows
    assert rounded[8].text == "double rounding, 100 %"
    assert (wrong[4].text, wrong[4].tone, wrong[8].text) == ("40", "bad", "–")


def test_causes_stand_in_columns(document: dict[str, Any]) -> None:
    table = split_table(document)
    assert [column.label for column in table.columns[3:]] == ["quantization", "kernel rounding"]
    for line, model in zip(table.rows, document["models"], strict=True):
        assert line[1].text == "float → int8 → tflm"
        parts = model["accuracy_split"]["parts"]
        assert [cell.value for cell in line[3:]] == [part["change_points"] for part in parts]


@pytest.mark.parametrize(
    ("low", "high", "tone"), [(-2.0, -1.0, "bad"), (-2.0, 0.0, ""), (-1.0, 1.0, ""), (0.5, 1.0, "good")]
)
def test_a_cause_is_marked_where_its_interval_leaves_out_zero(low: float, high: float, tone: str) -> None:
    part = {
        "cause": "device",
        "from": "tflm",
        "to": "host",
        "change_points": (low + high) / 2,
        "interval": [low, high],
    }
    table = split_table({"models": [{"id": "a", "accuracy_split": {**part, "parts": [part]}}]})
    assert [cell.tone for cell in table.rows[0][2:]] == [tone, tone]


def test_page_and_markdown_say_where_it_diverges(document: dict[str, Any]) -> None:
    page, text = report_page(document), comparison_markdown(document)
    assert "diverges at layer 2" in page and "Layer 2 it is." in page
    assert "scalecnn-4, int8 → tflm: layer 2 it is" in text
    assert "### What the change of accuracy comes from" in text
