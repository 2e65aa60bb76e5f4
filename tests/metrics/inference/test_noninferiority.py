"""References: scipy's optimizer (restricted likelihood), enumeration of all outcomes, and simulated seeds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import optimize, stats

from edgeval.errors import DataError
from edgeval.metrics.inference.noninferiority import beyond_p_values, effective_counts, margin_p_values


def tango(lost: int, gained: int, samples: int, margin: float) -> float:
    """The score test by definition: the variance where P(lost) = P(gained) + margin is most likely."""

    def unlikely(chance: float) -> float:
        cells = (chance + margin, chance, 1 - 2 * chance - margin)
        counts = (lost, gained, samples - lost - gained)
        return -float(sum(n * np.log(max(cell, 1e-300)) for n, cell in zip(counts, cells, strict=True) if n))

    largest = (1 - margin) / 2
    inside = optimize.minimize_scalar(
        unlikely, bounds=(0, largest), method="bounded", options={"xatol": 1e-12}
    )
    chance = min((0.0, inside.x, largest), key=unlikely)
    error = np.sqrt(samples * (2 * chance + margin - margin**2))
    return float(stats.norm.cdf((lost - gained - samples * margin) / error))


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 300), st.floats(0.005, 0.4))
def test_p_values_are_tangos(lost: int, gained: int, rest: int, margin: float) -> None:
    samples = lost + gained + rest
    seen = margin_p_values(lost, gained, samples, margin)
    assert seen == pytest.approx(
        tango(lost, gained, samples, margin), abs=2e-6
    )  # the optimizer's own tolerance


@pytest.mark.parametrize(("samples", "highest"), [(20, 0.07), (50, 0.056), (100, 0.058), (300, 0.061)])
def test_the_level_over_all_outcomes(samples: int, highest: float) -> None:
    """P(a model that is worse by exactly the margin passes) at 5 %, the worst over flip rates and margins."""
    lost, gained = np.meshgrid(np.arange(samples + 1), np.arange(samples + 1), indexing="ij")
    inside = lost + gained <= samples
    lost, gained = lost[inside], gained[inside]
    for margin in (0.02, 0.05, 0.1, 0.2):
        passes = margin_p_values(lost, gained, samples, margin) <= 0.05
        for chance in (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3):
            cells = [chance + margin, chance, 1 - 2 * chance - margin]
            outcomes = np.stack([lost, gained, samples - lost - gained], axis=-1)[passes]
            assert stats.multinomial.pmf(outcomes, samples, cells).sum() <= highest


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 20), st.sampled_from([0.0, 0.03, 0.2]))
def test_a_tail_beyond_the_margin_is_a_sum_over_all_outcomes(
    lost: int, gained: int, rest: int, margin: float
) -> None:
    """The multinomial distribution at the restricted estimate, found by a grid of the likelihood (scipy)."""
    n = lost + gained + rest
    if not n:
        assert beyond_p_values(0, 0, 0, margin) == 1.0
        return
    chances = np.linspace(0, (1 - margin) / 2, 20_001)
    cells = np.stack([chances + margin, chances, 1 - 2 * chances - margin])
    counts = np.array([lost, gained, rest])[:, None]
    likelihood = np.where(counts > 0, counts * np.log(np.clip(cells, 1e-300, 1)), 0.0).sum(axis=0)
    best = np.clip(cells[:, likelihood.argmax()], 0, 1)
    up, down = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    reached = (up + down <= n) & (up - down >= lost - gained)
    outcomes = np.stack([up, down, n - up - down], axis=-1)[reached]
    expected = stats.multinomial.pmf(outcomes, n, best / best.sum()).sum()
    assert beyond_p_values(lost, gained, n, margin) == pytest.approx(expected, abs=1e-3, rel=1e-2)


@pytest.mark.parametrize("samples", [20, 60])
def test_a_loss_of_the_margin_is_never_shown_to_be_beyond_more_often_than_the_level(samples: int) -> None:
    """Enumerated over all outcomes; also at the small levels of one class among many."""
    lost, gained = np.meshgrid(np.arange(samples + 1), np.arange(samples + 1), indexing="ij")
    inside = lost + gained <= samples
    lost, gained = lost[inside], gained[inside]
    for margin in (0.01, 0.05, 0.2):
        p_values = beyond_p_values(lost, gained, samples, margin)
        for chance in (0.0, 0.005, 0.02, 0.1, 0.3):
            cells = [chance + margin, chance, 1 - 2 * chance - margin]
            outcomes = np.stack([lost, gained, samples - lost - gained], axis=-1)
            mass = stats.multinomial.pmf(outcomes, samples, cells)
            for level in (0.05, 0.004, 0.0004):
                assert mass[p_values <= level].sum() <= level, (margin, chance, level)


def test_effective_counts_are_rounded_to_the_safe_side() -> None:
    exact = beyond_p_values([9, 10], [1, 1], [70, 71], 0.05)
    between = beyond_p_values(9.6, 1, 70.5, 0.05)
    assert exact.min() < between < 1
    assert float(beyond_p_values(200, 0, 200, 0.0)) == pytest.approx(1e-15)
    with pytest.raises(DataError, match="margin"):
        beyond_p_values(1, 1, 10, 1.0)
    with pytest.raises(DataError, match="counts"):
        beyond_p_values(9, 9, 10, 0.1)


def test_seeds_that_lose_the_same_images_count_once() -> None:
    labels = np.zeros(100, int)
    lost, none = np.arange(100) < 4, np.zeros((3, 100), bool)
    once = effective_counts(lost[None], none[:1], labels, 1)
    assert [float(part[0]) for part in effective_counts(np.array([lost] * 3), none, labels, 1)] == [
        float(part[0]) for part in once
    ]
    apart = np.array([np.roll(lost, 10 * seed) for seed in range(3)])
    assert [float(part[0]) for part in effective_counts(apart, none, labels, 1)] == [12.0, 0.0, 300.0]
    assert [float(part[0]) for part in effective_counts(none, none, labels, 1)] == [0.0, 0.0, 100.0]


@pytest.mark.slow
def test_several_seeds_keep_the_level() -> None:
    """3 seeds, images that flip alike in all of them half of the time, worse by exactly 5 points: 5 % pass."""
    rng = np.random.default_rng(0)
    labels, passed = np.zeros(200, int), []
    for _ in range(3000):
        alike = rng.random(200) < 0.5
        draw = np.where(alike, rng.random(200), rng.random((3, 200)))
        lost, gained = draw < 0.1, draw > 0.95
        counts = effective_counts(lost, gained, labels, 1)
        passed.append(margin_p_values(*counts, 0.05)[0] <= 0.05)
    assert np.mean(passed) <= 0.05 + 3 * (0.05 * 0.95 / 3000) ** 0.5


def test_bad_input_is_an_error() -> None:
    for margin in (0.0, 1.0, -0.1, float("nan")):
        with pytest.raises(DataError, match="margin"):
            margin_p_values(1, 1, 10, margin)
    with pytest.raises(DataError, match="counts of the samples"):
        margin_p_values(8, 8, 10, 0.1)
    assert float(margin_p_values(0, 0, 0, 0.1)) == 1.0


def test_a_group_that_flips_together_counts_as_one_image() -> None:
    """Groups of four alike images: the counts are those of one image each."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 40)
    net = rng.choice((-1, 0, 0, 1, 1), 80)
    one = effective_counts((net > 0)[None], (net < 0)[None], labels, 2)
    four, groups = np.repeat(net, 4), np.repeat(np.arange(80), 4)
    grouped = effective_counts((four > 0)[None], (four < 0)[None], np.repeat(labels, 4), 2, groups)
    for mine, theirs in zip(grouped, one, strict=True):
        assert mine == pytest.approx(theirs)
    calm = np.zeros((1, 320), bool)
    assert effective_counts(calm, calm, np.repeat(labels, 4), 2, groups)[2] == pytest.approx([40, 40])
