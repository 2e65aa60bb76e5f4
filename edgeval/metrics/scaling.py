"""How the error falls with the number of parameters: error ~ N^-alpha, overall and between neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks


@dataclass(frozen=True)
class PowerLaw:
    """error = exp(intercept) * N^-alpha, least squares of log error on log N.

    `ci95` is the 95 % interval of alpha from the residuals (t with sizes - 2 degrees of freedom), None for two
    sizes; `r2` is None where all errors are equal, for then there is nothing to explain.
    """

    alpha: float
    intercept: float
    r2: float | None
    ci95: tuple[float, float] | None
    sizes: int

    def error(self, params: np.ndarray) -> np.ndarray:
        """The error rate that the law gives for numbers of parameters (m,)."""
        return np.exp(self.intercept) * checks.finite("params", params) ** -self.alpha


def fit_power_law(params: np.ndarray, error: np.ndarray) -> PowerLaw:
    """Fit error ~ N^-alpha: params (m,) numbers of parameters, error (m,) rates in (0, 1], at least two sizes.

    Order does not matter. An error rate of 0 has no logarithm: DataError.

    >>> round(fit_power_law(np.array([1e4, 1e5, 1e6]), np.array([0.4, 0.2, 0.1])).alpha, 4)
    0.301
    """
    x, y = _logs(params, error)
    centred = x - x.mean()
    spread = float(centred @ centred)
    slope = float(centred @ y) / spread
    intercept = float(y.mean() - slope * x.mean())
    residual = float(np.sum((y - intercept - slope * x) ** 2))
    total = float(np.sum((y - y.mean()) ** 2))
    return PowerLaw(
        alpha=-slope,
        intercept=intercept,
        r2=1 - residual / total if np.ptp(y) > 0 else None,
        ci95=_interval(-slope, (residual / (len(x) - 2) / spread) ** 0.5, len(x) - 2) if len(x) > 2 else None,
        sizes=len(x),
    )


@dataclass(frozen=True)
class SeedFits:
    """One power law a seed: alpha's mean, standard deviation (sample) and 95 % interval of the mean (t over the
    seeds); the last two are None for one seed. `mean_fit` is fitted to the mean error of the seeds."""

    fits: tuple[PowerLaw, ...]
    alpha: float
    alpha_std: float | None
    alpha_ci95: tuple[float, float] | None
    mean_fit: PowerLaw


def fit_seeds(params: np.ndarray, error: np.ndarray) -> SeedFits:
    """Fit every seed on its own: params (m,), error (seeds, m)."""
    error = checks.finite("error", error, ndim=2)
    fits = tuple(fit_power_law(params, row) for row in error)
    alphas = np.array([fit.alpha for fit in fits])
    mean, seeds = float(alphas.mean()), len(alphas)
    std = float(alphas.std(ddof=1)) if seeds > 1 else None
    return SeedFits(
        fits=fits,
        alpha=mean,
        alpha_std=std,
        alpha_ci95=None if std is None else _interval(mean, std / seeds**0.5, seeds - 1),
        mean_fit=fit_power_law(params, error.mean(axis=0)),
    )


def local_exponents(params: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Exponent between each two neighbouring sizes, smallest first: float64 (m - 1,) (paper, section 5.2).

    -(log e_2 - log e_1) / (log N_2 - log N_1). Near 0 another size up brings nothing: saturation; below 0 it
    makes matters worse.

    >>> local_exponents(np.array([1e4, 1e5]), np.array([0.4, 0.2])).round(4).tolist()
    [0.301]
    """
    x, y = _logs(params, error)
    order = np.argsort(x)
    if (np.diff(x[order]) == 0).any():
        raise DataError("two sizes have the same number of parameters; there is no exponent between them")
    return -np.diff(y[order]) / np.diff(x[order])


def _logs(params: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    params, error = checks.finite("params", params), checks.fractions("error", error)
    checks.same_length(params=params, error=error)
    if params.min() <= 0 or len(np.unique(params)) < 2:
        raise DataError("a power law needs at least two different numbers of parameters, all above 0")
    if error.min() <= 0:
        raise DataError("an error rate is 0; a power law has no such point, leave this size out")
    return np.log(params), np.log(error)


def _interval(centre: float, standard_error: float, freedom: int) -> tuple[float, float]:
    from scipy import special

    half = float(special.stdtrit(freedom, 0.975)) * standard_error
    return centre - half, centre + half
