"""Intervals of what was lost: of the whole model and of each class. They show a change; the tests decide."""

from __future__ import annotations

import numpy as np

from edgeval.gate.checks.resampled import Z95
from edgeval.gate.judged import Judged
from edgeval.metrics.inference.statistics import paired_difference_interval


def paired_interval(judged: Judged) -> tuple[float, float]:
    """95 % interval of the drop: Newcombe's for one seed, else normal with the images or their groups as the sample."""
    if judged.scale == 1 and judged.groups is None:
        before, after = judged.baseline.right[0], judged.candidate.right[0]
        cells = [
            int(np.sum(cell)) for cell in (before & after, before & ~after, ~before & after, ~before & ~after)
        ]
        low, high = paired_difference_interval(*cells)
        return -float(high), -float(low)
    losses = judged.net_losses / judged.scale
    around = judged.sums(losses - losses.mean())
    half = Z95 * float((around**2).sum() * len(around) / (len(around) - 1)) ** 0.5 / len(losses)
    return float(losses.mean()) - half, float(losses.mean()) + half


def class_intervals(judged: Judged) -> list[tuple[float, float] | None]:
    """95 % interval of the drop of each class in points, None where there are no samples or no spread is known.

    Each holds for itself, so of many classes some miss. Same networks: as `paired_interval`, of the class's images;
    different ones: Student's, of the seeds.
    """
    if not judged.paired:
        low, high = _of_seeds(judged)
    elif judged.scale == 1 and judged.groups is None:
        low, high = _of_one_seed(judged)
    else:
        low, high = _of_images(judged)
    known = (judged.sizes > 0) & np.isfinite(low) & np.isfinite(high)
    return [
        (float(100 * a), float(100 * b)) if there else None
        for a, b, there in zip(low, high, known, strict=True)
    ]


def _of_seeds(judged: Judged) -> tuple[np.ndarray, np.ndarray]:
    from scipy import special

    seen = judged.seed_drops
    half = -float(special.stdtrit(seen.freedom, 0.025)) * seen.errors
    return seen.drops - half, seen.drops + half


def _of_one_seed(judged: Judged) -> tuple[np.ndarray, np.ndarray]:
    before, after = judged.baseline.right[0], judged.candidate.right[0]
    masks = (before & after, before & ~after, ~before & after, ~before & ~after)
    both, lost, gained, neither = (
        np.bincount(judged.labels[mask], minlength=len(judged.classes)) for mask in masks
    )
    low, high = paired_difference_interval(both, lost, gained, neither)
    return -high, -low


def _of_images(judged: Judged) -> tuple[np.ndarray, np.ndarray]:
    """NaN for a class of one image or group, which has no spread."""
    labels, sizes = judged.labels, np.maximum(judged.sizes, 1)
    losses = judged.net_losses / judged.scale
    means = np.bincount(labels, weights=losses, minlength=len(sizes)) / sizes
    around, units = losses - means[labels], labels
    if judged.groups is not None:
        pairs, place = np.unique(np.stack([labels, judged.groups]), axis=1, return_inverse=True)
        around, units = np.bincount(place.ravel(), weights=around), pairs[0]
    together = np.bincount(units, minlength=len(sizes))
    squares = np.bincount(units, weights=around**2, minlength=len(sizes))
    factor = np.where(together > 1, together / np.maximum(together - 1, 1), np.nan)
    half = Z95 * np.sqrt(squares * factor) / sizes
    return means - half, means + half
