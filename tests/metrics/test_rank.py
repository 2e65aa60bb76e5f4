"""References: scipy's spearmanr, and populations of classes with a known rank correlation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats

from edgeval.errors import DataError
from edgeval.metrics.rank import halved_rank_correlation, halved_rank_interval, spearman_rows


@settings(max_examples=50)
@given(values=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=30))
def test_spearman_is_scipys(values: list[tuple[int, int]]) -> None:
    first, second = (np.array(column, float) for column in zip(*values, strict=True))
    seen = spearman_rows(first[None], second[None])
    if np.ptp(first) and np.ptp(second):
        assert seen == pytest.approx(stats.spearmanr(first, second).statistic)
    else:
        assert seen == 0


def samples(
    of_class: np.ndarray, images: int, rng: np.random.Generator, noise: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and values whose class means are `of_class` and whose noise a second measure shares."""
    labels = np.repeat(np.arange(len(of_class)), images)
    return labels, of_class[labels] + rng.normal(0, noise, len(labels))


def test_without_noise_it_is_the_order_of_the_classes() -> None:
    labels, values = samples(np.arange(10.0), 20, np.random.default_rng(1), noise=1e-6)
    assert halved_rank_correlation(values, values, labels) == pytest.approx(1)
    assert halved_rank_correlation(values, -values, labels) == pytest.approx(-1)


def test_shared_noise_is_no_agreement() -> None:
    """Equal classes, and two measures with the same noise: on the same images they agree, on others they do not."""
    seen, naive = [], []
    for seed in range(40):
        labels, values = samples(np.zeros(10), 40, np.random.default_rng(seed))
        means = [values[labels == label].mean() for label in range(10)]
        naive.append(spearman_rows(np.array([means]), np.array([means]))[0])
        seen.append(halved_rank_correlation(values, values, labels, halvings=20))
    assert np.mean(naive) == pytest.approx(1)
    assert (
        abs(np.mean(seen)) < 3 * np.std(seen) / 40**0.5 + 0.12
    )  # halves of one set: the other half lacks it


def test_interval_is_the_jackknifes() -> None:
    """Without noise every halving gives the same order, so leaving out a class is leaving out a pair."""
    first = np.array([1.0, 4, 2, 3, 6, 5, 8, 7])
    labels = np.repeat(np.arange(8), 4)
    seen = halved_rank_interval(np.arange(8.0)[labels], first[labels], labels, halvings=3)

    def z(keep: np.ndarray) -> float:
        return float(np.arctanh(stats.spearmanr(np.arange(8)[keep], first[keep]).statistic))

    left_out = np.array([z(np.arange(8) != c) for c in range(8)])
    error = (7 / 8 * np.sum((left_out - left_out.mean()) ** 2)) ** 0.5
    expected = z(np.arange(8)) + np.array([-1, 1]) * stats.t.ppf(0.975, 6) * error
    assert seen == pytest.approx(tuple(np.tanh(expected)))
    few = labels < 4
    assert halved_rank_interval(first[labels][few], first[labels][few], labels[few]) is None


@pytest.mark.slow
@pytest.mark.parametrize(("classes", "rho", "noise"), [(10, 0.0, 1.0), (10, 0.7, 0.2), (30, 0.7, 1.0)])
def test_interval_holds_the_population_at_its_rate(classes: int, rho: float, noise: float) -> None:
    """Classes are drawn from a normal population; the truth is what endless classes would show.

    At 95 % of 200 sets, 180 or fewer would be a matter of 1 in 500 (binomial).
    """

    def world(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        drops = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], count)
        labels = np.repeat(np.arange(count), 20)
        shared = rng.normal(0, 2 * noise, len(labels))
        first, second = (drops[labels, k] + shared + rng.normal(0, noise, len(labels)) for k in (0, 1))
        return first, second, labels

    truth = halved_rank_correlation(*world(4000, np.random.default_rng(0)), halvings=5)
    held = 0
    for seed in range(200):
        low, high = halved_rank_interval(*world(classes, np.random.default_rng([seed, 1])), halvings=12) or (
            0,
            0,
        )
        held += low <= truth <= high
    assert 181 <= held <= 199, held


def test_too_few_classes_are_an_error() -> None:
    with pytest.raises(DataError, match="two classes"):
        halved_rank_correlation(np.ones(4), np.ones(4), np.array([0, 0, 0, 1]))
