"""The per-class table: what each class had before and has now, in the view that was judged, largest losers first."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeval.cases.align import shared_rows
from edgeval.cases.case import ModelCase
from edgeval.compare.diff import flips
from edgeval.gate.judged import Judged
from edgeval.gate.terms import OWN
from edgeval.records import FAILED

CONFUSED_WITH = 3  # wrong answers listed a class


def class_changes(case: ModelCase, first: str, last: str, classes: tuple[str, ...]) -> dict[str, Any]:
    """Every class between two stages of a model on the samples of both, the largest loser first; counts are sums over
    seeds."""
    counts = _Counts(len(classes))
    pairs = list(case.of_stages(first, last).values())
    for before, after in pairs:
        rows, others = shared_rows(before, after)
        counts.add(before.labels[rows], before.top1[rows], after.top1[others])
    return {
        "from": first,
        "to": last,
        "against": OWN,
        "baseline": case.id,
        **counts.document(len(pairs), classes),
    }


def judged_changes(item: Judged, against: str) -> dict[str, Any]:
    """The same between a candidate and what it was judged by.

    Where their seeds do not belong together no image can be said to be lost or gained: these counts are then None.
    """
    seeds = len(item.candidate.seeds)
    counts = _Counts(len(item.classes))
    if item.matched:
        for before, after in zip(item.baseline.top1, item.candidate.top1, strict=True):
            counts.add(item.labels, before, after)
    else:
        counts.add_unmatched(item)
    return {
        "from": item.baseline.stage,
        "to": item.candidate.stage,
        "against": against,
        "baseline": item.baseline.model,
        **counts.document(seeds, item.classes),
    }


class _Counts:
    """Sums over seeds (classes,); `confusion` int64 (classes, classes) is of the later side."""

    def __init__(self, classes: int) -> None:
        self.samples, self.lost, self.gained, self.other = np.zeros((4, classes), np.int64)
        self.before, self.after = np.zeros((2, classes))
        self.confusion = np.zeros((classes, classes), np.int64)
        self.matched = True

    def add(self, labels: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
        """Answers int64 (n,) of one network before and after."""
        masks = (np.ones(len(labels), bool), before == labels, after == labels, *flips(labels, before, after))
        totals = (self.samples, self.before, self.after, self.lost, self.gained, self.other)
        for total, mask in zip(totals, masks, strict=True):
            total += np.bincount(labels[mask], minlength=len(total))
        self._confuse(labels, after)

    def add_unmatched(self, item: Judged) -> None:
        """All seeds of both sides; right answers before are scaled to the number of seeds after."""
        self.matched = False
        seeds = len(item.candidate.seeds)
        self.samples += item.sizes * seeds
        for total, side in ((self.before, item.baseline), (self.after, item.candidate)):
            total += np.nan_to_num(item.class_accuracy(side)) * item.sizes * seeds
        for answers in item.candidate.top1:
            self._confuse(item.labels, answers)

    def _confuse(self, labels: np.ndarray, answers: np.ndarray) -> None:
        ran = answers != FAILED
        np.add.at(self.confusion, (labels[ran], answers[ran]), 1)

    def document(self, seeds: int, classes: tuple[str, ...]) -> dict[str, Any]:
        net = np.round(self.after - self.before, 6)
        order = np.lexsort((np.arange(len(classes)), -self.lost, net))
        total = max(1, int(self.samples.sum()))
        return {
            "seeds": seeds,
            "accuracy_before": float(self.before.sum() / total),
            "accuracy_after": float(self.after.sum() / total),
            "change_points": float(100 * (self.after.sum() - self.before.sum()) / total),
            "classes": [self.row(int(index), classes) for index in order],
        }

    def row(self, index: int, classes: tuple[str, ...]) -> dict[str, Any]:
        """One class; accuracies are None where it has no samples."""
        samples = int(self.samples[index])
        before = self.before[index] / samples if samples else None
        after = self.after[index] / samples if samples else None
        return {
            "index": index,
            "name": classes[index],
            "predictions": samples,
            "accuracy_before": None if before is None else float(before),
            "accuracy_after": None if after is None else float(after),
            "change_points": None
            if before is None
            else float(100 * (self.after[index] - self.before[index]) / samples),
            "lost": int(self.lost[index]) if self.matched else None,
            "gained": int(self.gained[index]) if self.matched else None,
            "wrong_to_other_wrong": int(self.other[index]) if self.matched else None,
            "confused_with": self._confused_with(index, classes),
        }

    def _confused_with(self, index: int, classes: tuple[str, ...]) -> list[dict[str, Any]]:
        counts = self.confusion[index].copy()
        counts[index] = 0
        order = np.argsort(-counts, kind="stable")[:CONFUSED_WITH]
        return [
            {"name": classes[other], "predictions": int(counts[other])} for other in order if counts[other]
        ]
