"""Reference: scipy.stats.bootstrap with the percentile method; the paper's interval over 25 seed pairs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from edgeval.errors import DataError
from edgeval.metrics.bootstrap import bootstrap, percentile_interval
from edgeval.metrics.statistics import paired_difference_interval


def test_interval_of_a_mean_matches_scipy() -> None:
    values = np.random.default_rng(40).exponential(2.0, 80)
    seen = percentile_interval(
        bootstrap(lambda rows: values[rows].mean(axis=1), samples=80, resamples=20_000)
    )
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile"
    ).confidence_interval
    assert seen == pytest.approx(
        (expected.low, expected.high), abs=0.04
    )  # the quantiles' own error is about 0.01


def test_paired_interval_matches_scipy() -> None:
    rng = np.random.default_rng(41)
    before = rng.random(400)
    after = before + rng.normal(0.02, 0.05, 400)

    def ratio(rows: np.ndarray) -> np.ndarray:
        return after[rows].mean(axis=1) / before[rows].mean(axis=1)

    seen = percentile_interval(bootstrap(ratio, samples=400, resamples=10_000))
    expected = stats.bootstrap(
        (after, before), lambda x, y, axis: x.mean(axis) / y.mean(axis), paired=True, vectorized=True,
        n_resamples=10_000, method="percentile",
    ).confidence_interval  # fmt: skip
    assert seen == pytest.approx((expected.low, expected.high), abs=0.001)


def test_accuracy_change_agrees_with_newcombe() -> None:
    before, after = np.repeat([True, True, False, False], [700, 60, 30, 210]), np.repeat(
        [True, False, True, False], [700, 60, 30, 210]
    )  # fmt: skip
    change = after.astype(float) - before
    seen = percentile_interval(bootstrap(lambda rows: change[rows].mean(axis=1), samples=1000))
    low, high = paired_difference_interval(700, 60, 30, 210)
    assert seen == pytest.approx((float(low), float(high)), abs=0.002)


def test_covers_the_mean_at_its_rate() -> None:
    rng = np.random.default_rng(42)
    covered = 0
    for seed in range(300):
        values = rng.normal(1.0, 1.0, 60)
        resampled = bootstrap(
            lambda rows, values=values: values[rows].mean(axis=1), 60, resamples=500, seed=seed
        )
        low, high = percentile_interval(resampled)
        covered += low <= 1.0 <= high
    assert 270 <= covered <= 297  # about 94 % of 300


def test_seed_and_batches_decide_nothing_but_the_draw() -> None:
    values = np.arange(50.0)

    def mean(rows: np.ndarray) -> np.ndarray:
        return values[rows].mean(axis=1)

    first = bootstrap(mean, 50, resamples=300, seed=7)
    assert (first == bootstrap(mean, 50, resamples=300, seed=7)).all()
    assert (first != bootstrap(mean, 50, resamples=300, seed=8)).any()
    assert first.shape == (300,)


def test_batches_give_what_one_draw_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.arange(20.0)
    whole = bootstrap(lambda rows: values[rows].sum(axis=1), 20, resamples=101)
    monkeypatch.setattr("edgeval.metrics.bootstrap.BATCH_ELEMENTS", 200)
    assert (bootstrap(lambda rows: values[rows].sum(axis=1), 20, resamples=101) == whole).all()


def test_bad_input_is_an_error() -> None:
    with pytest.raises(DataError, match="NaN or infinite"):
        bootstrap(lambda rows: np.full(len(rows), np.nan), samples=3, resamples=5)
    with pytest.raises(DataError, match="samples is 0"):
        bootstrap(lambda rows: rows.mean(axis=1), samples=0)
    with pytest.raises(DataError, match="confidence is 95"):
        percentile_interval(np.arange(5.0), confidence=95)
