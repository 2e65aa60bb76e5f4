"""How the error falls with the number of parameters: error ~ N^-alpha, overall and between neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks


@dataclass(frozen=True)
class PowerLaw:
    """error = exp(intercept) * N^-alpha, least squares of log error on log N.

    `ci95` is the 95 % interval of alpha from the residuals (t with sizes - 2 degrees of freedom) and
    `standard_error` what it comes from, None for two sizes; `r2` is None where all errors are equal, for then
    there is nothing to explain.
    """

    alpha: float
    intercept: float
    r2: float | None
    ci95: tuple[float, float] | None
    sizes: int
    standard_error: float | None = None

    def error(self, params: np.ndarray) -> np.ndarray:
        """The error rate that the law gives for numbers of parameters (m,)."""
        return np.exp(self.intercept) * checks.finite("params", params) ** -self.alpha


def fit_power_law(params: np.ndarray, error: np.ndarray) -> PowerLaw:
    """Fit error ~ N^-alpha: params (m,) numbers of parameters, error (m,) rates in (0, 1], at least two sizes.

    Order does not matter. An error rate of 0 has no logarithm: DataError.

    >>> round(fit_power_law(np.array([1e4, 1e5, 1e6]), np.array([0.4, 0.2, 0.1])).alpha, 4)
    0.301
    """
    x, y = logs(params, error)
    centred = x - x.mean()
    spread = float(centred @ centred)
    slope = float(centred @ y) / spread
    intercept = float(y.mean() - slope * x.mean())
    residual = float(np.sum((y - intercept - slope * x) ** 2))
    total = float(np.sum((y - y.mean()) ** 2))
    standard_error = (residual / (len(x) - 2) / spread) ** 0.5 if len(x) > 2 else None
    return PowerLaw(
        alpha=-slope,
        intercept=intercept,
        r2=1 - residual / total if np.ptp(y) > 0 else None,
        ci95=None if standard_error is None else t_interval(-slope, standard_error, len(x) - 2),
        sizes=len(x),
        standard_error=standard_error,
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
        alpha_ci95=None if std is None else t_interval(mean, std / seeds**0.5, seeds - 1),
        mean_fit=fit_power_law(params, error.mean(axis=0)),
    )


def local_exponents(params: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Exponent between each two neighbouring sizes, smallest first: float64 (m - 1,) (paper, section 5.2).

    -(log e_2 - log e_1) / (log N_2 - log N_1). Near 0 another size up brings nothing: saturation; below 0 it
    makes matters worse.

    >>> local_exponents(np.array([1e4, 1e5]), np.array([0.4, 0.2])).round(4).tolist()
    [0.301]
    """
    x, y = logs(params, error)
    order = np.argsort(x)
    if (np.diff(x[order]) == 0).any():
        raise DataError("two sizes have the same number of parameters; there is no exponent between them")
    return -np.diff(y[order]) / np.diff(x[order])


@dataclass(frozen=True)
class SlopeTest:
    """A two-sided t test: the statistic, its degrees of freedom and p."""

    t: float
    freedom: float
    p: float


def curvature(params: np.ndarray, error: np.ndarray) -> SlopeTest | None:
    """Does log error bend over log N? The t test of a quadratic term beside the power law's line.

    t > 0: the local exponents fall with size. None for fewer than four sizes, or where nothing is left to
    explain (the points lie on a parabola).
    """
    x, y = logs(params, error)
    if len(x) < 4:
        return None
    centred = x - x.mean()
    design = np.stack([np.ones_like(x), centred, centred**2], axis=1)
    coefficients, *_ = np.linalg.lstsq(design, y, rcond=None)
    freedom = len(x) - 3
    variance = float(np.sum((y - design @ coefficients) ** 2)) / freedom
    if variance <= 1e-24:
        return None
    spread = float(np.linalg.inv(design.T @ design)[2, 2])
    return _t_test(float(coefficients[2]) / (variance * spread) ** 0.5, freedom)


def compare_slopes(first: PowerLaw, second: PowerLaw) -> SlopeTest | None:
    """Do two families' exponents differ, judged by how far their sizes lie from their lines?

    Welch's test of two regression slopes with their own residual variances. None unless both have three sizes or
    more and lie off their lines.
    """
    if not (first.standard_error and second.standard_error):
        return None
    parts = np.array([first.standard_error, second.standard_error]) ** 2
    freedom = parts.sum() ** 2 / np.sum(parts**2 / (np.array([first.sizes, second.sizes]) - 2))
    return _t_test((first.alpha - second.alpha) / float(parts.sum()) ** 0.5, float(freedom))


def compare_exponents(first: np.ndarray, second: np.ndarray, equal_variances: bool = False) -> SlopeTest:
    """Do two families' exponents differ, judged by their spread over seeds? (seeds_1,) and (seeds_2,).

    Welch's t test; with `equal_variances` the two-sample t test that the paper uses (section 5.1). DataError for
    fewer than two seeds or where no seed differs from another.
    """
    first, second = checks.finite("first exponents", first), checks.finite("second exponents", second)
    sizes = np.array([len(first), len(second)])
    if sizes.min() < 2:
        raise DataError("a test of two families over seeds needs two seeds of each")
    variances = np.array([first.var(ddof=1), second.var(ddof=1)])
    if not variances.sum():
        raise DataError("the exponents of all seeds are equal; there is no spread to test against")
    if equal_variances:
        variances = np.full(2, (sizes - 1) @ variances / (sizes.sum() - 2))
    parts = variances / sizes
    freedom = sizes.sum() - 2 if equal_variances else parts.sum() ** 2 / np.sum(parts**2 / (sizes - 1))
    return _t_test(float((first.mean() - second.mean()) / parts.sum() ** 0.5), float(freedom))


def _t_test(statistic: float, freedom: float) -> SlopeTest:
    from scipy import special

    return SlopeTest(statistic, freedom, 2 * float(special.stdtr(freedom, -abs(statistic))))


def logs(params: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(log N, log error) of at least two sizes; DataError where there is no logarithm."""
    params, error = checks.finite("params", params), checks.fractions("error", error)
    checks.same_length(params=params, error=error)
    if params.min() <= 0 or len(np.unique(params)) < 2:
        raise DataError("a power law needs at least two different numbers of parameters, all above 0")
    if error.min() <= 0:
        raise DataError("an error rate is 0; a power law has no such point, leave this size out")
    return np.log(params), np.log(error)


def t_interval(centre: float, standard_error: float, freedom: int) -> tuple[float, float]:
    """The 95 % interval of an estimate with a Student t distribution."""
    from scipy import special

    half = float(special.stdtrit(freedom, 0.975)) * standard_error
    return centre - half, centre + half
