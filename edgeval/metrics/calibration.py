"""Does the confidence say how often a prediction is right? ECE, reliability, mean confidence, temperature.

confidence float (n,) is the score of the predicted class as a probability, correct bool (n,) whether the
prediction is right. A sample whose inference failed has no confidence: leave it out and say how many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks

BINS = 15  # paper, section 4.5
TEMPERATURES = (1e-3, 1e3)  # where the fit looks


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities float64 (n, classes) of logits (n, classes); any finite logits, no overflow."""
    logits = checks.finite("logits", logits, ndim=2)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def top1_confidence(scores: np.ndarray, score_kind: str) -> np.ndarray:
    """Confidence float64 (n,) of the top-1 prediction from scores (n, classes).

    score_kind "logits": the largest softmax probability; "probabilities": the largest score as it is, which for
    a model with an int8 softmax is a multiple of its output step (1/256). DataError outside 0 to 1.
    """
    if score_kind == "logits":
        return softmax(scores).max(axis=1)
    if score_kind != "probabilities":
        raise DataError(f"score_kind is '{score_kind}', expected 'logits' or 'probabilities'")
    highest = checks.finite("probabilities", scores, ndim=2).max(axis=1)
    # A float32 softmax may exceed 1 by its last digit.
    return checks.fractions("probabilities", np.where((highest > 1) & (highest < 1 + 1e-6), 1.0, highest))


@dataclass(frozen=True)
class Reliability:
    """Equal-width confidence bins: edges (bins + 1,); samples int64 (bins,); mean confidence and accuracy
    masked float64 (bins,), masked where a bin has no samples."""

    edges: np.ndarray
    samples: np.ndarray
    confidence: np.ma.MaskedArray
    accuracy: np.ma.MaskedArray

    @property
    def ece(self) -> float:
        """sum over bins of samples / n * |accuracy - confidence|, from 0 to 1."""
        weights = self.samples / self.samples.sum()
        return float(weights @ np.abs(self.accuracy - self.confidence).filled(0.0))


def reliability(confidence: np.ndarray, correct: np.ndarray, bins: int = BINS) -> Reliability:
    """The reliability table, which a reliability diagram draws.

    A bin holds lower edge <= confidence < upper edge, the last one also its upper edge 1 (as numpy.histogram
    and, except for confidences of exactly 1, which it puts into one bin more, torchmetrics).
    """
    confidence, correct = _checked(confidence, correct)
    edges = _edges(bins)
    index = bin_of(confidence, bins)
    samples = np.bincount(index, minlength=bins)
    empty, divisor = samples == 0, np.maximum(samples, 1)
    mean_confidence = np.bincount(index, weights=confidence, minlength=bins) / divisor
    accuracy = np.bincount(index, weights=correct, minlength=bins) / divisor
    return Reliability(
        edges,
        samples,
        np.ma.MaskedArray(mean_confidence, mask=empty),
        np.ma.MaskedArray(accuracy, mask=empty),
    )


def bin_of(confidence: np.ndarray, bins: int = BINS) -> np.ndarray:
    """The equal-width bin int64 (n,) of each confidence, as `reliability` has it."""
    return np.minimum(np.searchsorted(_edges(bins), confidence, side="right") - 1, bins - 1)


def _edges(bins: int) -> np.ndarray:
    return np.linspace(0, 1, checks.positive("bins", bins) + 1)


def expected_calibration_error(confidence: np.ndarray, correct: np.ndarray, bins: int = BINS) -> float:
    """ECE with equal-width bins, from 0 to 1 (Guo et al. 2017, equation 3; paper, section 4.5).

    >>> round(expected_calibration_error(np.array([0.9, 0.9, 0.4]), np.array([True, False, False])), 3)
    0.4
    """
    return reliability(confidence, correct, bins).ece


def ece_null(confidence: np.ndarray, bins: int = BINS) -> float:
    """Expected ECE of a perfectly calibrated model with these confidences: what the size of the test set produces.

    A bin's |accuracy - confidence| is then that of a sum of independent outcomes, in the normal approximation
    sqrt(2 / pi) times its standard deviation.
    """
    confidence = checks.fractions("confidence", confidence)
    variance = np.bincount(bin_of(confidence, bins), weights=confidence * (1 - confidence), minlength=bins)
    return float(np.sqrt(2 / np.pi * variance).sum() / len(confidence))


def ece_without_noise(confidence: np.ndarray, correct: np.ndarray, bins: int = BINS) -> float:
    """Estimate of the ECE, in the same bins, that endless test images would show.

    A finite test set makes the square of a bin's gap larger, in the mean, by the variance of the gap. All gaps are
    shrunk by the share of their squares that is left without it, as in `gini_without_noise`; shrinking each bin alone
    would keep every gap that is large by chance. The result is never below the global gap, a lower bound of every ECE,
    which is reduced in the same way. Too large near 0, where it cannot be negative (docs/ANALYSIS.md).
    """
    samples, total, squares, _ = _bin_sums(confidence, correct, bins)
    variance = (squares - total**2 / np.maximum(samples, 1)) * samples / np.maximum(samples - 1, 1)
    variance = np.where(samples > 1, variance, total**2)  # one sample does not tell its spread
    in_bins = float(np.abs(total).sum()) * _left(float((total**2).sum()), float(variance.sum()))
    overall = abs(float(total.sum())) * _left(float(total.sum()) ** 2, float(variance.sum()))
    return max(in_bins, overall) / float(samples.sum())


def _left(square: float, noise: float) -> float:
    """By what a magnitude shrinks where noise is taken out of its square."""
    return max(0.0, 1 - noise / square) ** 0.5 if square > 0 else 0.0


def calibrated_p(confidence: np.ndarray, correct: np.ndarray, bins: int = BINS) -> float:
    """p of "the model is perfectly calibrated": chi square of the bins' gaps (Hosmer, Lemeshow 1980, no fit).

    Bins whose outcomes would vary by less than one sample are tested together; 1 where nothing can vary.
    """
    from scipy import special

    _, total, _, variance = _bin_sums(confidence, correct, bins)
    small = variance < 1
    total = np.append(total[~small], total[small].sum())
    variance = np.append(variance[~small], variance[small].sum())
    tested = variance >= 1
    statistic = float(np.sum(total[tested] ** 2 / variance[tested]))
    return float(special.chdtrc(tested.sum(), statistic)) if tested.any() else 1.0


def _bin_sums(
    confidence: np.ndarray, correct: np.ndarray, bins: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of each bin: samples, sum of the gaps correct - confidence, of their squares, and the variance that the sum
    has where the model is calibrated."""
    confidence, correct = _checked(confidence, correct)
    index, gap = bin_of(confidence, bins), correct - confidence
    samples = np.bincount(index, minlength=bins)
    weighted = (gap, gap**2, confidence * (1 - confidence))
    total, squares, variance = (np.bincount(index, weights=of, minlength=bins) for of in weighted)
    return samples, total, squares, variance


@dataclass(frozen=True)
class MeanConfidence:
    """Mean confidence over all, right and wrong predictions (None where there are none), and the accuracy."""

    overall: float
    correct: float | None
    wrong: float | None
    accuracy: float

    @property
    def global_gap(self) -> float:
        """overall - accuracy: above 0 the model is overconfident on average.

        ECE is at least its absolute value. Where the two are close, the miscalibration is one global offset;
        a small ECE may be no more than a small gap (the paper's "global match", section 5.6).
        """
        return self.overall - self.accuracy


def mean_confidence(confidence: np.ndarray, correct: np.ndarray) -> MeanConfidence:
    """Mean confidences of one prediction set.

    >>> mean_confidence(np.array([0.75, 0.5, 0.25]), np.array([True, True, False])).correct
    0.625
    """
    confidence, correct = _checked(confidence, correct)
    return MeanConfidence(
        overall=float(confidence.mean()),
        correct=_mean(confidence[correct]),
        wrong=_mean(confidence[~correct]),
        accuracy=float(correct.mean()),
    )


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature T that minimises the negative log-likelihood of softmax(logits / T) (Guo et al. 2017).

    Fit it on held-out images, never on those that the calibration is reported for. logits (n, classes), labels
    (n,). The result lies within TEMPERATURES: at the lower end where every label has the largest logit (any
    smaller T is better still), at the upper end where the logits say nothing or the opposite. float32 logits are
    fitted in float32, to about six digits.
    """
    from scipy.optimize import brentq

    precision = np.float32 if np.asarray(logits).dtype == np.float32 else np.float64
    logits = checks.finite("logits", logits, ndim=2)
    labels = checks.class_indices("labels", labels, logits.shape[1])
    checks.same_length(labels=labels, logits=logits)
    differences = _below_label(logits, labels).astype(precision, copy=False)
    # The cost is convex in 1/T, so its slope there rises through 0 once.
    low, high = (float(np.log(1 / bound)) for bound in reversed(TEMPERATURES))
    if _slope(differences, low) >= 0:
        return TEMPERATURES[1]
    if _slope(differences, high) <= 0:
        return TEMPERATURES[0]
    return float(np.exp(-brentq(lambda log_inverse: _slope(differences, log_inverse), low, high, xtol=1e-7)))


def _below_label(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return logits - logits[np.arange(len(labels)), labels][:, None]


def _slope(differences: np.ndarray, log_inverse: float) -> float:
    """d NLL / d(1/T) at 1/T = exp(log_inverse): the mean over the samples of the expected difference."""
    powers = differences * differences.dtype.type(np.exp(log_inverse))
    powers -= powers.max(axis=1, keepdims=True)
    np.exp(powers, out=powers)
    expected = np.einsum("ij,ij->i", powers, differences) / powers.sum(axis=1)
    return float(np.mean(expected, dtype=np.float64))


def _checked(confidence: np.ndarray, correct: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    confidence, correct = checks.fractions("confidence", confidence), checks.masks("correct", correct)
    checks.same_length(confidence=confidence, correct=correct)
    return confidence, correct


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if values.size else None
