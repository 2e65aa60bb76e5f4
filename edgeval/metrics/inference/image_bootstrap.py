"""Resamples of test images and of seeds as counts, so that a statistic of all resamples is a matrix product.

Both are drawn, for both vary: another test set has other images, another training another seed. The images are
drawn within their class, for a test set has its class sizes by design. Two sizes of a family are resampled with
the same images and with seeds of their own, which is how they were measured.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edgeval.metrics import checks

BATCH_ELEMENTS = 5_000_000  # counts made at once: 20 MB


def image_counts(
    labels: np.ndarray, resamples: int, seed: int = 0, groups: np.ndarray | None = None
) -> Iterator[np.ndarray]:
    """Batches float32 (b, n) of how often each image is in a resample, `resamples` rows in all.

    labels: integers (n,), the class of each image; each class keeps its number of images. groups: integers (n,),
    images of a class with one number are drawn together, and a class keeps its number of groups. Equal arguments
    give equal counts.

    >>> [batch.sum(axis=1).tolist() for batch in image_counts(np.array([0, 1, 1]), 2)]
    [[3.0, 3.0]]
    """
    labels = checks.integers("labels", labels)
    if groups is not None:
        cells, unit = np.unique(np.stack([labels, groups]), axis=1, return_inverse=True)
        yield from (counts[:, unit.ravel()] for counts in image_counts(cells[0], resamples, seed))
        return
    order = np.argsort(labels, kind="stable")
    _, first, sizes = np.unique(labels[order], return_index=True, return_counts=True)
    start, size = np.repeat(first, sizes), np.repeat(sizes, sizes)
    rng = np.random.default_rng(seed)
    batch, images = max(1, BATCH_ELEMENTS // len(labels)), len(labels)
    for done in range(0, checks.positive("resamples", resamples), batch):
        rows = min(batch, resamples - done)
        drawn = order[start + rng.integers(0, size, (rows, images))]
        drawn += np.arange(rows)[:, None] * images
        counts = np.bincount(drawn.ravel(), minlength=rows * images)
        yield counts.reshape(rows, images).astype(np.float32)


def seed_weights(seeds: int, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """The weight of each seed in resamples of seeds, float64 (resamples, seeds), rows that sum to 1."""
    checks.positive("seeds", seeds)
    return rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=resamples) / seeds


def weighted_jaccard(common: np.ndarray, errors_a: np.ndarray, errors_b: np.ndarray) -> np.ndarray:
    """Jaccard from weighted counts of common errors and of each side's; 1 where neither has any."""
    union = errors_a + errors_b - common
    return np.where(union > 0, common / np.maximum(union, 1), 1.0)


def recentred_interval(
    estimate: float, resampled: np.ndarray, confidence: float = 0.95
) -> tuple[float, float]:
    """The spread of a resampled statistic (R,) around an estimate that was corrected for its bias.

    A statistic of absolute differences (Gini, ECE) grows with noise, and a resample has the noise twice; its
    percentiles alone would miss the value that is looked for.
    """
    low, high = np.quantile(resampled, [(1 - confidence) / 2, (1 + confidence) / 2]) - np.mean(resampled)
    return estimate + float(low), estimate + float(high)


def magnitude_interval(
    estimate: float, resampled: np.ndarray, null_p: np.ndarray, confidence: float = 0.95
) -> tuple[float, float]:
    """The recentred interval of a statistic that is never negative.

    It begins at 0 where chance alone explains what is seen: where the median over the seeds of `null_p` (seeds,),
    the p-values of "the true value is 0", is at least half of 1 - confidence.
    """
    low, high = (max(0.0, bound) for bound in recentred_interval(estimate, resampled, confidence))
    return (0.0 if np.median(null_p) >= (1 - confidence) / 2 else low), high
