"""Local exponents, saturation and H1 on planted curves. References: the planted law, and binomial rates."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from edgeval.analysis.scaling.curves import Curve
from edgeval.analysis.scaling.exponents import scaling
from edgeval.analysis.scaling.local import SATURATED_ALPHA, local_scaling

PARAMS = np.geomspace(2e4, 2e7, 8)
SATURATING = np.concatenate([0.6 * (PARAMS[:6] / PARAMS[0]) ** -0.15, [0.0, 0.0]])
SATURATING[6:] = SATURATING[5] * np.array([0.998, 0.996])
STRAIGHT = 0.6 * (PARAMS / PARAMS[0]) ** -0.15


def curve(errors: np.ndarray, params: np.ndarray = PARAMS) -> Curve:
    names = tuple(f"net-{index}" for index in range(len(params)))
    return Curve(
        "net", "float", names, params.astype(int), np.atleast_2d(errors), tuple(range(len(errors))), (), ()
    )


def seeds(error: np.ndarray, seed: int, count: int = 5, deviation: float = 0.004) -> np.ndarray:
    return error + np.random.default_rng(seed).normal(0, deviation, (count, len(error)))


def test_intervals_of_alpha_and_local_exponents_hold_the_planted_ones_at_their_rate() -> None:
    def made(seed: int) -> Curve:
        return curve(STRAIGHT * np.exp(np.random.default_rng(seed).normal(0, 0.01, (5, len(PARAMS)))))

    steps = [step["ci95"] for seed in range(300) for step in local_scaling(made(seed))["local"]]
    assert 0.93 <= np.mean([low <= 0.15 <= high for low, high in steps]) <= 0.97
    alphas = [scaling([made(seed)])[0]["alpha_ci95"] for seed in range(60)]
    assert sum(low <= 0.15 <= high for low, high in alphas) >= stats.binom.ppf(0.002, 60, 0.95)


def test_saturation_is_found_where_it_was_planted() -> None:
    for seed in range(20):
        saturation = local_scaling(curve(seeds(SATURATING, seed, deviation=2e-4)))["saturation"]
        assert (saturation["saturated"], saturation["from"]) == (True, "net-5")
    assert not local_scaling(curve(seeds(STRAIGHT, 1)))["saturation"]["saturated"]


def test_the_limit_is_one_percent_of_the_errors_a_doubling() -> None:
    params = np.array([1e5, 2e5])
    at_limit = local_scaling(curve(np.array([0.4, 0.4 * 0.99]), params))
    assert at_limit["local_alpha"][0] == pytest.approx(SATURATED_ALPHA)
    assert local_scaling(curve(np.array([0.4, 0.4 * 0.9899]), params))["saturation"]["saturated"] is False
    saturation = local_scaling(curve(np.array([0.4, 0.4 * 0.9901]), params))["saturation"]
    assert saturation["saturated"] and "net-0" in saturation["warning"]


def test_noisy_seeds_leave_the_saturation_open() -> None:
    wide = np.array([[0.40, 0.38], [0.40, 0.42]])
    assert (
        "does not rule out more" in local_scaling(curve(wide, np.array([1e5, 2e5])))["saturation"]["warning"]
    )


def test_a_rise_within_the_seeds_spread_is_marked() -> None:
    bumpy = STRAIGHT.copy()
    bumpy[4] *= 1.03  # a slower step, then a faster one
    rises = local_scaling(curve(seeds(bumpy, 1, deviation=5e-4)))["monotonic"]["rises"]
    (planted,) = (rise for rise in rises if rise["beyond_seeds"])
    assert planted["models"] == ["net-3", "net-4", "net-5"]
    noisy = local_scaling(curve(seeds(STRAIGHT, 2, deviation=0.01)))["monotonic"]
    assert noisy["rises"] and not any(rise["beyond_seeds"] for rise in noisy["rises"])
    falling = 0.6 * (PARAMS / PARAMS[0]) ** -(0.2 - 0.01 * np.log(PARAMS / PARAMS[0]))
    monotonic = local_scaling(curve(falling))["monotonic"]
    assert (monotonic["decreasing"], monotonic["rises"]) == (True, [])


def test_h1_needs_a_fit_straight_residuals_and_the_range() -> None:
    rng = np.random.default_rng(4)

    def h1(error: np.ndarray, params: np.ndarray = PARAMS) -> dict[str, object]:
        return scaling([curve(error, params)])[0]["h1"]

    straight = STRAIGHT * np.exp(rng.normal(0, 0.01, len(PARAMS)))
    assert h1(straight)["supported"] is True
    assert h1(SATURATING)["supported"] is False
    assert h1(STRAIGHT * np.exp(rng.normal(0, 0.6, len(PARAMS))))["supported"] is False
    short = np.geomspace(1e5, 5e5, 8)
    assert h1(0.6 * (short / 1e5) ** -0.15 * np.exp(rng.normal(0, 0.001, 8)), short)["supported"] is None
    assert h1(straight[:3], np.geomspace(1e4, 1e7, 3))["supported"] is None
