"""Reference: the definition of a class-balanced subset, over random label sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from edgeval.data import Split, calibration_subset
from edgeval.errors import DataError

LABELS = st.lists(st.integers(0, 6), min_size=1, max_size=120)


def split(labels: list[int]) -> Split:
    return Split(np.zeros((len(labels), 8, 8, 3), np.uint8), np.array(labels, np.int64))


@given(labels=LABELS, share=st.floats(0.01, 1), seed=st.integers(0, 9))
def test_classes_are_as_equal_as_their_sizes_allow(labels: list[int], share: float, seed: int) -> None:
    count = max(1, int(share * len(labels)))
    chosen = calibration_subset(split(labels), count, seed)
    assert len(set(chosen.tolist())) == count
    assert (np.diff(chosen) > 0).all()
    available, taken = np.bincount(labels, minlength=7), np.bincount(np.array(labels)[chosen], minlength=7)
    fullest = taken.max()
    assert all(got >= fullest - 1 or got == there for got, there in zip(taken, available, strict=True))


def test_the_seed_chooses_and_repeats() -> None:
    images = split([0, 1, 2, 3] * 50)
    first = calibration_subset(images, 40, seed=1)
    assert np.array_equal(first, calibration_subset(images, 40, seed=1))
    assert not np.array_equal(first, calibration_subset(images, 40, seed=2))


@pytest.mark.parametrize("count", [0, -1, 9])
def test_a_count_that_does_not_fit_is_refused(count: int) -> None:
    with pytest.raises(DataError, match=f"needs {count} images, the training split has 8"):
        calibration_subset(split([0, 1] * 4), count, seed=0)
