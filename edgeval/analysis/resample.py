"""One pass of the bootstrap over a stage: all its statistics from the same resamples of images and seeds.

Everything that is counted over images is a column of a matrix, and a batch of resamples times these columns gives
the counts of all runs and all pairs of runs at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

from edgeval.analysis.inputs.measured import Stage
from edgeval.metrics.calibration import BINS, bin_of
from edgeval.metrics.inequality import gini_rows
from edgeval.metrics.inference.image_bootstrap import image_counts, seed_weights, weighted_jaccard
from edgeval.progress import progress

RESAMPLES = 10_000  # as the paper, section 5.4
SEED = 0

Pair = tuple[str, str]
Key = TypeVar("Key")


@dataclass(frozen=True)
class Resampled:
    """Statistics of the resamples, each float64 (resamples,), means over the resampled seeds.

    By model id: accuracy, gini, ece. By pair (candidate, reference): jaccard, independence, containment.
    """

    accuracy: Mapping[str, np.ndarray]
    gini: Mapping[str, np.ndarray]
    ece: Mapping[str, np.ndarray]
    jaccard: Mapping[Pair, np.ndarray]
    independence: Mapping[Pair, np.ndarray]
    containment: Mapping[Pair, np.ndarray]


@dataclass(frozen=True)
class _Columns:
    """What is counted, float32 (n, columns), samples in the order of their classes; `spans` are the columns of a
    model's runs in `errors`, `pairs` those of a pair in `common`."""

    labels: np.ndarray
    errors: np.ndarray
    gaps: np.ndarray  # BINS columns a run: correct - confidence in each confidence bin
    common: np.ndarray
    spans: Mapping[str, slice]
    pairs: Mapping[Pair, slice]


def resample(stage: Stage, pairs: Sequence[Pair], resamples: int = RESAMPLES, seed: int = SEED) -> Resampled:
    """Resample a stage; `pairs` are the models whose overlap is wanted. Equal arguments give equal results.

    A sample that failed has no confidence and adds nothing to the ECE's sums.
    """
    columns = _columns(stage, pairs)
    rng = np.random.default_rng([seed, 1])
    batches = []
    with progress(resamples, f"bootstrap {stage.name}", unit="resample") as bar:
        for counts in image_counts(columns.labels, resamples, seed):
            weights = {
                name: seed_weights(span.stop - span.start, len(counts), rng)
                for name, span in columns.spans.items()
            }
            batches.append(_batch(counts, columns, weights))
            bar.update(len(counts))
    return Resampled(
        **{
            field.name: _joined([getattr(batch, field.name) for batch in batches])
            for field in fields(Resampled)
        }
    )


def _columns(stage: Stage, pairs: Sequence[Pair]) -> _Columns:
    order = np.argsort(stage.labels, kind="stable")
    masks = {model.id: stage.errors(model.id)[:, order].T for model in stage.models}
    gaps = [
        _gaps(seen.confidence[order], ~seen.errors[order])
        for model in stage.models
        for seen in stage.runs[model.id].values()
    ]
    common = [(masks[a][:, :, None] & masks[b][:, None, :]).reshape(len(order), -1) for a, b in pairs]
    return _Columns(
        labels=stage.labels[order],
        errors=np.concatenate(list(masks.values()), axis=1).astype(np.float32),
        gaps=np.concatenate(gaps, axis=1),
        common=np.concatenate([np.empty((len(order), 0), bool), *common], axis=1).astype(np.float32),
        spans=dict(zip(masks, _spans([mask.shape[1] for mask in masks.values()]), strict=True)),
        pairs=dict(zip(pairs, _spans([columns.shape[1] for columns in common]), strict=True)),
    )


def _gaps(confidence: np.ndarray, correct: np.ndarray) -> np.ndarray:
    """float32 (n, BINS): correct - confidence in the column of the sample's bin; zero for a failed sample."""
    gaps = np.zeros((len(confidence), BINS), np.float32)
    rows = np.flatnonzero(~np.isnan(confidence))
    if len(rows):
        gaps[rows, bin_of(confidence[rows])] = (correct[rows] - confidence[rows]) / len(rows)
    return gaps


def _spans(widths: Sequence[int]) -> list[slice]:
    ends = np.cumsum(widths).tolist()
    return [slice(end - width, end) for end, width in zip(ends, widths, strict=True)]


def _batch(counts: np.ndarray, columns: _Columns, weights: Mapping[str, np.ndarray]) -> Resampled:
    errors = (counts @ columns.errors).astype(np.float64)
    ece = np.abs(counts @ columns.gaps).reshape(len(counts), -1, BINS).sum(axis=2)

    def mean(of_run: np.ndarray) -> dict[str, np.ndarray]:
        return {name: np.sum(of_run[:, span] * weights[name], axis=1) for name, span in columns.spans.items()}

    return Resampled(
        mean(1 - errors / len(columns.labels)),
        mean(gini_rows(_class_accuracy(counts, columns))),
        mean(ece),
        *_overlaps(counts @ columns.common, errors, columns, weights),
    )


def _class_accuracy(counts: np.ndarray, columns: _Columns) -> np.ndarray:
    """float64 (b, runs, classes that have samples)."""
    _, starts = np.unique(columns.labels, return_index=True)
    ends = [*starts[1:], len(columns.labels)]
    right = [
        1 - counts[:, start:end] @ columns.errors[start:end] / (end - start)
        for start, end in zip(starts, ends, strict=True)
    ]
    return np.stack(right, axis=2)


def _overlaps(
    common: np.ndarray, errors: np.ndarray, columns: _Columns, weights: Mapping[str, np.ndarray]
) -> tuple[dict[Pair, np.ndarray], dict[Pair, np.ndarray], dict[Pair, np.ndarray]]:
    jaccard, independence, containment = {}, {}, {}
    images = len(columns.labels)
    rates = {name: np.sum(errors[:, span] * weights[name], axis=1) for name, span in columns.spans.items()}
    for (a, b), span in columns.pairs.items():
        first, second = errors[:, columns.spans[a]], errors[:, columns.spans[b]]
        shared = common[:, span].reshape(len(common), first.shape[1], second.shape[1])
        seen = weighted_jaccard(shared, first[:, :, None], second[:, None, :])
        jaccard[a, b] = np.einsum("rij,ri,rj->r", seen, weights[a], weights[b])
        by_chance = rates[a] * rates[b] / images
        independence[a, b] = weighted_jaccard(by_chance, rates[a], rates[b])
        least, most = np.minimum(rates[a], rates[b]), np.maximum(rates[a], rates[b])
        containment[a, b] = np.where(most > 0, least / np.maximum(most, 1), 1.0)
    return jaccard, independence, containment


def resample_steps(
    before: Mapping[str, np.ndarray],
    after: Mapping[str, np.ndarray],
    labels: np.ndarray,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> dict[str, np.ndarray]:
    """The mean Jaccard of the same seeds before and after a step, by model id, float64 (resamples,).

    Error masks bool (seeds, n) of the same seeds on both sides; labels int64 (n,).
    """
    order = np.argsort(labels, kind="stable")
    spans = dict(zip(before, _spans([len(mask) for mask in before.values()]), strict=True))
    sides = [np.concatenate(list(masks.values())) for masks in (before, after)]
    columns = [mask[:, order].T.astype(np.float32) for mask in (sides[0] & sides[1], *sides)]
    rng = np.random.default_rng([seed, 2])
    batches = []
    for counts in image_counts(labels[order], resamples, seed):
        seen = weighted_jaccard(*(counts @ column for column in columns))
        batches.append(
            {
                name: np.sum(seen[:, span] * seed_weights(len(before[name]), len(counts), rng), axis=1)
                for name, span in spans.items()
            }
        )
    return _joined(batches)


def _joined(batches: list[dict[Key, np.ndarray]]) -> dict[Key, np.ndarray]:
    return {key: np.concatenate([batch[key] for batch in batches]) for key in batches[0]}
