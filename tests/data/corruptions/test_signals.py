"""Corrupted windows, maps and vectors of features. References: numpy's statistics, and what was planted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from edgeval.data import Dataset, Split
from edgeval.data.corruptions import FAMILIES, SEVERITIES, chosen, corrupted, family
from edgeval.errors import UsageError

SHAPES = {"windows of signals": (64, 6), "maps of features": (49, 10, 1), "vectors of features": (40,)}
PAIRS = [(of, name) for of in SHAPES for name in FAMILIES[of]]


def dataset(samples: np.ndarray, spec: str = "npz:planted.npz") -> Dataset:
    split = Split(samples, np.zeros(len(samples), np.int64))
    return Dataset("planted", spec, split, split, ("one", "two"))


def smooth(shape: tuple[int, ...], count: int = 60) -> np.ndarray:
    """Random walks along the first axis, as signals are."""
    steps = np.random.default_rng(3).normal(size=(count, *shape))
    return np.cumsum(steps, axis=1).astype(np.float32)


@pytest.mark.parametrize(("of", "name"), PAIRS)
def test_severity_grows_and_equal_calls_give_equal_samples(of: str, name: str) -> None:
    clean = smooth(SHAPES[of])
    assert family(dataset(clean)) == of
    seen = [corrupted(dataset(clean), name, severity) for severity in SEVERITIES]
    distance = [float(np.abs(one.test.samples - clean).mean()) for one in seen]
    assert distance == sorted(distance) and distance[0] > 0
    assert all(one.test.samples.dtype == np.float32 and one.test.samples.shape == clean.shape for one in seen)
    assert corrupted(dataset(clean), name, 3).info() == seen[2].info() != dataset(clean).info()
    assert seen[0].train.samples is not None and np.array_equal(seen[0].train.samples, clean)


@given(st.sampled_from(PAIRS), st.sampled_from(SEVERITIES), st.integers(1, 5), st.integers(1, 4))
def test_any_shape_stays_finite(pair: tuple[str, str], severity: int, steps: int, channels: int) -> None:
    shape = (steps, channels, 1)[: len(SHAPES[pair[0]])]
    clean = smooth(shape, 3)
    for samples in (clean, np.zeros_like(clean)):
        assert np.isfinite(corrupted(dataset(samples), pair[1], severity).test.samples).all()


def test_noise_has_the_spread_that_its_severity_says() -> None:
    clean = np.random.default_rng(0).normal([0, 100], [1, 20], (400, 64, 2)).astype(np.float32)
    added = corrupted(dataset(clean), "noise", 3).test.samples - clean
    np.testing.assert_allclose(added.std(axis=(0, 1)), [0.3, 6], rtol=0.02)


def test_a_dropped_channel_has_its_mean_and_the_others_stay() -> None:
    clean = smooth((16, 4))
    seen = corrupted(dataset(clean), "channel_dropout", 5).test.samples
    changed = (seen != clean).any(axis=1)
    assert (changed.sum(axis=1) == 1).all()
    rows, channels = np.nonzero(changed)
    np.testing.assert_allclose(
        seen[rows, :, channels], clean.mean(axis=(0, 1))[channels][:, None].repeat(16, 1)
    )


def test_jitter_of_a_line_is_the_line_read_at_other_times() -> None:
    clean = np.tile(np.arange(32, dtype=np.float32)[:, None], (50, 1, 1))
    seen = corrupted(dataset(clean), "sampling_jitter", 2).test.samples
    inside = (seen > 0) & (seen < 31)
    assert (seen - clean)[inside].std() == pytest.approx(0.2, rel=0.1)


def test_shifts_hold_the_edge() -> None:
    clean = np.tile(np.arange(50, dtype=np.float32)[:, None], (40, 1, 1))
    moved = corrupted(dataset(clean), "time_shift", 1).test.samples - clean
    assert np.abs(moved).max() <= 2 and set(np.unique(moved)) <= {-2.0, -1.0, 0.0, 1.0, 2.0}


def test_a_corruption_of_other_samples_is_refused_with_what_there_is() -> None:
    with pytest.raises(
        UsageError, match=r"fog is not for windows of signals, which npz:planted\.npz has; there"
    ):
        corrupted(dataset(smooth((8, 2))), "fog", 1)
    with pytest.raises(UsageError, match="corruption drift is not for pictures"):
        corrupted(dataset(np.zeros((2, 8, 8, 3), np.uint8)), "drift", 1)
    with pytest.raises(UsageError, match="quantized already, which are not corrupted"):
        corrupted(dataset(np.zeros((2, 8, 8, 3), np.int8)), "noise", 1)


def test_without_names_there_are_the_default_ones() -> None:
    assert chosen(dataset(smooth((8, 2))), ()) == FAMILIES["windows of signals"]
    assert len(chosen(dataset(np.zeros((2, 8, 8, 3), np.uint8)), ())) == 8


@pytest.mark.parametrize("channels", [1, 4])
def test_grey_and_transparent_pictures_are_corrupted_as_pictures(channels: int, tmp_path: Path) -> None:
    clean = np.random.default_rng(0).integers(0, 256, (3, 32, 32, channels), np.uint8)
    for name in FAMILIES["pictures"]:
        seen = corrupted(dataset(clean), name, 2).test.samples
        assert seen.shape == clean.shape and seen.dtype == np.uint8 and (seen != clean).any()
        if channels == 4:
            np.testing.assert_array_equal(seen[..., 3], clean[..., 3])
