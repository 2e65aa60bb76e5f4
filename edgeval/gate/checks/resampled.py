"""Rules about statistics whose change has no formula: Gini, ECE, bottom-k class accuracy, by resampling images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edgeval.gate.judged import Judged, Outcomes
from edgeval.metrics import calibration, inequality
from edgeval.metrics.inference.image_bootstrap import image_counts

RESAMPLES, SEED = 2000, 0
Z95 = 1.959964  # two-sided 95 %


@dataclass(frozen=True)
class Change:
    """A statistic on both sides; `worse` is its change for the worse, with a standard error and Student's degrees of
    freedom (infinite: normal)."""

    before: float
    after: float
    worse: float
    error: float
    freedom: float

    def p_value(self, margin: float) -> float:
        """Of "no change for the worse beyond the margin"."""
        return tail(self.worse - margin, self.error, self.freedom)

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, of the change for the worse."""
        from scipy import special

        half = -float(special.stdtrit(self.freedom, 0.025)) * self.error
        return self.worse - half, self.worse + half


def resampled(metric: str, direction: str, judged: Judged) -> Change | None:
    """The change of a statistic.

    The error comes from resampling the images, the same ones on both sides; None where there are too few classes
    or, for the ECE, no scores.
    Between different networks the error is at least that of the spread over the seeds, with Student's t.
    """
    if np.count_nonzero(judged.sizes) <= LEAST_CLASSES.get(metric, 0):
        return None
    if metric == "ece" and any(
        np.isnan(side.confidence).any() for side in (judged.baseline, judged.candidate)
    ):
        return None
    statistic = STATISTICS[metric]
    ones = np.ones((1, len(judged.labels)))
    before, after = (statistic(ones, side, judged)[0] for side in (judged.baseline, judged.candidate))
    sign = 1.0 if direction == "rise" else -1.0
    change = sign * float(after.mean() - before.mean())
    changes = [
        statistic(counts, judged.candidate, judged).mean(axis=1)
        - statistic(counts, judged.baseline, judged).mean(axis=1)
        for counts in image_counts(judged.labels, RESAMPLES, SEED, judged.groups)
    ]
    error = float(np.concatenate(changes).std())
    inside = len(before) + len(after) - 2
    freedom = float("inf")
    if not judged.paired and inside:
        spread = sum(float(((side - side.mean()) ** 2).sum()) for side in (before, after)) / inside
        error, freedom = max(error, (spread * (1 / len(before) + 1 / len(after))) ** 0.5), inside
    return Change(float(before.mean()), float(after.mean()), change, error, freedom)


def tail(excess: float, error: float, freedom: float = float("inf")) -> float:
    """P(an error of Student's t, by default a normal one, reaches the excess); 0 or 1 where there is no error."""
    from scipy import special

    return float(special.stdtr(freedom, -excess / error)) if error > 0 else float(excess <= 0)


Statistic = Callable[[np.ndarray, Outcomes, Judged], np.ndarray]


def _class_accuracies(counts: np.ndarray, side: Outcomes, judged: Judged) -> np.ndarray:
    """Of resamples (b, n): float64 (b, seeds, classes with samples)."""
    order = np.argsort(judged.labels, kind="stable")
    starts = np.searchsorted(judged.labels[order], np.flatnonzero(judged.sizes))
    counts = counts[:, order]
    sizes = np.add.reduceat(counts, starts, axis=1)
    right = [np.add.reduceat(counts * row[order], starts, axis=1) for row in side.right]
    return np.stack([row / sizes for row in right], axis=1)


def _gini(counts: np.ndarray, side: Outcomes, judged: Judged) -> np.ndarray:
    """Of resamples (b, n): float64 (b, seeds)."""
    return inequality.gini_rows(_class_accuracies(counts, side, judged))


def _bottom(k: int) -> Statistic:
    def mean(counts: np.ndarray, side: Outcomes, judged: Judged) -> np.ndarray:
        return np.sort(_class_accuracies(counts, side, judged), axis=-1)[..., :k].mean(axis=-1)

    return mean


def _ece(counts: np.ndarray, side: Outcomes, judged: Judged) -> np.ndarray:
    """Of resamples (b, n): float64 (b, seeds). A sample whose inference failed has no confidence and is left out."""
    columns = []
    for right, confidence, top1 in zip(side.right, side.confidence, side.top1, strict=True):
        ran = (top1 >= 0).astype(np.float32)
        gaps = np.zeros((len(right), calibration.BINS))
        gaps[np.arange(len(right)), calibration.bin_of(confidence)] = (right - confidence) * ran
        columns.append(np.abs(counts @ gaps).sum(axis=1) / np.maximum(counts @ ran, 1))
    return np.stack(columns, axis=1)


STATISTICS: dict[str, Statistic] = {
    "gini": _gini,
    "ece": _ece,
    **{f"bottom{k}_accuracy": _bottom(k) for k in (5, 10, 20)},
}
LEAST_CLASSES = {f"bottom{k}_accuracy": k for k in (5, 10, 20)}
