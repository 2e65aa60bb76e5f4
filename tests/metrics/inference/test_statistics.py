"""References: scipy, statsmodels (McNemar, corrections, Wilson intervals), published paired intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats

from edgeval.errors import DataError
from edgeval.metrics.inference import statistics

multitest = pytest.importorskip("statsmodels.stats.multitest")
proportion = pytest.importorskip("statsmodels.stats.proportion")
tables = pytest.importorskip("statsmodels.stats.contingency_tables")

counts = st.integers(0, 200)
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=50).map(np.array)


@given(counts, counts)
def test_one_sided_mcnemar_matches_scipy(lost: int, gained: int) -> None:
    flips = lost + gained
    expected = stats.binomtest(lost, flips, 0.5, alternative="greater").pvalue if flips else 1.0
    assert statistics.mcnemar_exact(lost, gained) == pytest.approx(expected, rel=1e-9)


@given(counts, counts)
def test_two_sided_mcnemar_matches_scipy(lost: int, gained: int) -> None:
    flips = lost + gained
    expected = stats.binomtest(lost, flips, 0.5).pvalue if flips else 1.0
    seen = statistics.mcnemar_exact(lost, gained, two_sided=True)
    assert seen == pytest.approx(expected, rel=1e-9)
    assert seen == statistics.mcnemar_exact(gained, lost, two_sided=True)


def test_mcnemar_matches_statsmodels() -> None:
    rng = np.random.default_rng(30)
    lost, gained = rng.integers(0, 40, (2, 200))
    expected = [
        tables.mcnemar([[50, b], [c, 9]], exact=True).pvalue for b, c in zip(lost, gained, strict=True)
    ]
    assert statistics.mcnemar_exact(lost, gained, two_sided=True) == pytest.approx(
        np.array(expected), rel=1e-9
    )


@settings(max_examples=20)  # statsmodels takes 40 ms for Holm
@given(p_values)
def test_holm_matches_statsmodels(values: np.ndarray) -> None:
    assert statistics.holm(values) == pytest.approx(
        multitest.multipletests(values, method="holm")[1], rel=1e-9
    )


@given(p_values, st.integers(0, 2**32 - 1))
def test_holm_ignores_order_and_only_raises(values: np.ndarray, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(values))
    adjusted = statistics.holm(values)
    assert statistics.holm(values[order]) == pytest.approx(adjusted[order])
    assert (adjusted >= values - 1e-15).all()
    assert (adjusted <= 1).all()


@given(st.integers(0, 300), st.integers(0, 300), st.sampled_from([0.9, 0.95, 0.99]))
def test_wilson_matches_scipy(successes: int, failures: int, confidence: float) -> None:
    trials = successes + failures
    low, high = statistics.wilson_interval(successes, trials, confidence)
    if trials == 0:
        assert (low, high) == (0.0, 1.0)
        return
    seen = stats.binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    assert (float(low), float(high)) == (
        pytest.approx(seen.low, abs=1e-12),
        pytest.approx(seen.high, abs=1e-12),
    )
    assert 0 <= low <= successes / trials <= high <= 1


def test_wilson_matches_statsmodels() -> None:
    successes, trials = np.array([0, 3, 50, 100]), np.array([10, 7, 100, 100])
    low, high = statistics.wilson_interval(successes, trials)
    expected = proportion.proportion_confint(successes, trials, method="wilson")
    assert (low, high) == (pytest.approx(expected[0], abs=1e-12), pytest.approx(expected[1], abs=1e-12))


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        # Cavo et al. 2012: complete response before and after consolidation therapy (before minus after)
        ((59, 6, 16, 80), (-0.1186, -0.0046)),
        # Bentur et al. 2009: airway hyper-responsiveness before and after transplantation
        ((1, 1, 7, 12), (-0.507, -0.026)),
    ],
)
def test_paired_interval_of_the_literature(table: tuple[int, ...], expected: tuple[float, float]) -> None:
    """Newcombe's interval as printed in Fagerland, Lydersen, Laake, Statistics in Medicine 33 (2014) 2850."""
    low, high = statistics.paired_difference_interval(*table)
    digits = 5e-5 if abs(expected[0]) < 0.2 else 5e-4
    assert (-float(high), -float(low)) == pytest.approx(expected, abs=digits)


@given(st.tuples(counts, counts, counts, counts))
def test_paired_interval_is_bounded_and_mirrors(table: tuple[int, int, int, int]) -> None:
    both, lost, gained, neither = table
    low, high = statistics.paired_difference_interval(both, lost, gained, neither)
    difference = (gained - lost) / max(sum(table), 1)
    assert -1 - 1e-12 <= low <= difference + 1e-12
    assert difference - 1e-12 <= high <= 1 + 1e-12
    swapped = statistics.paired_difference_interval(both, gained, lost, neither)
    assert (-float(high), -float(low)) == pytest.approx((float(swapped[0]), float(swapped[1])), abs=1e-12)


@pytest.mark.parametrize(
    ("cells", "most"),
    [((0.70, 0.05, 0.05, 0.20), 0.97), ((0.85, 0.06, 0.01, 0.08), 0.98), ((0.96, 0.01, 0.01, 0.02), 1.0)],
    ids=["no change", "a drop", "few flips"],
)
def test_paired_interval_covers_the_truth_at_its_rate(cells: tuple[float, ...], most: float) -> None:
    draws = np.random.default_rng(31).multinomial(100, cells, 20_000)
    low, high = statistics.paired_difference_interval(*draws.T)
    truth = cells[2] - cells[1]
    assert 0.94 <= np.mean((low <= truth) & (truth <= high)) <= most


def test_arrays_and_empty_classes() -> None:
    low, high = statistics.paired_difference_interval(*np.array([[0, 90], [0, 0], [0, 0], [0, 10]]))
    assert (low[0], high[0]) == (-1.0, 1.0)
    assert low[1] == pytest.approx(-high[1])
    assert statistics.mcnemar_exact(np.array([0, 5]), np.array([0, 0])).tolist() == [1.0, 0.03125]


def test_bad_input_is_an_error() -> None:
    for bad in (-1, 1.5, np.nan):
        with pytest.raises(DataError, match="counts"):
            statistics.mcnemar_exact(bad, 0)
    with pytest.raises(DataError, match="one count of each"):
        statistics.mcnemar_exact(np.array([1, 2]), np.array([1]))
    for bad_p in ([0.1, np.nan], [1.2], [-0.1], []):
        with pytest.raises(DataError):
            statistics.holm(np.array(bad_p, float))
    with pytest.raises(DataError, match="at most one success per trial"):
        statistics.wilson_interval(5, 4)
    with pytest.raises(DataError, match="confidence is 95"):
        statistics.wilson_interval(3, 4, confidence=95)
    with pytest.raises(DataError, match="one shape"):
        statistics.paired_difference_interval(np.array([1, 2]), 1, 1, 1)
