"""Class-balanced parts of a split: the images that a quantizer sees, a sample of the test images."""

from __future__ import annotations

import numpy as np

from edgeval.data.dataset import Split
from edgeval.errors import DataError


def calibration_subset(split: Split, count: int, seed: int) -> np.ndarray:
    """The images of a calibration, as `class_balanced`; DataError where the split has fewer than `count`."""
    if not 0 < count <= len(split):
        raise DataError(f"calibration needs {count} images, the training split has {len(split)}")
    return class_balanced(split, count, seed)


def class_balanced(split: Split, count: int, seed: int) -> np.ndarray:
    """int64 (count,): sorted positions of a class-balanced random subset of `split`, at most all of it.

    Class sizes differ by at most one as long as every class has enough images; the same seed gives the same
    subset.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(split))
    round_of = np.empty(len(split), np.int64)  # k for the k-th drawn image of its class
    for label in np.unique(split.labels):
        members = order[split.labels[order] == label]
        round_of[members] = np.arange(len(members))
    chosen = order[np.argsort(round_of[order], kind="stable")][:count]
    return np.sort(chosen)
