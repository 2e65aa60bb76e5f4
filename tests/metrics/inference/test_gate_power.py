"""References: exact binomial probabilities (scipy) for one class; the model's own moments for the simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from edgeval.errors import DataError
from edgeval.metrics.inference.gate_power import (
    DropRules,
    failure_rate,
    rate_bound,
    simulate_flips,
    smallest_accuracy_drop_found,
    smallest_drop_found,
)


def exact_power(size: int, flip_rate: float, drop: float, level: float = 0.05) -> float:
    """P(exact one-sided McNemar p <= level) of one class, summed over all outcomes."""
    lost, gained = np.meshgrid(np.arange(size + 1), np.arange(size + 1), indexing="ij")
    cells = (flip_rate / 2 + drop, flip_rate / 2)
    rest = np.maximum(size - lost - gained, 0)
    chance = stats.multinomial.pmf(np.stack([lost, gained, rest], axis=-1), size, [*cells, 1 - sum(cells)])
    found = stats.binom.sf(lost - 1, lost + gained, 0.5) <= level
    return float(chance[found & (lost + gained <= size)].sum())


@pytest.mark.parametrize("drop", [0.0, 0.05, 0.1, 0.2])
def test_rate_of_one_class_matches_the_exact_power(drop: float) -> None:
    seen = failure_rate(np.array([60]), 0.1, np.array([drop]), DropRules(0.0), runs=20_000)
    assert seen == pytest.approx(exact_power(60, 0.1, drop), abs=0.012)  # 3 standard errors at most


def test_flips_have_the_rates_of_the_model() -> None:
    lost, gained = simulate_flips(
        np.array([100, 50]), np.array([0.1, 0.2]), np.array([0.0, 0.3]), runs=20_000
    )
    assert gained.mean(axis=0) == pytest.approx([5.0, 5.0], rel=0.02)
    assert lost.mean(axis=0) == pytest.approx([5.0, 20.0], rel=0.02)
    assert np.cov(lost[:, 1], gained[:, 1])[0, 1] == pytest.approx(-50 * 0.4 * 0.1, rel=0.1)  # multinomial


def test_smallest_drop_is_the_first_that_reaches_the_power() -> None:
    sizes = np.full(10, 80)
    seen = smallest_drop_found(sizes, 3, 0.05, DropRules(0.05))
    assert seen is not None

    def power(drop: float) -> float:
        drops = np.zeros(10)
        drops[3] = drop
        return failure_rate(sizes, 0.05, drops, DropRules(0.05))

    assert power(seen) >= 0.8 > power(seen - 1 / 80)


def test_too_small_a_class_finds_nothing() -> None:
    assert smallest_drop_found(np.array([4, 100]), 0, 0.05, DropRules(0.05)) is None
    assert smallest_drop_found(np.array([0, 100]), 0, 0.05, DropRules(0.05)) is None


def test_seed_decides_the_draw() -> None:
    sizes, drops = np.array([30, 40]), np.zeros(2)
    same = [simulate_flips(sizes, 0.2, drops, runs=50, seed=seed)[0] for seed in (1, 1, 2)]
    assert (same[0] == same[1]).all()
    assert (same[0] != same[2]).any()


def test_bad_input_is_an_error() -> None:
    sizes = np.array([10, 10])
    with pytest.raises(DataError, match="a flip rate and a drop add up"):
        simulate_flips(sizes, 0.2, np.array([0.9, 0.0]))
    with pytest.raises(DataError, match="flip rates"):
        simulate_flips(sizes, float("nan"), np.zeros(2))
    with pytest.raises(DataError, match="lengths differ"):
        simulate_flips(sizes, 0.1, np.zeros(3))
    with pytest.raises(DataError, match="runs is 0"):
        simulate_flips(sizes, 0.1, np.zeros(2), runs=0)


def test_accuracy_rule_has_the_exact_power_of_mcnemar() -> None:
    """Two classes with the same drop are, for the accuracy rule alone, one class of both sizes."""
    rules = DropRules(None, accuracy_allowance=0.0, accuracy_level=0.01)
    seen = failure_rate(np.array([30, 30]), 0.1, np.array([0.15, 0.15]), rules, runs=20_000)
    assert seen == pytest.approx(exact_power(60, 0.1, 0.15, level=0.01), abs=0.012)


def test_smallest_accuracy_drop_is_the_first_that_reaches_the_power() -> None:
    rules = DropRules(None, accuracy_allowance=0.0, accuracy_level=0.05)
    seen = smallest_accuracy_drop_found(np.array([60]), 0.1, rules, runs=20_000)
    assert seen is not None
    assert exact_power(60, 0.1, seen - 1 / 60) < 0.81
    assert exact_power(60, 0.1, seen) > 0.79
    assert smallest_accuracy_drop_found(np.array([3]), 0.1, rules) is None


def test_both_rules_fail_together_no_less_than_each() -> None:
    sizes, drops = np.full(10, 100), np.full(10, 0.03)
    both = DropRules(0.05, 0.04, 0.01, 0.01)
    lost, gained = simulate_flips(sizes, 0.05, drops)
    class_rule, accuracy_rule = DropRules(0.05, 0.04), DropRules(None, 0.04, 0.01, 0.01)
    either = class_rule.fails(lost, gained, sizes) | accuracy_rule.fails(lost, gained, sizes)
    assert (both.fails(lost, gained, sizes) == either).all()


def test_a_simulated_rate_has_an_upper_bound() -> None:
    """scipy's exact binomial test: at the bound so few failures have a chance of 1 %."""
    for count in (0, 3, 40):
        bound = rate_bound(count / 2000)
        assert stats.binom.cdf(count, 2000, bound) == pytest.approx(0.01, rel=1e-6)
    assert rate_bound(1.0) == 1.0
