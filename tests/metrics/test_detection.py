"""ROC, AUC and thresholds. Reference: scikit-learn's roc_curve and roc_auc_score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from sklearn import metrics

from edgeval.errors import DataError
from edgeval.metrics.detection import positive_scores, rates, roc

# Few different values, so that many are equal, as an int8 output has them.
SAMPLES = st.lists(st.tuples(st.booleans(), st.integers(0, 12)), min_size=2, max_size=80).filter(
    lambda rows: 0 < sum(positive for positive, _ in rows) < len(rows)
)


@given(SAMPLES)
def test_the_curve_and_its_area_are_scikit_learns(rows: list[tuple[bool, int]]) -> None:
    positive, scores = np.array([row[0] for row in rows]), np.array([row[1] for row in rows]) / 12
    seen = roc(positive, scores)
    alarms, detected, thresholds = metrics.roc_curve(positive, scores, drop_intermediate=False)
    np.testing.assert_allclose(seen.false_alarms, alarms)
    np.testing.assert_allclose(seen.detected, detected)
    np.testing.assert_array_equal(seen.thresholds[1:], thresholds[1:])
    assert seen.auc == pytest.approx(metrics.roc_auc_score(positive, scores))


@given(SAMPLES, st.floats(0, 1))
def test_a_threshold_keeps_what_was_asked_and_no_lower_one_does(
    rows: list[tuple[bool, int]], wanted: float
) -> None:
    positive, scores = np.array([row[0] for row in rows]), np.array([row[1] for row in rows]) / 12
    seen = roc(positive, scores)
    threshold = seen.threshold(wanted)
    alarms, detected = rates(positive, scores, threshold)
    assert alarms <= wanted and detected == seen.detected_at(wanted)
    for lower in np.unique(scores)[np.unique(scores) < threshold]:
        assert rates(positive, scores, lower)[0] > wanted


def test_positive_scores_are_the_probability_of_the_second_class() -> None:
    logits = np.array([[0.0, 0.0], [1.0, 3.0]])
    np.testing.assert_allclose(positive_scores(logits, "logits"), [0.5, 1 / (1 + np.exp(-2))])
    np.testing.assert_array_equal(positive_scores(np.array([[0.25, 0.75]]), "probabilities"), [0.75])
    with pytest.raises(DataError, match="expected two classes"):
        positive_scores(np.zeros((1, 3)), "logits")
    with pytest.raises(DataError, match="score_kind is 'none'"):
        positive_scores(np.zeros((1, 2)), "none")


@pytest.mark.parametrize("positive", [[True, True], [False, False]])
def test_one_class_has_no_curve(positive: list[bool]) -> None:
    for of in (
        lambda: roc(np.array(positive), np.zeros(2)),
        lambda: rates(np.array(positive), np.zeros(2), 0.5),
    ):
        with pytest.raises(DataError, match="samples of both classes"):
            of()


def test_scores_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(DataError, match="scores"):
        roc(np.array([True, False]), np.array([0.5, np.nan]))
