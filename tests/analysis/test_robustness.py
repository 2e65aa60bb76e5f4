"""Planted errors with known answers. References: scipy's spearmanr of planted class losses, set arithmetic by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edgeval.analysis.robustness import Experiment, Shift, robustness
from edgeval.report.markdown.analysis import robustness_markdown

CLASSES, IMAGES, SEEDS = 12, 60, 3
CONDITIONS = (("fog", 1), ("fog", 5), ("blur", 1), ("blur", 5))
LABELS = np.repeat(np.arange(CLASSES), IMAGES)
NAMES = tuple(f"class {index}" for index in range(CLASSES))


def wrong(rates: np.ndarray, luck: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """bool (n,): an image is wrong with its class's rate; images keep part of their luck."""
    return 0.7 * luck + 0.3 * rng.random(len(LABELS)) < rates[LABELS]


def experiment(
    shrinking: np.ndarray, corruption: np.ndarray, stages: tuple[str, ...] = ("float",)
) -> Experiment:
    """A small and a large net; losses by class of shrinking, and of corruption, which severity 5 doubles."""
    rng = np.random.default_rng(3)
    luck, base = rng.random(len(LABELS)), np.full(CLASSES, 0.15)
    shifts = []
    for stage in stages:
        for name, params, rates in (("net-1", 1_000, base + shrinking), ("net-2", 50_000, base)):
            clean = np.stack([wrong(rates, luck, rng) for _ in range(SEEDS)])
            corrupted = np.stack(
                [
                    [
                        wrong(rates + corruption * (1 if level == 1 else 2), luck, rng)
                        for _, level in CONDITIONS
                    ]
                    for _ in range(SEEDS)
                ]
            )
            ece = np.tile(np.linspace(0.02, 0.1, 1 + len(CONDITIONS)), (SEEDS, 1))
            shifts.append(Shift(name, "net", params, stage, clean, corrupted, ece))
    return Experiment(LABELS, NAMES, CONDITIONS, tuple(shifts))


RISING = np.linspace(0, 0.45, CLASSES)


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return robustness(experiment(RISING, RISING / 3, ("float", "int8")), resamples=200)


def model(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in found["stages"][0]["models"] if row["model"] == name)


def test_figures_are_means_of_the_masks(found: dict[str, Any]) -> None:
    made = experiment(RISING, RISING / 3, ("float", "int8"))
    shift, row = made.shifts[1], model(found, "net-2")
    assert row["accuracy"] == pytest.approx(1 - shift.clean.mean())
    assert row["drop"] == pytest.approx(shift.corrupted.mean() - shift.clean.mean())
    assert row["drop_ci95"][0] < row["drop"] < row["drop_ci95"][1]
    assert row["error_ratio"] == pytest.approx(shift.corrupted.mean() / shift.clean.mean())
    blur = next(of for of in row["by_corruption"] if of["corruption"] == "blur")
    assert blur["accuracy"] == pytest.approx(
        [1 - shift.corrupted[:, 2].mean(), 1 - shift.corrupted[:, 3].mean()]
    )
    assert (row["ece"], row["corrupted_ece"]) == (pytest.approx(0.02), pytest.approx(0.07))
    of_class = [1 - shift.clean[:, label == LABELS].mean() for label in range(CLASSES)]
    assert row["class_accuracy"] == pytest.approx(of_class)
    assert {hit["name"] for hit in row["hardest_hit"]} <= set(NAMES[-5:])


@pytest.mark.parametrize(("corruption", "same"), [(RISING / 3, True), (RISING[::-1] / 3, False)])
def test_planted_order_of_losses_is_found(corruption: np.ndarray, same: bool) -> None:
    (row,) = robustness(experiment(RISING, corruption), resamples=20)["class_drops"]
    assert (row["model"], row["reference"], row["same_classes"]) == ("net-1", "net-2", same)
    assert abs(row["spearman"]) > 0.7 and row["repeat_shrinking"] > 0.8 and row["repeat_corruption"] > 0.7
    assert row["ci95"][0] <= row["spearman"] <= row["ci95"][1]
    assert set(row["by_corruption"]) == {"fog", "blur"}


def test_unrelated_losses_are_not_called_related() -> None:
    shuffled = np.random.default_rng(0).permutation(RISING) / 3
    (row,) = robustness(experiment(RISING, shuffled), resamples=20)["class_drops"]
    assert row["same_classes"] is None


def test_overlaps_are_those_of_the_sets(found: dict[str, Any]) -> None:
    small, large = experiment(RISING, RISING / 3, ("float", "int8")).shifts[:2]
    own = found["overlap"]["corrupted_against_clean"][0]["by_severity"][1]
    pairs = [
        np.sum(a & b) / np.sum(a | b)
        for a, masks in zip(small.clean, small.corrupted, strict=True)
        for b in masks[[1, 3]]
    ]
    assert own["severity"] == 5 and own["jaccard"] == pytest.approx(np.mean(pairs))
    assert own["ci95"][0] < own["jaccard"] < own["ci95"][1]
    assert own["independence"] < own["jaccard"] < own["containment"]
    rows = found["overlap"]["small_against_large"][0]["by_severity"]
    assert [row["severity"] for row in rows] == [0, 1, 5]
    pairs = [np.sum(a & b) / np.sum(a | b) for a in small.clean for b in large.clean]
    assert rows[0]["jaccard"] == pytest.approx(np.mean(pairs))


def test_a_stage_that_loses_more_is_seen() -> None:
    made = experiment(RISING * 0, RISING / 3, ("float", "int8"))
    worse = made.shifts[3].corrupted | (np.arange(len(LABELS)) % 10 == 0)
    made = replace(made, shifts=(*made.shifts[:3], replace(made.shifts[3], corrupted=worse)))
    rows = {row["model"]: row for row in robustness(made, resamples=200)["steps"]}
    assert rows["net-2"]["extra_drop_ci95"][0] > 0.03 and rows["net-2"]["to"] == "int8"
    low, high = rows["net-1"]["extra_drop_ci95"]
    assert low < 0 < high


def test_markdown_answers_first(found: dict[str, Any]) -> None:
    head = {
        "source": {"name": "planted"},
        "dataset": {"name": "planted", "sha256": "0" * 64, "samples": 2 * len(LABELS)},
        "samples": len(LABELS),
        "corruptions": ["fog", "blur"],
        "severities": [1, 5],
        "resamples": 200,
    }
    page = robustness_markdown({**head, **found})
    assert (
        page.index("**Corruption hurts the classes that shrinking to net-1 hurts")
        < page.index("What each size loses to corruption, stage ")
        < page.index("Errors of a small net on clean images")
    )
    assert "720 of 1,440 test images" in page and "| net-1 | net-2 | float | the same classes |" in page
