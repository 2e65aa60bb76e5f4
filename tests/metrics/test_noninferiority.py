"""References: scipy's optimizer (restricted likelihood), enumeration of all outcomes, and simulated seeds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import optimize, stats

from edgeval.errors import DataError
from edgeval.metrics.noninferiority import effective_counts, margin_p_values


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
