"""Are there near-identical samples in a test set? They flip together, and tests that count them as many are wrong."""

from __future__ import annotations

import numpy as np

FEATURES = 64  # means of that many equal parts of a sample
NEAR = 0.1  # distance of two samples, in standard deviations between samples
MOST = 10_000  # samples looked at, evenly spaced
CHUNK = 1000


def near_identical(samples: np.ndarray, groups: np.ndarray | None = None) -> int:
    """How many samples (n, ...) have a near-identical one, one of another group where there are groups.

    Two samples are near-identical where the root of the mean squared difference of their 64 part means is at most
    10 % of its spread over the samples: another frame of a still scene, the same picture with other noise or
    brightness. Of more than 10,000 samples every k-th is looked at, and the count is of these.
    """
    rows = np.arange(0, len(samples), -(-len(samples) // MOST) or 1)
    features = _features(samples[rows])
    if len(features) < 2 or not features.any():
        return 0
    lengths = (features**2).sum(axis=1)
    own = rows if groups is None else groups[rows]
    found = 0
    for start in range(0, len(features), CHUNK):
        part = slice(start, start + CHUNK)
        distance = lengths[part, None] + lengths - 2 * features[part] @ features.T
        near = distance <= NEAR**2 * features.shape[1] + 1e-4
        found += int((near & (own[part, None] != own)).any(axis=1).sum())
    return found


def _features(samples: np.ndarray) -> np.ndarray:
    """float32 (n, <= 64), centred, with a spread of 1 over samples and features; 0 where all samples are equal."""
    flat = samples.reshape(len(samples), -1)
    edges = np.unique(np.linspace(0, flat.shape[1], FEATURES + 1).astype(int))
    sums = np.add.reduceat(flat.astype(np.float32), edges[:-1], axis=1)
    means = sums / np.diff(edges)
    centred = means - means.mean(axis=0)
    spread = centred.std()
    return np.asarray(centred / spread if spread > 1e-6 else np.zeros_like(centred), np.float32)
