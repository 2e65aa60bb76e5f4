"""The per-class table: what each class had at the first stage and has at the last, largest losers first."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeval.cases.align import shared_rows
from edgeval.cases.case import ModelCase
from edgeval.compare.diff import flips
from edgeval.records import FAILED, Predictions

CONFUSED_WITH = 3  # wrong answers listed a class


def class_changes(case: ModelCase, first: str, last: str, classes: tuple[str, ...]) -> dict[str, Any]:
    """Every class between two stages on the samples of both, the largest loser first; counts are sums over seeds."""
    pairs = list(case.of_stages(first, last).values())
    rows = _Counts(len(classes))
    for before, after in pairs:
        rows.add(before, after)
    order = np.lexsort((np.arange(len(classes)), -rows.lost, rows.gained - rows.lost))
    return {
        "from": first,
        "to": last,
        "seeds": len(pairs),
        "classes": [rows.row(int(index), classes) for index in order],
    }


class _Counts:
    """Sums over seeds, int64 (classes,); `confusion` int64 (classes, classes) is of the later stage."""

    def __init__(self, classes: int) -> None:
        self.samples, self.before, self.after, self.lost, self.gained, self.other = np.zeros(
            (6, classes), np.int64
        )
        self.confusion = np.zeros((classes, classes), np.int64)

    def add(self, first: Predictions, second: Predictions) -> None:
        rows, others = shared_rows(first, second)
        labels, before, after = first.labels[rows], first.top1[rows], second.top1[others]
        lost, gained, other = flips(labels, before, after)
        masks = (np.ones_like(lost), before == labels, after == labels, lost, gained, other)
        totals = (self.samples, self.before, self.after, self.lost, self.gained, self.other)
        for total, mask in zip(totals, masks, strict=True):
            total += np.bincount(labels[mask], minlength=len(total))
        ran = after != FAILED
        np.add.at(self.confusion, (labels[ran], after[ran]), 1)

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
            "lost": int(self.lost[index]),
            "gained": int(self.gained[index]),
            "wrong_to_other_wrong": int(self.other[index]),
            "confused_with": self._confused_with(index, classes),
        }

    def _confused_with(self, index: int, classes: tuple[str, ...]) -> list[dict[str, Any]]:
        counts = self.confusion[index].copy()
        counts[index] = 0
        order = np.argsort(-counts, kind="stable")[:CONFUSED_WITH]
        return [
            {"name": classes[other], "predictions": int(counts[other])} for other in order if counts[other]
        ]
