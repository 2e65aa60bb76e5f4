"""The change of accuracy from the validated network to the deployed one, split into what caused it.

All parts are measured on the same images with the same seeds, so they add up to the total. The intervals are a
paired bootstrap: images are drawn within their class, and every stage and seed of every model keeps the same images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from edgeval.cases.align import candidates, rows_of
from edgeval.cases.case import ModelCase
from edgeval.metrics.inference.bootstrap import percentile_interval
from edgeval.metrics.inference.image_bootstrap import image_counts

RESAMPLES = 2000
CONFIDENCE = 0.95
# The stages a change is split at, and what lies between a group and the one before it.
GROUPS = (("float", "onnx"), ("int8",), ("tflm",), ("host", "emulated", "board"))
CAUSES = ("quantization", "kernel rounding", "device")


@dataclass(frozen=True)
class _Step:
    """One stage to another; `changes` float64 (n,): by how much each image's accuracy changes, mean over seeds."""

    cause: str
    before: str
    after: str
    changes: np.ndarray


def accuracy_splits(cases: Sequence[ModelCase]) -> dict[str, dict[str, Any]]:
    """The entry `accuracy_split` of each model, by its id (docs/COMPARE_JSON.md).

    A model is left out that has less than two of the groups of stages on the whole test set.
    """
    steps = {case.id: _steps(case) for case in cases}
    columns = [step.changes for rows in steps.values() for step in rows]
    if not columns:
        return {}
    means = iter(_resampled_means(_labels(cases), np.stack(columns, axis=1)).T)
    return {model: _split(rows, [next(means) for _ in rows]) for model, rows in steps.items() if rows}


def _steps(case: ModelCase) -> list[_Step]:
    """The parts in the order of the chain, then the whole way."""
    path = _path(case)
    seeds = [seed for seed, stages in sorted(case.seeds.items()) if all(stage in stages for _, stage in path)]
    if len(path) < 2 or not seeds:
        return []
    return [
        _Step(" and ".join(CAUSES[first:last]), before, after, _changes(case, seeds, before, after))
        for (first, before), (last, after) in [*pairwise(path), (path[0], path[-1])]
    ]


def _path(case: ModelCase) -> list[tuple[int, str]]:
    """The stage that stands for each group the model has, with the group's number: the first float stage, and on
    the device the last one that covers the whole test set."""
    deployed = candidates(case)[0]
    path = []
    for number, group in enumerate(GROUPS):
        present = [stage for stage in case.stages if stage in group]
        if number == len(GROUPS) - 1:
            present = [stage for stage in present if stage == deployed]
        path += [(number, stage) for stage in present[:1]]
    return path


def _changes(case: ModelCase, seeds: Sequence[int], before: str, after: str) -> np.ndarray:
    changes = []
    for seed in seeds:
        first, second = case.seeds[seed][before], case.seeds[seed][after]
        changes.append(
            first.errors[rows_of(first, first.ids)].astype(float) - second.errors[rows_of(second, first.ids)]
        )
    return np.mean(changes, axis=0)


def _labels(cases: Sequence[ModelCase]) -> np.ndarray:
    """int64 (n,): the labels of the whole test set by ascending id, as _changes has its images."""
    whole = max((seen for case in cases for stages in case.seeds.values() for seen in stages.values()),
                key=lambda seen: len(seen.ids))  # fmt: skip
    labels: np.ndarray = whole.labels[rows_of(whole, whole.ids)]
    return labels


def _resampled_means(labels: np.ndarray, changes: np.ndarray) -> np.ndarray:
    """float64 (RESAMPLES, columns): the mean of each column of changes (n, columns) over resampled images."""
    sums = [counts @ changes for counts in image_counts(labels, RESAMPLES)]
    means: np.ndarray = np.concatenate(sums) / len(labels)
    return means


def _split(steps: Sequence[_Step], resampled: Sequence[np.ndarray]) -> dict[str, Any]:
    *parts, total = (
        {
            "cause": step.cause,
            "from": step.before,
            "to": step.after,
            "change_points": 100 * float(step.changes.mean()),
            "interval": [100 * bound for bound in percentile_interval(means, CONFIDENCE)],
        }
        for step, means in zip(steps, resampled, strict=True)
    )
    return {
        **total,
        "samples": len(steps[0].changes),
        "confidence": CONFIDENCE,
        "resamples": RESAMPLES,
        "parts": parts,
    }
