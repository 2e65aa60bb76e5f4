"""What corrupted images do to each size: accuracy, classes, calibration, and whether shrinking does the same.

The masks of errors are all that is needed; edgeval/evaluation/corrupted.py evaluates and reduces them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgeval.documents.robustness import (
    Bounds,
    ClassDrops,
    ClassHit,
    CorruptionAccuracy,
    ExtraDrop,
    OwnOverlap,
    OwnOverlaps,
    RobustnessSections,
    ShiftedModel,
    SizeOverlap,
    SizeOverlaps,
)
from edgeval.metrics.inference.bootstrap import percentile_interval
from edgeval.metrics.inference.image_bootstrap import image_counts, seed_weights, weighted_jaccard
from edgeval.metrics.overlap import containment, independence, jaccard_matrix
from edgeval.metrics.rank import halved_rank_correlation, halved_rank_interval

RESAMPLES = 2_000
HARDEST_HIT = 3  # classes named

Condition = tuple[str, int]  # corruption and severity


@dataclass(frozen=True)
class Shift:
    """One size at one stage: its errors on clean and on corrupted images.

    clean bool (seeds, n); corrupted bool (seeds, conditions, n); ece float (seeds, 1 + conditions), that of the
    clean images first, NaN where no sample ran.
    """

    model: str
    family: str
    params: int
    stage: str
    clean: np.ndarray
    corrupted: np.ndarray
    ece: np.ndarray


@dataclass(frozen=True)
class Experiment:
    """labels int64 (n,); `conditions` in the order of the shifts' second axis; shifts by stage, family and size."""

    labels: np.ndarray
    classes: tuple[str, ...]
    conditions: tuple[Condition, ...]
    shifts: tuple[Shift, ...]

    @property
    def stages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(shift.stage for shift in self.shifts))

    @property
    def severities(self) -> tuple[int, ...]:
        return tuple(sorted({severity for _, severity in self.conditions}))

    @property
    def corruptions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for name, _ in self.conditions))

    def columns(self, corruption: str | None = None, severity: int | None = None) -> np.ndarray:
        """Positions of the conditions of one corruption, one severity, or both."""
        return np.flatnonzero(
            [corruption in (None, name) and severity in (None, level) for name, level in self.conditions]
        )


@dataclass(frozen=True)
class _Resampled:
    """Float64: drop (resamples,), Jaccard of clean and corrupted errors (resamples, severities)."""

    drop: np.ndarray
    jaccard: np.ndarray


def robustness(experiment: Experiment, resamples: int = RESAMPLES) -> RobustnessSections:
    """The sections `stages`, `steps`, `class_drops` and `overlap` of robustness.json (docs/ROBUSTNESS.md)."""
    resampled = {
        (shift.stage, shift.model): _resample(experiment, shift, resamples) for shift in experiment.shifts
    }
    return {
        "stages": [
            {
                "stage": stage,
                "models": [
                    _model(experiment, shift, resampled[stage, shift.model])
                    for shift in _of_stage(experiment, stage)
                ],
            }
            for stage in experiment.stages
        ],
        "steps": list(_steps(experiment, resampled)),
        "class_drops": [
            _class_drops(experiment, small, large) for small, large in _small_and_large(experiment)
        ],
        "overlap": {
            "corrupted_against_clean": [
                _own_overlap(experiment, shift, resampled[shift.stage, shift.model])
                for shift in experiment.shifts
            ],
            "small_against_large": [
                _size_overlap(experiment, small, large) for small, large in _small_and_large(experiment)
            ],
        },
    }


def _of_stage(experiment: Experiment, stage: str) -> list[Shift]:
    return [shift for shift in experiment.shifts if shift.stage == stage]


def _small_and_large(experiment: Experiment) -> Iterator[tuple[Shift, Shift]]:
    """Each size with the largest of its family at the same stage."""
    for shift in experiment.shifts:
        family = [other for other in _of_stage(experiment, shift.stage) if other.family == shift.family]
        largest = max(family, key=lambda other: other.params)
        if largest is not shift:
            yield shift, largest


def _resample(experiment: Experiment, shift: Shift, resamples: int) -> _Resampled:
    """All shifts see the same resamples of images and, with equally many seeds, of seeds."""
    seeds, conditions, n = shift.corrupted.shape
    clean, corrupted = shift.clean.astype(np.float32), shift.corrupted.astype(np.float32)
    common = clean[:, None] * corrupted
    of_severity = [experiment.columns(severity=severity) for severity in experiment.severities]
    rng = np.random.default_rng(1)
    drops, overlaps = [], []
    for counts in image_counts(experiment.labels, resamples):
        weights = seed_weights(seeds, len(counts), rng)
        wrong = (counts @ clean.T).astype(np.float64)
        wrong_corrupted = (counts @ corrupted.reshape(-1, n).T).reshape(-1, seeds, conditions)
        shared = (counts @ common.reshape(-1, n).T).reshape(-1, seeds, conditions)
        drops.append(np.sum((wrong_corrupted.mean(axis=2) - wrong) / n * weights, axis=1))
        seen = weighted_jaccard(shared, wrong[:, :, None], wrong_corrupted)
        seen = np.einsum("bsc,bs->bc", seen, weights)
        overlaps.append(np.stack([seen[:, columns].mean(axis=1) for columns in of_severity], axis=1))
    return _Resampled(np.concatenate(drops), np.concatenate(overlaps))


def _model(experiment: Experiment, shift: Shift, resampled: _Resampled) -> ShiftedModel:
    clean, corrupted = 1 - float(shift.clean.mean()), 1 - float(shift.corrupted.mean())
    of_class = [_by_class(experiment, mask) for mask in (shift.clean, shift.corrupted.mean(axis=1))]
    return {
        "model": shift.model,
        "family": shift.family,
        "params": shift.params,
        "seeds": len(shift.clean),
        "accuracy": clean,
        "corrupted_accuracy": corrupted,
        "drop": clean - corrupted,
        "drop_ci95": percentile_interval(resampled.drop),
        "error_ratio": (1 - corrupted) / (1 - clean) if clean < 1 else None,
        "ece": _mean(shift.ece[:, 0]),
        "corrupted_ece": _mean(shift.ece[:, 1:]),
        "by_corruption": [_of_corruption(experiment, shift, name) for name in experiment.corruptions],
        "class_accuracy": of_class[0],
        "corrupted_class_accuracy": of_class[1],
        "hardest_hit": _hardest_hit(experiment.classes, *of_class),
    }


def _of_corruption(experiment: Experiment, shift: Shift, name: str) -> CorruptionAccuracy:
    """`accuracy` and `ece` by severity, in the order of `severities`."""
    columns = [experiment.columns(name, severity) for severity in experiment.severities]
    return {
        "corruption": name,
        "accuracy": [1 - float(shift.corrupted[:, at].mean()) for at in columns],
        "ece": [_mean(shift.ece[:, 1 + at]) for at in columns],
    }


def _by_class(experiment: Experiment, wrong: np.ndarray) -> list[float | None]:
    """Accuracy of each class from (seeds, n); None for a class without samples."""
    sizes = np.bincount(experiment.labels, minlength=len(experiment.classes))
    lost = np.bincount(experiment.labels, weights=wrong.mean(axis=0), minlength=len(sizes))
    return [1 - float(a / b) if b else None for a, b in zip(lost, sizes, strict=True)]


def _hardest_hit(
    classes: tuple[str, ...], clean: list[float | None], corrupted: list[float | None]
) -> list[ClassHit]:
    drops = [
        (a - b, name)
        for a, b, name in zip(clean, corrupted, classes, strict=True)
        if a is not None and b is not None
    ]
    return [{"name": name, "drop": drop} for drop, name in sorted(drops, reverse=True)[:HARDEST_HIT]]


def _steps(experiment: Experiment, resampled: Mapping[tuple[str, str], _Resampled]) -> Iterator[ExtraDrop]:
    """How much more a later stage loses to corruption than the first one: paired over images and seeds."""
    first = {shift.model: shift for shift in _of_stage(experiment, experiment.stages[0])}
    for later in experiment.shifts:
        before = first.get(later.model)
        if before is None or before is later or before.clean.shape != later.clean.shape:
            continue
        drops = [float(shift.corrupted.mean() - shift.clean.mean()) for shift in (before, later)]
        spread = resampled[later.stage, later.model].drop - resampled[before.stage, before.model].drop
        yield {
            "model": later.model,
            "from": before.stage,
            "to": later.stage,
            "drop_before": drops[0],
            "drop_after": drops[1],
            "extra_drop": drops[1] - drops[0],
            "extra_drop_ci95": percentile_interval(spread),
        }


def _class_drops(experiment: Experiment, small: Shift, large: Shift) -> ClassDrops:
    """Does the large net under corruption lose the classes that the small net loses on clean images?

    `same_classes` is True where the interval lies above 0, False where it lies below, None where it holds 0.
    """
    right, labels = large.clean.mean(axis=0), experiment.labels
    shrinking = small.clean.mean(axis=0) - right
    corruption = large.corrupted.mean(axis=(0, 1)) - right
    interval = halved_rank_interval(shrinking, corruption, labels)
    return {
        "stage": small.stage,
        "model": small.model,
        "reference": large.model,
        "classes": int(np.count_nonzero(np.bincount(labels) > 1)),
        "spearman": halved_rank_correlation(shrinking, corruption, labels),
        "ci95": interval,
        "same_classes": None if interval is None or interval[0] <= 0 <= interval[1] else interval[0] > 0,
        "repeat_shrinking": halved_rank_correlation(shrinking, shrinking, labels),
        "repeat_corruption": halved_rank_correlation(corruption, corruption, labels),
        "by_corruption": {
            name: halved_rank_correlation(
                shrinking, large.corrupted[:, experiment.columns(name)].mean(axis=(0, 1)) - right, labels
            )
            for name in experiment.corruptions
        },
    }


def _own_overlap(experiment: Experiment, shift: Shift, resampled: _Resampled) -> OwnOverlaps:
    """Errors of one size on clean and on corrupted images, of the same seed, means over seeds and corruptions."""
    rows: list[OwnOverlap] = []
    for index, severity in enumerate(experiment.severities):
        masks = shift.corrupted[:, experiment.columns(severity=severity)]
        shared = np.mean(
            [jaccard_matrix(a[None], b) for a, b in zip(shift.clean, masks, strict=True)], dtype=float
        )
        rows.append(
            {
                "severity": severity,
                "jaccard": float(shared),
                "ci95": percentile_interval(resampled.jaccard[:, index]),
                **_references(shift.clean, masks),
            }
        )
    return {"stage": shift.stage, "model": shift.model, "by_severity": rows}


def _size_overlap(experiment: Experiment, small: Shift, large: Shift) -> SizeOverlaps:
    """Errors of a small net on clean images against those of the large one, on clean and on corrupted images."""
    severities: Sequence[int] = experiment.severities
    against = [(0, large.clean[:, None])]
    against += [(level, large.corrupted[:, experiment.columns(severity=level)]) for level in severities]
    rows: list[SizeOverlap] = [
        {
            "severity": level,
            "reference_accuracy": 1 - float(masks.mean()),
            "jaccard": float(jaccard_matrix(small.clean, masks.reshape(-1, masks.shape[-1])).mean()),
            **_references(small.clean, masks),
        }
        for level, masks in against
    ]
    return {"stage": small.stage, "model": small.model, "reference": large.model, "by_severity": rows}


def _references(clean: np.ndarray, masks: np.ndarray) -> Bounds:
    """Of masks (seeds, conditions, n): means over the conditions, whose error rates differ."""
    rate, others = float(clean.mean()), masks.mean(axis=(0, 2))
    return {
        "independence": float(np.mean([independence(rate, float(other)) for other in others])),
        "containment": float(np.mean([containment(rate, float(other)) for other in others])),
    }


def _mean(values: np.ndarray) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else None
