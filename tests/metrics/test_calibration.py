"""References: torchmetrics (ECE), scipy (softmax), scikit-learn (log loss, temperature), the paper's confidences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import special
from sklearn.calibration import calibration_curve
from sklearn.metrics import log_loss

from edgeval.errors import DataError
from edgeval.metrics import calibration

outcomes = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60).map(
    lambda rows: (np.array([row[0] for row in rows]), np.array([row[1] for row in rows]))
)


@pytest.fixture(scope="module")
def torchmetrics_ece():  # type: ignore[no-untyped-def]
    """torchmetrics' multiclass_calibration_error, which computes in float32; it imports torchvision."""
    pytest.importorskip("torch")
    from edgeval.torchvision_import import torchvision_module

    torchvision_module("transforms")
    from torchmetrics.functional.classification import multiclass_calibration_error

    return multiclass_calibration_error


def logits_and_labels(samples: int = 2000, classes: int = 10, temperature: float = 1.0, seed: int = 0):  # type: ignore[no-untyped-def]
    """Logits and labels drawn from softmax(logits / temperature): that temperature calibrates them."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (samples, classes))
    labels = (special.softmax(logits / temperature, axis=1).cumsum(axis=1) < rng.random((samples, 1))).sum(
        axis=1
    )
    return logits, np.minimum(labels, classes - 1)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("bins", [10, 15])
def test_ece_matches_torchmetrics(torchmetrics_ece, seed: int, bins: int) -> None:  # type: ignore[no-untyped-def]
    import torch

    logits, labels = logits_and_labels(temperature=1.7, seed=seed)
    probabilities = calibration.softmax(logits)
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    expected = torchmetrics_ece(
        torch.tensor(probabilities), torch.tensor(labels), num_classes=10, n_bins=bins
    )
    assert calibration.expected_calibration_error(confidence, correct, bins) == pytest.approx(
        float(expected), abs=1e-6
    )


def test_ece_matches_torchmetrics_on_the_grid_of_an_int8_softmax(torchmetrics_ece) -> None:  # type: ignore[no-untyped-def]
    import torch

    rng = np.random.default_rng(8)
    confidence = rng.integers(128, 256, 3000) / 256
    correct = rng.random(3000) < 0.7
    two = torch.tensor(np.stack([confidence, 1 - confidence], axis=1))
    expected = torchmetrics_ece(two, torch.tensor(~correct).long(), num_classes=2, n_bins=15)
    assert calibration.expected_calibration_error(confidence, correct) == pytest.approx(
        float(expected), abs=1e-6
    )


def test_edges_belong_to_the_upper_bin_and_one_to_the_last() -> None:
    table = calibration.reliability(np.array([0.0, 0.2, 0.4, 1.0]), np.array([True] * 4), bins=5)
    assert table.samples.tolist() == [1, 1, 1, 0, 1]
    assert table.accuracy.tolist() == [1.0, 1.0, 1.0, None, 1.0]
    assert table.confidence.tolist() == [0.0, 0.2, 0.4, None, 1.0]


def test_reliability_matches_scikit_learn() -> None:
    rng = np.random.default_rng(9)
    confidence = rng.random(5000)
    correct = rng.random(5000) < confidence**1.3
    table = calibration.reliability(confidence, correct)
    accuracy, mean = calibration_curve(correct, confidence, n_bins=15)
    assert table.accuracy.compressed() == pytest.approx(accuracy)
    assert table.confidence.compressed() == pytest.approx(mean)


def test_softmax_matches_scipy_and_survives_large_logits() -> None:
    logits = np.array([[1000.0, 0.0, -1000.0], [1.0, 2.0, 3.0], [-800.0, -800.0, -801.0]])
    assert calibration.softmax(logits) == pytest.approx(special.softmax(logits, axis=1))


@given(outcomes)
def test_ece_is_bounded_and_at_least_the_global_gap(seen: tuple[np.ndarray, np.ndarray]) -> None:
    ece = calibration.expected_calibration_error(*seen)
    assert 0 <= ece <= 1
    assert ece >= abs(calibration.mean_confidence(*seen).global_gap) - 1e-12


@given(outcomes, st.integers(0, 2**32 - 1))
def test_order_of_samples_does_not_matter(seen: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    confidence, correct = seen
    order = np.random.default_rng(seed).permutation(len(confidence))
    shuffled = calibration.expected_calibration_error(confidence[order], correct[order])
    assert shuffled == pytest.approx(calibration.expected_calibration_error(confidence, correct), abs=1e-12)


def test_calibrated_scores_have_a_small_ece() -> None:
    rng = np.random.default_rng(10)
    confidence = rng.random(200_000)
    correct = rng.random(200_000) < confidence
    assert calibration.expected_calibration_error(confidence, correct) < 0.005


def test_all_right_and_all_wrong() -> None:
    sure = np.ones(8)
    assert calibration.expected_calibration_error(sure, np.ones(8, bool)) == 0.0
    assert calibration.expected_calibration_error(sure, np.zeros(8, bool)) == 1.0
    assert calibration.mean_confidence(sure, np.ones(8, bool)).wrong is None
    assert calibration.mean_confidence(sure, np.zeros(8, bool)).correct is None


def test_mean_confidences_of_the_paper() -> None:
    """Section 5.6, c=4: overall .425, correct .57, wrong .32 at 41.7 % accuracy; the three belong together."""
    correct = np.arange(1000) < 417
    seen = calibration.mean_confidence(np.where(correct, 0.57, 0.32), correct)
    assert (seen.correct, seen.wrong) == (pytest.approx(0.57), pytest.approx(0.32))
    assert seen.overall == pytest.approx(0.425, abs=0.002)
    assert seen.global_gap == pytest.approx(0.425 - 0.417, abs=0.002)


def test_confidence_of_logits_and_probabilities() -> None:
    logits = np.array([[2.0, 1.0], [0.0, 3.0]])
    expected = special.softmax(logits, axis=1).max(axis=1)
    assert calibration.top1_confidence(logits, "logits") == pytest.approx(expected)
    int8_softmax = np.array([[255, 1], [100, 156]]) / 256
    assert calibration.top1_confidence(int8_softmax, "probabilities").tolist() == [255 / 256, 156 / 256]
    with pytest.raises(DataError, match="run from 2 to 3"):
        calibration.top1_confidence(logits, "probabilities")
    with pytest.raises(DataError, match="score_kind is 'scores'"):
        calibration.top1_confidence(logits, "scores")


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_fit_finds_the_temperature_that_made_the_labels(temperature: float) -> None:
    logits, labels = logits_and_labels(20_000, temperature=temperature, seed=1)
    assert calibration.fit_temperature(logits, labels) == pytest.approx(temperature, rel=0.03)


def test_temperature_matches_scikit_learn() -> None:
    sklearn_calibration = pytest.importorskip("sklearn.calibration")
    if not hasattr(sklearn_calibration, "_TemperatureScaling"):
        pytest.skip("scikit-learn before 1.8 has no temperature scaling")
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.frozen import FrozenEstimator

    class Logits(ClassifierMixin, BaseEstimator):
        """A fitted classifier whose decision function is its input."""

        classes_ = np.arange(10)
        n_features_in_ = 10

        def fit(self, features: np.ndarray, labels: np.ndarray) -> Logits:
            return self

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def decision_function(self, features: np.ndarray) -> np.ndarray:
            return features

        def predict(self, features: np.ndarray) -> np.ndarray:
            return features.argmax(axis=1)

    logits, labels = logits_and_labels(3000, temperature=1.8, seed=2)
    scaled = sklearn_calibration.CalibratedClassifierCV(FrozenEstimator(Logits()), method="temperature", cv=2)
    probabilities = scaled.fit(logits, labels).predict_proba(logits)
    ours = calibration.softmax(logits / calibration.fit_temperature(logits, labels))
    assert ours == pytest.approx(probabilities, abs=1e-5)


def test_no_other_temperature_has_a_smaller_log_loss() -> None:
    logits, labels = logits_and_labels(3000, temperature=1.8, seed=3)

    def loss(temperature: float) -> float:
        return float(log_loss(labels, special.softmax(logits / temperature, axis=1)))

    best = calibration.fit_temperature(logits, labels)
    for other in (best * 0.98, best * 1.02, 1.0):
        assert loss(best) < loss(other)


def test_temperature_of_separable_and_useless_logits_ends_at_a_bound() -> None:
    logits, labels = np.eye(3) * 4, np.arange(3)
    low, high = calibration.TEMPERATURES
    assert calibration.fit_temperature(logits, labels) < low * 100
    assert calibration.fit_temperature(logits, (labels + 1) % 3) == pytest.approx(high, rel=1e-4)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_numbers_are_errors(bad: float) -> None:
    with pytest.raises(DataError, match="NaN or infinite"):
        calibration.expected_calibration_error(np.array([0.5, bad]), np.array([True, False]))
    for function in (calibration.softmax, lambda logits: calibration.fit_temperature(logits, np.array([0]))):
        with pytest.raises(DataError, match="NaN or infinite"):
            function(np.array([[0.5, bad]]))


def test_bad_input_is_an_error() -> None:
    with pytest.raises(DataError, match="expected fractions"):
        calibration.expected_calibration_error(np.array([1.2]), np.array([True]))
    with pytest.raises(DataError, match="lengths differ"):
        calibration.reliability(np.array([0.2, 0.3]), np.array([True]))
    with pytest.raises(DataError, match="non-empty"):
        calibration.mean_confidence(np.array([]), np.array([], bool))
    with pytest.raises(DataError, match="bins is 0"):
        calibration.reliability(np.array([0.2]), np.array([True]), bins=0)
