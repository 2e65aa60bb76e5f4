"""Figures of rules about a model. References: the metrics, a bootstrap by loops, scipy, and no change at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from edgeval.gate.checks import resampled as gate_statistics
from edgeval.gate.checks.figures import figure
from edgeval.gate.judged import Judged, Outcomes, judge
from edgeval.gate.policy import METRICS, Rule
from edgeval.metrics.calibration import expected_calibration_error
from edgeval.metrics.classification import bottom_k_accuracy, per_class_accuracy
from edgeval.metrics.inequality import gini
from edgeval.metrics.overlap import jaccard

NAMES = tuple(f"class {index}" for index in range(12))
LABELS = np.repeat(np.arange(12), 50)
TESTED = ("gini", "ece", "bottom5_accuracy", "bottom10_accuracy")


def outcomes(run: int, flips: float, stage: str, seeds: int = 1, shift: float = 0.0) -> Outcomes:
    """Networks whose images flip with a rate around one truth that depends on `run` alone."""
    truth = np.random.default_rng(run)
    odds = np.linspace(0.5, 0.95, 12)[LABELS]
    right = truth.random(len(LABELS)) < odds
    confidence = np.clip(odds + truth.normal(0, 0.1, len(LABELS)), 0.01, 0.99)
    own = np.random.default_rng([run, *stage.encode()])
    flipped = own.random((seeds, len(LABELS))) < flips
    top1 = np.where(right ^ flipped, LABELS, (LABELS + 1) % 12)
    sure = np.clip(confidence + shift + own.normal(0, 0.02, (seeds, len(LABELS))), 0.01, 0.99)
    ids = np.arange(len(LABELS))
    networks = tuple(f"{run} {seed}" for seed in range(seeds))
    return Outcomes("net", stage, tuple(range(seeds)), networks, ids, LABELS, top1, sure)


def pair(run: int, flips: float = 0.05, seeds: int = 1, same: bool = True, shift: float = 0.0) -> Judged:
    before, after = outcomes(run, flips, "float", seeds), outcomes(run, flips, "int8", seeds, shift)
    return judge(before, after, NAMES, "auto", [(k, k) for k in range(seeds)] if same else [])


def rule(metric: str, limit: float | None = None) -> Rule:
    kind = METRICS[metric]
    return Rule(metric, metric, None if limit is not None else 0.0, limit=limit, direction=kind.direction)


def by_definition(metric: str, side: Outcomes) -> float:
    """The mean over the seeds of the metric's own function."""
    values = []
    for top1, confidence in zip(side.top1, side.confidence, strict=True):
        accuracies = per_class_accuracy(side.labels, top1, 12)
        values.append(
            {
                "gini": lambda: gini(accuracies),  # noqa: B023 - called at once
                "ece": lambda: expected_calibration_error(confidence, top1 == side.labels),  # noqa: B023
                "bottom5_accuracy": lambda: bottom_k_accuracy(accuracies, 5),  # noqa: B023
                "bottom10_accuracy": lambda: bottom_k_accuracy(accuracies, 10),  # noqa: B023
            }[metric]()
        )
    return float(np.mean(values))


@pytest.mark.parametrize("metric", TESTED)
@pytest.mark.parametrize("seeds", [1, 3])
def test_figures_are_the_metrics(metric: str, seeds: int) -> None:
    judged = pair(0, seeds=seeds)
    seen = figure(rule(metric), judged)
    assert seen.before == pytest.approx(by_definition(metric, judged.baseline), abs=1e-9)
    assert seen.after == pytest.approx(by_definition(metric, judged.candidate), abs=1e-9)


@pytest.mark.parametrize("metric", TESTED)
def test_the_error_is_that_of_a_bootstrap_by_loops(metric: str) -> None:
    """Images drawn within their class, the same on both sides; 400 draws know an error to 3.5 %."""
    judged = pair(3)
    seen = figure(rule(metric), judged)
    rng, changes = np.random.default_rng(9), []
    for _ in range(400):
        rows = np.concatenate([rng.choice(np.flatnonzero(index == LABELS), 50) for index in range(12)])
        sides = [
            replace(side, top1=side.top1[:, rows], confidence=side.confidence[:, rows])
            for side in (judged.baseline, judged.candidate)
        ]
        changes.append(by_definition(metric, sides[1]) - by_definition(metric, sides[0]))
    assert seen.interval is not None
    half = (seen.interval[1] - seen.interval[0]) / 2
    assert half == pytest.approx(1.96 * np.std(changes), rel=0.15)
    change = (seen.after - seen.before) * (1 if METRICS[metric].direction == "rise" else -1)
    assert seen.p_loss == pytest.approx(stats.norm.sf(change / (half / 1.959964)), abs=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("metric", TESTED)
def test_without_a_change_few_fail(metric: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """400 runs at a level of 5 %, images flipping alike on both sides; 3 standard errors above are 8.3 %."""
    monkeypatch.setattr(gate_statistics, "RESAMPLES", 200)
    failed = [(figure(rule(metric), pair(run)).p_value or 0.0) <= 0.05 for run in range(400)]
    assert np.mean(failed) <= 0.083


def test_a_real_change_is_found() -> None:
    assert (figure(rule("ece"), pair(0, shift=0.15)).p_value or 1.0) < 0.001


def test_between_other_networks_the_seeds_spread_counts() -> None:
    """Three seeds a side: Student's t with the seeds' own figures where they vary more than images do."""
    judged = pair(1, seeds=3, same=False)
    biased = judged.candidate.top1.copy()
    biased[0] = np.where(LABELS < 3, (LABELS + 1) % 12, biased[0])  # one seed gave up three classes
    judged = replace(judged, candidate=replace(judged.candidate, top1=biased))
    seen = figure(rule("gini"), judged)
    values = [
        [
            by_definition("gini", replace(side, top1=side.top1[[k]], confidence=side.confidence[[k]]))
            for k in range(3)
        ]
        for side in (judged.baseline, judged.candidate)
    ]
    assert seen.p_value == pytest.approx(
        stats.ttest_ind(values[1], values[0], alternative="greater").pvalue, abs=1e-9
    )


def test_jaccard_and_flipped_labels_of_the_pairs() -> None:
    judged = pair(2, seeds=2)
    sides = zip(judged.baseline.top1, judged.candidate.top1, strict=True)
    shares, overlaps = zip(
        *((np.mean(b != a), jaccard(b != LABELS, a != LABELS)) for b, a in sides), strict=True
    )
    assert figure(rule("flipped_labels", 5.0), judged).after == pytest.approx(np.mean(shares), abs=1e-12)
    assert figure(rule("jaccard", 0.5), judged).after == pytest.approx(np.mean(overlaps), abs=1e-12)
    crossed = replace(judged, same_networks=False)
    pairs = [(b, a) for b in judged.baseline.top1 for a in judged.candidate.top1]
    assert figure(rule("flipped_labels", 5.0), crossed).after == pytest.approx(
        np.mean([np.mean(b != a) for b, a in pairs]), abs=1e-12
    )


def test_accuracy_of_several_seeds_is_tested_by_images() -> None:
    """The sign-flip distribution of the images' summed losses, by 200,000 draws (standard error 0.001)."""
    judged = pair(4, seeds=3)
    losses = judged.net_losses
    rng = np.random.default_rng(0)
    moved = np.abs(losses[losses != 0])
    drawn = (rng.choice((-1, 1), (200_000, len(moved))) * moved).sum(axis=1)
    seen = figure(Rule("accuracy", "accuracy", 1.0), judged)
    assert seen.p_loss == pytest.approx(np.mean(drawn >= losses.sum()), abs=0.006)
    assert seen.p_value > seen.p_loss  # beyond 1 point is more than any loss
    assert seen.interval is not None
    mean, error = losses.mean() / 3, losses.std(ddof=1) / 3 / len(losses) ** 0.5
    assert seen.interval == pytest.approx(stats.norm.interval(0.95, mean, error), abs=1e-6)


def test_too_few_classes_or_no_scores_is_no_figure() -> None:
    judged = pair(0)
    few = replace(judged, classes=NAMES)
    assert figure(rule("bottom20_accuracy"), few).after is None
    silent = replace(judged.candidate, confidence=np.full((1, len(LABELS)), np.nan))
    assert figure(rule("ece"), replace(judged, candidate=silent)).after is None
