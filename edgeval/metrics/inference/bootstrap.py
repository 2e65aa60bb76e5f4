"""The interval of a resampled statistic (percentile bootstrap)."""

from __future__ import annotations

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks


def percentile_interval(resampled: np.ndarray, confidence: float = 0.95) -> tuple[float, float]:
    """(low, high): the middle `confidence` of the resampled statistic (Efron 1979)."""
    if not 0 < confidence < 1:
        raise DataError(f"confidence is {confidence}, expected a fraction between 0 and 1, for instance 0.95")
    resampled = checks.finite("resampled statistic", resampled)
    low, high = np.quantile(resampled, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
