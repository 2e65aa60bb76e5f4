"""The two orders of a sample's axes: files and devices have the channels last, torch has them first."""

from __future__ import annotations

import numpy as np


def torch_axes(ndim: int) -> tuple[int, ...]:
    """The permutation that brings a batch of `ndim` axes from TFLite's order to torch's, for numpy's `transpose` and
    torch's `permute`: (0, 3, 1, 2), (0, 2, 1) or (0, 1)."""
    return (0, ndim - 1, *range(1, ndim - 1)) if ndim > 1 else (0,)


def to_torch_order(samples: np.ndarray) -> np.ndarray:
    """(n, h, w, c) to (n, c, h, w), (n, t, c) to (n, c, t), (n, f) as it is; contiguous, of the same dtype."""
    return np.ascontiguousarray(samples.transpose(torch_axes(samples.ndim)))


def from_torch_order(samples: np.ndarray) -> np.ndarray:
    """The way back: (n, c, h, w) to (n, h, w, c), (n, c, t) to (n, t, c); contiguous, of the same dtype."""
    return np.ascontiguousarray(np.moveaxis(samples, 1, -1) if samples.ndim > 2 else samples)


def torch_shape(sample_shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of one sample in torch's order: (h, w, c) gives (c, h, w)."""
    return tuple(sample_shape[axis - 1] for axis in torch_axes(len(sample_shape) + 1)[1:])
