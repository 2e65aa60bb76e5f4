"""Two classes in compare.json. Reference: scikit-learn on the predictions that were planted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics

from edgeval.cases.case import ModelCase
from edgeval.compare.detection import detection
from edgeval.compare.document import compare
from edgeval.records import FAILED, DatasetInfo, Predictions, Provenance
from edgeval.report.markdown.comparison import comparison_markdown
from edgeval.report.page import report_page
from edgeval.report.tables.detection import detection_table
from tests.schemas import check

CLASSES = ("quiet", "alarm")
LABELS = np.arange(400) % 2


def seen(stage: str, seed: int, noise: float, ids: np.ndarray | None = None) -> Predictions:
    """Logits of a detector; a later stage has the same with noise."""
    info = DatasetInfo("planted", "0" * 64, len(LABELS), CLASSES)
    random = np.random.default_rng(seed)
    scores = np.stack([np.zeros(400), random.normal(1.5 * LABELS - 0.75, 1)], axis=1)
    scores[:, 1] += noise * np.random.default_rng(99).normal(size=400)
    rows = np.arange(400) if ids is None else ids
    provenance = Provenance(stage, "ab" * 32, info, "planted 1.0")
    logits = scores[rows].astype(np.float32)
    return Predictions(provenance, rows, LABELS[rows], logits.argmax(axis=1), logits, "logits")


def case() -> ModelCase:
    seeds = {seed: {"float": seen("float", seed, 0), "int8": seen("int8", seed, 0.3)} for seed in (0, 1)}
    return ModelCase(id="d", family="d", seeds=seeds)


def probability(of: Predictions) -> np.ndarray:
    return 1 / (1 + np.exp(of.scores[:, 0].astype(float) - of.scores[:, 1]))


def test_areas_and_thresholds_are_those_of_the_predictions() -> None:
    found = detection(case(), CLASSES)
    assert found is not None and found["positive"] == "alarm"
    for stage, curve in found["stages"].items():
        areas = [metrics.roc_auc_score(LABELS, probability(case().seeds[seed][stage])) for seed in (0, 1)]
        assert curve["auc"]["mean"] == pytest.approx(np.mean(areas))
        assert curve["auc"]["std"] == pytest.approx(np.std(areas, ddof=1))
        assert curve["detected"] == sorted(curve["detected"]) and curve["detected"][-1] == 1
    (row,) = [row for row in found["thresholds"] if row["wanted"] == 0.05]
    before, after = [], []
    for seed in (0, 1):
        first, last = (probability(case().seeds[seed][stage]) for stage in ("float", "int8"))
        threshold = np.sort(first[LABELS == 0])[-10]  # the tenth of 200 quiet samples is an alarm
        threshold = first[first >= threshold].min()
        before.append((first[LABELS == 0] >= threshold).mean())
        after.append((last[LABELS == 0] >= threshold).mean())
    assert row["false_alarms_before"] <= 0.05 and row["seeds"] == 2
    assert row["false_alarms_after"] == pytest.approx(np.mean(after), abs=0.01)
    assert row["false_alarms_before"] == pytest.approx(np.mean(before), abs=1e-9)


def test_a_failed_sample_counts_against_the_model() -> None:
    whole = case()
    first = whole.seeds[0]["float"]
    quiet, alarm = int(np.flatnonzero(LABELS == 0)[0]), int(np.flatnonzero(LABELS == 1)[0])
    for failed in (quiet, alarm):
        top1, scores = first.top1.copy(), first.scores.copy()
        top1[failed], scores[failed] = FAILED, 0
        worse = ModelCase("d", "d", {0: {"float": replace(first, top1=top1, scores=scores)}})
        clean = ModelCase("d", "d", {0: {"float": first}})
        areas = [detection(one, CLASSES)["stages"]["float"]["auc"]["mean"] for one in (worse, clean)]  # type: ignore[index]
        assert areas[0] < areas[1]


def test_stages_without_both_classes_are_left_out() -> None:
    seeds = {0: {"float": seen("float", 0, 0), "emulated": seen("emulated", 0, 0, np.array([0, 2, 4]))}}
    found = detection(ModelCase("d", "d", seeds), CLASSES)
    assert found is not None and list(found["stages"]) == ["float"] and found["thresholds"] == []
    assert detection(ModelCase("d", "d", seeds), ("a", "b", "c")) is None


def test_the_document_has_its_form_and_the_report_shows_it() -> None:
    document = compare([case()])
    check("compare", document)
    rows = detection_table(document).rows
    assert [row[1].text for row in rows] == ["float", "int8"]
    assert "Alarm and no alarm: alarm is the alarm" in report_page(document)
    assert "### Alarm and no alarm" in comparison_markdown(document)
