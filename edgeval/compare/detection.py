"""A model of two classes as a detector of the second one: AUC of every stage, and thresholds carried down the chain."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeval.cases.case import ModelCase
from edgeval.cases.summary import mean_known, std_known
from edgeval.metrics.detection import positive_scores, rates, roc
from edgeval.records import FAILED, NO_SCORES, Predictions

WANTED = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1)  # false alarms that thresholds are chosen for
GRID = (
    0.0,
    0.001,
    0.002,
    0.005,
    *(round(0.01 * step, 2) for step in range(1, 101)),
)  # of the curve that is kept


def detection(case: ModelCase, classes: tuple[str, ...]) -> dict[str, Any] | None:
    """The `detection` of compare.json; None where there are not two classes, or the first stage has no scores. A stage
    without scores, or whose samples are all of one class, is left out.

    A failed sample counts against the model: as missed where it is positive, else as a false alarm.
    """
    stages = [stage for stage in case.stages if all(map(_can_be_judged, case.of_stage(stage).values()))]
    if len(classes) != 2 or case.stages[0] not in stages:
        return None
    first, *later = stages
    return {
        "positive": classes[1],
        "stages": {stage: _curve(case, stage) for stage in stages},
        "thresholds": [_transfer(case, first, stage, wanted) for wanted in WANTED for stage in later],
    }


def _can_be_judged(seen: Predictions) -> bool:
    """Whether there are scores, and samples of both classes."""
    return seen.score_kind != NO_SCORES and len(np.unique(seen.labels)) == 2


def _scores(seen: Predictions) -> tuple[np.ndarray, np.ndarray]:
    """bool (n,) which are positive, float64 (n,) their scores; failed ones lie beyond all others, on the wrong side."""
    positive = seen.labels == 1
    scores = positive_scores(seen.scores, seen.score_kind)
    return positive, np.where(seen.top1 == FAILED, np.where(positive, -1.0, 2.0), scores)


def _curve(case: ModelCase, stage: str) -> dict[str, Any]:
    curves = [roc(*_scores(seen)) for seen in case.of_stage(stage).values()]
    areas: list[float | None] = [curve.auc for curve in curves]
    return {
        "auc": {"mean": mean_known(areas), "std": std_known(areas)},
        "false_alarms": list(GRID),
        "detected": [float(np.mean([curve.detected_at(at) for curve in curves])) for at in GRID],
    }


def _transfer(case: ModelCase, first: str, stage: str, wanted: float) -> dict[str, Any]:
    """Means over the seeds; both stages on the samples that both have."""
    rows = []
    for before, after in case.of_stages(first, stage).values():
        shared = np.isin(before.ids, after.ids)
        positive, scores = (part[shared] for part in _scores(before))
        if positive.all() or not positive.any():
            continue
        threshold = roc(positive, scores).threshold(wanted)
        rows.append((threshold, *rates(positive, scores, threshold), *rates(*_scores(after), threshold)))
    means = np.mean(rows, axis=0).tolist() if rows else [None] * 5
    names = ("threshold", "false_alarms_before", "detected_before", "false_alarms_after", "detected_after")
    return {
        "from": first,
        "to": stage,
        "wanted": wanted,
        "seeds": len(rows),
        **dict(zip(names, means, strict=True)),
    }
