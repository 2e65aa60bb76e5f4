"""Two classes as alarm and no alarm: the ROC curve, the area below it, and what a threshold does.

A score is the higher the more the sample looks like the positive class; an alarm is a score at or above the threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks
from edgeval.metrics.calibration import softmax


def positive_scores(scores: np.ndarray, score_kind: str) -> np.ndarray:
    """float64 (n,): the probability of class 1 from scores (n, 2), logits or probabilities."""
    scores = checks.finite("scores", scores, ndim=2)
    if scores.shape[1] != 2:
        raise DataError(f"scores are {scores.shape}, expected two classes")
    if score_kind not in ("logits", "probabilities"):
        raise DataError(f"score_kind is '{score_kind}', expected 'logits' or 'probabilities'")
    return np.asarray(softmax(scores)[:, 1] if score_kind == "logits" else scores[:, 1])


@dataclass(frozen=True)
class Roc:
    """The corners of the curve from (0, 0) to (1, 1): `false_alarms` and `detected` float64 (k,), fractions of the
    negative and of the positive samples; `thresholds` (k,) descending, the first is above every score."""

    false_alarms: np.ndarray
    detected: np.ndarray
    thresholds: np.ndarray

    @property
    def auc(self) -> float:
        """The area below the curve by trapezoids: the probability that a positive sample scores higher than a negative
        one, equal scores counting half (Mann and Whitney's U)."""
        steps = np.diff(self.false_alarms)
        return float(np.sum(steps * (self.detected[1:] + self.detected[:-1]) / 2))

    def threshold(self, false_alarms: float) -> float:
        """The lowest threshold with at most that fraction of false alarms."""
        return float(self.thresholds[np.flatnonzero(self.false_alarms <= false_alarms)[-1]])

    def detected_at(self, false_alarms: float) -> float:
        """The largest fraction of positives that some threshold with at most that fraction of false alarms detects."""
        return float(self.detected[np.flatnonzero(self.false_alarms <= false_alarms)[-1]])


def roc(positive: np.ndarray, scores: np.ndarray) -> Roc:
    """One corner for each different score. positive bool (n,), some of each; scores float (n,).

    >>> round(roc(np.array([False, False, True, True]), np.array([0.1, 0.4, 0.35, 0.8])).auc, 2)
    0.75
    """
    positive, scores = checks.masks("positive", positive), checks.finite("scores", scores)
    checks.same_length(positive=positive, scores=scores)
    if positive.all() or not positive.any():
        raise DataError("a ROC curve needs samples of both classes")
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], positive[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # of each run of equal scores
    detected, alarms = np.cumsum(hits)[last], np.cumsum(~hits)[last]
    return Roc(
        np.append(0.0, alarms / (~positive).sum()),
        np.append(0.0, detected / positive.sum()),
        np.append(np.nextafter(ranked[0], np.inf), ranked[last]),
    )


def rates(positive: np.ndarray, scores: np.ndarray, threshold: float) -> tuple[float, float]:
    """(false alarms, detected) at a threshold, as fractions of the negative and of the positive samples."""
    positive, scores = checks.masks("positive", positive), checks.finite("scores", scores)
    checks.same_length(positive=positive, scores=scores)
    if positive.all() or not positive.any():
        raise DataError("false alarms and detections need samples of both classes")
    alarm = scores >= threshold
    return float(alarm[~positive].mean()), float(alarm[positive].mean())
