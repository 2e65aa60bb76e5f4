"""Comparison documents of planted models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgeval.analysis.document import analyze_models
from edgeval.analysis.measured import from_cases
from edgeval.analysis.ship import Floors
from edgeval.compare.case import ModelCase
from edgeval.compare.document import compare
from edgeval.compare.terms import quick_terms
from edgeval.report.drawing import Figure
from edgeval.report.figures import report_figures
from edgeval.report.html import comparison_page, report_page
from edgeval.report.samples import choose_samples
from tests.planted import grid, world


@pytest.fixture(scope="session")
def failing() -> dict[str, Any]:
    """Four sizes, two seeds, four stages, a device, and a class that quantization hurts."""
    return compare(
        grid(world(), device=True), target="stm32f746", engine="builtin", terms=quick_terms(5.0, 2.0)
    )


@pytest.fixture(scope="session")
def single() -> dict[str, Any]:
    """One file of a user's own: stages int8 and tflm, no size, no reference, no limit."""
    (case, *_) = grid(world(), seeds=(0,), stages=("int8", "tflm"))
    return compare([ModelCase("mine", "mine", case.seeds, size_bytes=95_000)])


@pytest.fixture(scope="session")
def hundred() -> dict[str, Any]:
    """100 classes; their names are awkward in HTML, Markdown, CSV and matplotlib's mathematics."""
    where = world(classes=100, samples=2000)
    names = list(where.info.classes)
    names[3], names[4], names[98] = "<script>alert(1)</script>", 'a "$x$" | b, _c_', "</script><b>&amp;"
    where = type(where)(
        type(where.info)(**{**vars(where.info), "classes": tuple(names)}), where.labels, where.luck
    )
    return compare(grid(where), terms=quick_terms(50.0))


def all_figures(document: dict[str, Any], analysis: dict[str, Any] | None = None) -> list[Figure]:
    """The figures of a page, in the order of its sections."""
    return [figure for figures in report_figures(document, analysis).values() for figure in figures]


@pytest.fixture(scope="session")
def failing_figures(failing: dict[str, Any]) -> list[Figure]:
    return all_figures(failing)


@pytest.fixture(scope="session")
def hundred_figures(hundred: dict[str, Any]) -> list[Figure]:
    return all_figures(hundred)


@pytest.fixture(scope="session")
def failing_page(failing: dict[str, Any]) -> str:
    return comparison_page(failing)


@pytest.fixture(scope="session")
def whole_page() -> str:
    """Everything that a page can hold: a comparison, its images, the analysis of the same predictions."""
    cases = grid(world(), device=True)
    document = compare(cases, target="stm32f746", engine="builtin", terms=quick_terms(5.0, 2.0))
    images = np.random.default_rng(0).integers(0, 256, (1000, 32, 32, 3), dtype=np.uint8)
    models, info = from_cases(cases)
    analysis = analyze_models(models, info, "planted", Floors(min_accuracy=0.7), resamples=50)
    return report_page(document, analysis, choose_samples(cases, document, images))


@pytest.fixture(scope="session")
def single_page(single: dict[str, Any]) -> str:
    return comparison_page(single)


@pytest.fixture(scope="session")
def hundred_page(hundred: dict[str, Any]) -> str:
    return comparison_page(hundred)
