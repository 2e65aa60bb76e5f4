"""Which law does the error follow over the sizes? Four candidates, judged by AICc and BIC.

All are fitted by least squares to the logarithm of the error, so their likelihoods are about one response and may
be compared. x = log N. Parameters count one more for the variance of the residuals.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics.scaling import logs

DISTINGUISHABLE = (
    2.0  # AICc (Burnham, Anderson 2002, section 2.6): laws closer than this explain the data alike
)
SMALLEST_VARIANCE = 1e-16  # of log errors: closer to a law than the last digits of any table
STRETCHES = (1e-3, 1.0)  # where the stretched exponential's power is looked for
GRID_POINTS = 60


@dataclass(frozen=True)
class Law:
    """A fitted law. `fitted` float64 (m,) are its log errors, in the order of the sizes given.

    `aicc` is None where the sizes are too few for it (m <= parameters + 1, the variance counted as one of
    them). `at_limit`: the best fit is a limiting case of the law, for the stretched exponential the power law.
    """

    name: str
    parameters: dict[str, float]
    fitted: np.ndarray
    aicc: float | None
    bic: float
    at_limit: bool = False


def power_law(x: np.ndarray, y: np.ndarray) -> tuple[dict[str, float], np.ndarray]:
    """error = exp(intercept) N^-alpha."""
    (intercept, slope), fitted = _linear(y, x)
    return {"intercept": intercept, "alpha": -slope}, fitted


def broken_power_law(x: np.ndarray, y: np.ndarray) -> tuple[dict[str, float], np.ndarray]:
    """Two power laws that meet at `break_params`, which lies between the second and the last but one size."""
    inner = np.sort(x)[1:-1]
    candidates = [
        _minimum(lambda at: _rss(y, x, np.maximum(x - at, 0)), low, high)
        for low, high in itertools.pairwise(inner)
    ]
    at = min(candidates, key=lambda at: _rss(y, x, np.maximum(x - at, 0)))
    (intercept, slope, change), fitted = _linear(y, x, np.maximum(x - at, 0))
    found = {
        "intercept": intercept,
        "alpha_below": -slope,
        "alpha_above": -slope - change,
        "break_params": float(np.exp(at)),
    }
    return found, fitted


def log_linear(x: np.ndarray, y: np.ndarray) -> tuple[dict[str, float], np.ndarray]:
    """error = intercept - slope log N, positive over the sizes that were measured."""
    from scipy.optimize import least_squares

    # In terms of the errors at both ends, which are positive, the law is positive in between.
    share = (x - x.min()) / np.ptp(x)
    start = [y[x.argmin()], y[x.argmax()]]

    def law(ends: np.ndarray) -> np.ndarray:
        return np.log((1 - share) * np.exp(ends[0]) + share * np.exp(ends[1]))

    ends = least_squares(lambda ends: law(ends) - y, start, xtol=1e-12, ftol=1e-12).x
    first, last = np.exp(ends)
    slope = (first - last) / np.ptp(x)
    return {"intercept": float(first + slope * x.min()), "slope": float(slope)}, law(ends)


def stretched_exponential(x: np.ndarray, y: np.ndarray) -> tuple[dict[str, float], np.ndarray]:
    """error = scale exp(-(N / N_0)^power), 0 < power <= 1; for power towards 0 it is the power law."""

    def regressor(power: float) -> np.ndarray:
        return np.expm1(power * x) / power  # towards x for a small power, so the fit stays well conditioned

    powers = np.geomspace(*STRETCHES, GRID_POINTS)
    best = int(np.argmin([_rss(y, regressor(power)) for power in powers]))
    low, high = np.log(powers[[max(best - 1, 0), min(best + 1, GRID_POINTS - 1)]])
    power = float(np.exp(_minimum(lambda log_power: _rss(y, regressor(np.exp(log_power))), low, high)))
    (level, slope), fitted = _linear(y, regressor(power))
    rate = -slope / power
    return {"log_scale": level + rate, "rate": rate, "power": power}, fitted


Fit = Callable[[np.ndarray, np.ndarray], tuple[dict[str, float], np.ndarray]]
LAWS: dict[str, tuple[Fit, int]] = {  # name -> fit, parameters without the variance
    "power law": (power_law, 2),
    "log-linear": (log_linear, 2),
    "stretched exponential": (stretched_exponential, 3),
    "broken power law": (broken_power_law, 4),
}


def fit_laws(params: np.ndarray, error: np.ndarray) -> list[Law]:
    """All laws that the sizes suffice to fit: params (m,) all different, error (m,) in (0, 1].

    Raises DataError as fit_power_law does, and where two sizes have the same number of parameters.
    """
    x, y = logs(params, error)
    if len(np.unique(x)) < len(x):
        raise DataError("two sizes have the same number of parameters; average them first")
    return [_fit(name, x, y) for name, (_, count) in LAWS.items() if len(x) > count]


def _fit(name: str, x: np.ndarray, y: np.ndarray) -> Law:
    fit, count = LAWS[name]
    parameters, fitted = fit(x, y)
    sizes, estimated = len(x), count + 1
    variance = max(float(np.mean((y - fitted) ** 2)), SMALLEST_VARIANCE)
    deviance = sizes * (np.log(2 * np.pi * variance) + 1)
    spare = sizes - estimated - 1
    return Law(
        name=name,
        parameters=parameters,
        fitted=fitted,
        aicc=deviance + 2 * estimated + 2 * estimated * (estimated + 1) / spare if spare > 0 else None,
        bic=deviance + estimated * float(np.log(sizes)),
        at_limit=name == "stretched exponential" and parameters["power"] < 1.1 * STRETCHES[0],
    )


def smallest_count(name: str) -> int:
    """The number of sizes from which on a law has an AICc."""
    return LAWS[name][1] + 3


def akaike_weights(aicc: np.ndarray) -> np.ndarray:
    """The weight of evidence of each law, (laws,) to float64 (laws,) that sums to 1 (Burnham, Anderson 2002).

    >>> akaike_weights(np.array([10.0, 12.0])).round(2).tolist()
    [0.73, 0.27]
    """
    relative = np.exp(-(np.asarray(aicc, float) - np.min(aicc)) / 2)
    return relative / relative.sum()


def _linear(y: np.ndarray, *regressors: np.ndarray) -> tuple[list[float], np.ndarray]:
    """Coefficients (the constant first) and fitted values of a linear least-squares fit."""
    # Centred and scaled columns keep the system well conditioned; the constant is put right afterwards.
    columns = np.stack(regressors, axis=1)
    centre, scale = columns.mean(axis=0), np.maximum(np.ptp(columns, axis=0), 1e-300)
    solved = np.linalg.lstsq((columns - centre) / scale, y - y.mean(), rcond=None)[0] / scale
    constant = y.mean() - solved @ centre
    return [float(constant), *solved.tolist()], y.mean() + (columns - centre) @ solved


def _rss(y: np.ndarray, *regressors: np.ndarray) -> float:
    return float(np.sum((y - _linear(y, *regressors)[1]) ** 2))


def _minimum(cost: Callable[[float], float], low: float, high: float) -> float:
    """Where a function of one number is smallest between two bounds; the bounds themselves are tried too."""
    from scipy.optimize import minimize_scalar

    found = float(minimize_scalar(cost, bounds=(low, high), method="bounded", options={"xatol": 1e-6}).x)
    return min((low, high, found), key=cost)
