"""References: statsmodels' OLS, scipy's ttest_ind, and what the paper's Table 2 gives."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from edgeval.errors import DataError
from edgeval.metrics.scaling import compare_exponents, compare_slopes, curvature, fit_power_law
from tests.metrics.paper_table import MOBILENETV2, SCALECNN, table


@pytest.mark.parametrize("rows", [SCALECNN, MOBILENETV2], ids=["scalecnn", "mobilenetv2"])
def test_curvature_is_the_t_test_of_statsmodels(rows: np.ndarray) -> None:
    params, error = table(rows)
    x = np.log(params) - np.log(params).mean()
    reference = sm.OLS(np.log(error), np.stack([np.ones_like(x), x, x**2], axis=1)).fit()
    seen = curvature(params, error)
    assert seen is not None
    assert (seen.t, seen.freedom, seen.p) == (
        pytest.approx(reference.tvalues[2]),
        reference.df_resid,
        pytest.approx(reference.pvalues[2]),
    )
    assert seen.t > 0 and seen.p < 1e-3  # the paper's figure 1b: systematic curvature


def test_curvature_needs_four_sizes_and_something_unexplained() -> None:
    params = np.geomspace(1e4, 1e6, 5)
    assert curvature(params[:3], np.array([0.4, 0.3, 0.25])) is None
    assert curvature(params, 2 * params**-0.2) is None


@pytest.mark.parametrize("equal", [True, False])
def test_exponents_of_seeds_are_compared_as_scipy_does(equal: bool) -> None:
    rng = np.random.default_rng(4)
    first, second = rng.normal(0.156, 0.002, 5), rng.normal(0.106, 0.001, 4)
    seen, reference = compare_exponents(first, second, equal), stats.ttest_ind(first, second, equal_var=equal)
    assert (seen.t, seen.p) == (pytest.approx(reference.statistic), pytest.approx(reference.pvalue))
    assert seen.freedom == pytest.approx(reference.df)


def test_slopes_are_compared_by_their_standard_errors() -> None:
    fits = [fit_power_law(*table(rows)) for rows in (SCALECNN, MOBILENETV2)]
    references = [stats.linregress(*np.log(table(rows))) for rows in (SCALECNN, MOBILENETV2)]
    seen = compare_slopes(*fits)
    assert seen is not None
    difference = references[1].slope - references[0].slope
    assert seen.t == pytest.approx(difference / np.hypot(references[0].stderr, references[1].stderr))
    assert seen.p == pytest.approx(2 * stats.t.sf(abs(seen.t), seen.freedom))
    two = fit_power_law(np.array([1e4, 1e5]), np.array([0.4, 0.2]))
    assert compare_slopes(fits[0], two) is None


def test_slope_test_keeps_its_level() -> None:
    rng = np.random.default_rng(5)
    params, rejected = np.geomspace(2e4, 5e6, 8), 0
    for _ in range(1000):
        noise = np.exp(rng.normal(0, [[0.02], [0.05]], (2, 8)))
        seen = compare_slopes(*(fit_power_law(params, params**-0.15 * row) for row in noise))
        rejected += seen is not None and seen.p < 0.05
    assert 30 <= rejected <= 70  # binomial(1000, 0.05) lies there with 99.6 %


def test_seeds_without_spread_are_an_error() -> None:
    with pytest.raises(DataError, match="two seeds"):
        compare_exponents(np.array([0.1]), np.array([0.1, 0.2]))
    with pytest.raises(DataError, match="no spread"):
        compare_exponents(np.array([0.1, 0.1]), np.array([0.2, 0.2]))
