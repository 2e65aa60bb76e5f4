"""Can a rule fail at all on this test set? A rule that could not, whatever the candidate did, has tested nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeval.gate.checks.class_check import class_check
from edgeval.gate.checks.model_check import model_check
from edgeval.gate.judged import Judged
from edgeval.gate.policy import DIFFERENCE, SOME, Rule
from edgeval.records import FAILED


def untestable(rule: Rule, judged: Judged, level: float | None) -> str | None:
    """Why no loss could fail a rule about accuracies: even the largest has a p-value above the level. Else None.

    The largest loss is that of every answer, for a class rule of every answer of the class with most right ones.
    """
    if rule.test != DIFFERENCE or rule.metric not in ("accuracy", "class_accuracy"):
        return None
    chosen = np.ones(len(judged.labels), bool)
    if rule.metric == "accuracy":
        check = model_check(rule, _losing(judged, chosen), level)
        p_values, what = (check.p_value, check.p_loss), "every answer"
    else:
        right = np.bincount(judged.labels, judged.baseline.right.sum(axis=0), len(judged.classes))
        index = int(np.argmax(right))
        chosen = judged.labels == index
        columns = class_check(rule, _losing(judged, chosen), level).classes
        p_values = (columns.p_value[index], columns.p_loss[index]) if columns else (None, None)
        what = f"every answer of class '{judged.classes[index]}'"
    p_value = p_values[0]
    if rule.fails_on == SOME and p_value is not None and p_values[1] is not None:
        p_value = min(p_value, p_values[1])
    if p_value is None or p_value <= (level or 0.0):
        return None
    more = "more test images" if judged.paired else "more test images or seeds"
    return (
        f"no loss could fail it: if {what} became wrong, p would be {p_value:.2g}, above the level {level:.2g}; "
        f"it needs {more}"
    )


def _losing(judged: Judged, chosen: np.ndarray) -> Judged:
    """The same with a candidate that fails at the chosen images and else answers as the baseline does; another network
    answers as it did, for how much two networks differ is a part of the test."""
    rows = np.arange(len(judged.candidate.seeds)) % len(judged.baseline.seeds)
    others = judged.baseline.top1[rows] if judged.paired else judged.candidate.top1
    top1 = np.where(chosen, FAILED, others)
    return replace(judged, candidate=replace(judged.candidate, top1=top1))
