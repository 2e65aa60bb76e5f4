"""Comparison documents of planted models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgeval.analysis.document import analyze_models
from edgeval.analysis.inputs.measured import from_cases
from edgeval.analysis.robustness import Experiment, Shift, robustness
from edgeval.analysis.ship import Floors
from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.gate.terms import quick_terms
from edgeval.report.figures.all import report_figures
from edgeval.report.figures.drawing import Figure
from edgeval.report.images.samples import choose_samples
from edgeval.report.page import report_page
from tests.planted import grid, world

CORRUPTIONS = ("gaussian_noise", "fog", "contrast")


def corrupted(cases: list[ModelCase], stages: tuple[str, ...] = ("float", "int8")) -> dict[str, Any]:
    """A robustness document of planted models: each corruption makes 10 % a severity of the images wrong, by luck."""
    where = cases[0].seeds[0]["float"].provenance.dataset
    labels = cases[0].seeds[0]["float"].labels
    conditions = tuple((name, severity) for name in CORRUPTIONS for severity in (1, 5))
    luck = np.random.default_rng(5).random((len(conditions), len(labels)))
    lost = luck < 0.1 * np.array([severity for _, severity in conditions])[:, None]
    shifts = []
    for stage in stages:
        for case in cases:
            clean = np.stack([seen[stage].errors for seen in case.seeds.values()])
            ece = np.full((len(clean), 1 + len(conditions)), 0.05)
            shifts.append(
                Shift(case.id, case.family, case.params or 0, stage, clean, clean[:, None] | lost, ece)
            )
    experiment = Experiment(labels, where.classes, conditions, tuple(shifts))
    models = [
        {"model": case.id, "seed": seed, "stage": stage, "model_sha256": seen[stage].provenance.model_sha256}
        for case in cases
        for seed, seen in case.seeds.items()
        for stage in stages
    ]
    return {
        "schema_version": 1,
        "dataset": {"name": where.name, "sha256": where.sha256, "samples": where.samples},
        "samples": len(labels),
        "corruptions": list(CORRUPTIONS),
        "severities": [1, 5],
        "models": models,
        "resamples": 50,
        **robustness(experiment, resamples=50),
    }


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
    return report_page(failing)


@pytest.fixture(scope="session")
def whole_page() -> str:
    """Everything that a page can hold: a comparison, its images, the analysis of the same predictions."""
    cases = grid(world(), device=True)
    document = compare(cases, target="stm32f746", engine="builtin", terms=quick_terms(5.0, 2.0))
    images = np.random.default_rng(0).integers(0, 256, (1000, 32, 32, 3), dtype=np.uint8)
    models, info = from_cases(cases)
    analysis = analyze_models(models, info, "planted", Floors(min_accuracy=0.7), resamples=50)
    return report_page(
        document, analysis, choose_samples(cases, document, images), robustness=corrupted(cases)
    )


@pytest.fixture(scope="session")
def single_page(single: dict[str, Any]) -> str:
    return report_page(single)


@pytest.fixture(scope="session")
def hundred_page(hundred: dict[str, Any]) -> str:
    return report_page(hundred)
