"""Reference: scipy.stats.bootstrap with the percentile method."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from edgeval.errors import DataError
from edgeval.metrics.inference.bootstrap import percentile_interval


@pytest.mark.parametrize("confidence", [0.95, 0.8])
def test_the_interval_is_scipys(confidence: float) -> None:
    """Of the same resampled means, which scipy hands out."""
    values = np.random.default_rng(40).exponential(2.0, 80)
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=500, method="percentile", confidence_level=confidence, random_state=0
    )
    seen = percentile_interval(expected.bootstrap_distribution, confidence)
    assert seen == pytest.approx(tuple(expected.confidence_interval), rel=1e-12)


def test_bad_input_is_an_error() -> None:
    with pytest.raises(DataError, match="NaN or infinite"):
        percentile_interval(np.array([1.0, np.nan]))
    with pytest.raises(DataError, match="confidence is 95"):
        percentile_interval(np.arange(5.0), confidence=95)
