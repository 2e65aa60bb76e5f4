"""Reference: scikit-learn. Ties, missing classes and failed samples have answers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from sklearn import metrics as sklearn_metrics

from edgeval.errors import DataError
from edgeval.metrics import classification
from edgeval.records import FAILED

CLASSES = 7


@pytest.fixture
def scored() -> tuple[np.ndarray, np.ndarray]:
    """Labels (500,) and logits (500, 7) that are right about half the time."""
    rng = np.random.default_rng(11)
    labels = rng.integers(CLASSES, size=500)
    scores = rng.normal(size=(500, CLASSES))
    scores[np.arange(500), labels] += 1.2
    return labels, scores


def test_accuracy(scored: tuple[np.ndarray, np.ndarray]) -> None:
    labels, scores = scored
    top1 = scores.argmax(axis=1)
    assert classification.accuracy(labels, top1) == pytest.approx(
        sklearn_metrics.accuracy_score(labels, top1)
    )


@pytest.mark.parametrize("k", range(1, CLASSES))
def test_top_k_accuracy(scored: tuple[np.ndarray, np.ndarray], k: int) -> None:
    labels, scores = scored
    expected = sklearn_metrics.top_k_accuracy_score(labels, scores, k=k)
    assert classification.top_k_accuracy(labels, scores, k) == pytest.approx(expected)


def test_top_1_is_argmax_also_with_ties() -> None:
    rng = np.random.default_rng(3)
    labels, scores = (
        rng.integers(5, size=400),
        rng.integers(3, size=(400, 5)),
    )  # a grid so coarse that most rows tie
    expected = classification.accuracy(labels, scores.argmax(axis=1))
    assert classification.top_k_accuracy(labels, scores, k=1) == expected


def test_ties_go_to_the_lower_class() -> None:
    scores = np.zeros((3, 3))
    assert classification.top_k_accuracy(np.array([0, 1, 2]), scores, k=2) == pytest.approx(2 / 3)


def test_failed_samples_are_never_among_the_top_k() -> None:
    labels, scores = np.array([0, 0]), np.zeros((2, 3))  # a failed sample has a zero row
    assert classification.top_k_accuracy(labels, scores, k=1) == 1.0
    assert classification.top_k_accuracy(labels, scores, k=1, failed=np.array([False, True])) == 0.5
    assert classification.top_k_accuracy(labels, scores, k=99, failed=np.array([False, True])) == 0.5


def test_per_class_accuracy_is_recall(scored: tuple[np.ndarray, np.ndarray]) -> None:
    labels, scores = scored
    top1 = scores.argmax(axis=1)
    expected = sklearn_metrics.recall_score(labels, top1, average=None)
    assert classification.per_class_accuracy(labels, top1, CLASSES).tolist() == pytest.approx(list(expected))


def test_class_without_samples_is_masked() -> None:
    seen = classification.per_class_accuracy(np.array([0, 2, 2]), np.array([0, 2, 1]), classes=4)
    assert seen.tolist() == [1.0, None, 0.5, None]
    assert classification.bottom_k_accuracy(seen, k=1) == 0.5
    assert classification.bottom_k_accuracy(seen, k=20) == 0.75
    assert classification.class_sizes(np.array([0, 2, 2]), 4).tolist() == [1, 0, 2, 0]


def test_failed_samples_are_wrong_everywhere() -> None:
    labels, top1 = np.array([0, 0, 1]), np.array([0, FAILED, FAILED])
    assert classification.accuracy(labels, top1) == pytest.approx(1 / 3)
    assert classification.per_class_accuracy(labels, top1, 2).tolist() == [0.5, 0.0]


@pytest.mark.parametrize(("right", "expected"), [(True, 1.0), (False, 0.0)])
def test_accuracy_of_all_and_none(right: bool, expected: float) -> None:
    labels = np.arange(6) % 3
    top1 = labels if right else (labels + 1) % 3
    assert classification.accuracy(labels, top1) == expected
    assert classification.per_class_accuracy(labels, top1, 3).tolist() == [expected] * 3


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(1, 40), st.randoms())
def test_bottom_and_top_k_are_means_of_sorted_classes(values: list[float], k: int, random: object) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    bottom = classification.bottom_k_accuracy(np.array(shuffled), k)
    top = classification.top_k_class_accuracy(np.array(shuffled), k)
    assert bottom == pytest.approx(np.mean(sorted(values)[:k]))
    assert top == pytest.approx(np.mean(sorted(values, reverse=True)[:k]))
    assert bottom <= top + 1e-12


@given(st.integers(2, 6), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_class_accuracies_average_to_the_accuracy(classes: int, samples: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels, top1 = rng.integers(classes, size=samples), rng.integers(FAILED, classes, size=samples)
    sizes = classification.class_sizes(labels, classes)
    per_class = classification.per_class_accuracy(labels, top1, classes)
    assert np.ma.average(per_class, weights=sizes) == pytest.approx(classification.accuracy(labels, top1))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_scores_that_are_not_numbers_are_an_error(bad: float) -> None:
    scores = np.array([[0.1, bad], [0.2, 0.3]])
    with pytest.raises(DataError, match="1 of 4 values are NaN or infinite"):
        classification.top_k_accuracy(np.array([0, 1]), scores, k=1)


def test_wrong_shapes_and_labels_are_errors() -> None:
    labels = np.array([0, 1])
    with pytest.raises(DataError, match="lengths differ"):
        classification.accuracy(labels, np.array([0]))
    with pytest.raises(DataError, match="non-empty"):
        classification.accuracy(np.array([], int), np.array([], int))
    with pytest.raises(DataError, match="integers"):
        classification.accuracy(labels.astype(float), labels)
    with pytest.raises(DataError, match="labels run from 0 to 5, expected 0 to 1"):
        classification.per_class_accuracy(np.array([0, 5]), labels, classes=2)
    with pytest.raises(DataError, match="top1 run from -2"):
        classification.per_class_accuracy(labels, np.array([-2, 0]), classes=2)
    with pytest.raises(DataError, match="k is 0"):
        classification.top_k_accuracy(labels, np.zeros((2, 2)), k=0)
    with pytest.raises(DataError, match="no class has samples"):
        classification.bottom_k_accuracy(np.ma.masked_all(3), k=1)
