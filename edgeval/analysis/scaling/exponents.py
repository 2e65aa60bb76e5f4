"""How the error falls with size: exponents with their two kinds of uncertainty, hypothesis H1, family tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np

from edgeval.analysis.scaling.curves import Curve
from edgeval.analysis.scaling.laws import choose_law
from edgeval.analysis.scaling.local import local_scaling
from edgeval.errors import DataError
from edgeval.metrics.scaling import (
    SeedFits,
    SlopeTest,
    compare_exponents,
    compare_slopes,
    curvature,
    fit_seeds,
)

SMALLEST_R2 = 0.9  # H1, paper, section 4.1
DECADES = 2.0  # orders of magnitude of parameters that H1 is about
LEVEL = 0.05


def scaling(curves: Sequence[Curve]) -> list[dict[str, Any]]:
    """One entry a curve (docs/ANALYSIS.md, scaling)."""
    return [_entry(curve) for curve in curves]


def _entry(curve: Curve) -> dict[str, Any]:
    fits = fit_seeds(curve.params, curve.errors)
    mean = fits.mean_fit
    r2 = [fit.r2 for fit in fits.fits if fit.r2 is not None]
    # Where the sizes deviate from the law, other seeds of the same sizes say too little about it.
    interval, source = (mean.ci95, "residuals") if mean.ci95 is not None else (fits.alpha_ci95, "seeds")
    return {
        "family": curve.family,
        "stage": curve.stage,
        "models": list(curve.models),
        "params": curve.params.tolist(),
        "error": curve.mean.tolist(),
        "seeds": list(curve.seeds),
        "left_out": list(curve.left_out),
        "alpha": fits.alpha,
        "alpha_std": fits.alpha_std,
        "alpha_ci95": interval,
        "alpha_ci95_source": source if interval is not None else None,
        "alpha_ci95_residuals": mean.ci95,
        "alpha_ci95_seeds": fits.alpha_ci95,
        "r2": mean.r2,
        "r2_range_over_seeds": [min(r2), max(r2)] if len(r2) > 1 else None,
        "intercept": mean.intercept,
        "mean_alpha": mean.alpha,
        "per_seed": _per_seed(curve, fits),
        "residuals": (np.log(curve.mean) - np.log(mean.error(curve.params))).tolist(),
        "h1": _h1(curve, mean.r2),
        **local_scaling(curve),
        "laws": choose_law(curve),
    }


def _per_seed(curve: Curve, fits: SeedFits) -> list[dict[str, Any]]:
    return [
        {"seed": seed, "alpha": fit.alpha, "r2": fit.r2}
        for seed, fit in zip(curve.seeds, fits.fits, strict=False)
    ]


def _h1(curve: Curve, r2: float | None) -> dict[str, Any]:
    """H1 of the paper: R^2 >= 0.9 and residuals without systematic structure, over two orders of magnitude.

    The paper names no test of the residuals. Ours is the t test of a quadratic term: bent residuals rise and
    fall (or fall and rise), which is the one systematic structure that few points can show.
    """
    decades = float(np.log10(curve.params[-1] / curve.params[0]))
    bend = curvature(curve.params, curve.mean)
    against, open_points = [], []
    if r2 is None or r2 < SMALLEST_R2:
        against.append(f"R^2 is {'undefined' if r2 is None else format(r2, '.3f')}, below {SMALLEST_R2}")
    if bend is not None and bend.p < LEVEL:
        shape = "fall" if bend.t > 0 else "rise"
        against.append(
            f"the residuals are bent (quadratic term, p = {bend.p:.2g}): the local exponents {shape} with size"
        )
    if bend is None:
        open_points.append(f"{len(curve.params)} sizes are too few to see a bend in the residuals")
    if decades < DECADES:
        open_points.append(
            f"the sizes span {decades:.2f} orders of magnitude, H1 is about {DECADES:g} or more"
        )
    return {
        "supported": False if against else None if open_points else True,
        "r2": r2,
        "curvature": None if bend is None else asdict(bend),
        "decades": decades,
        "reasons": against + open_points,
    }


def family_tests(curves: Sequence[Curve]) -> list[dict[str, Any]]:
    """Every two families of a stage against each other."""
    return [
        _family_test(first, second)
        for first, second in combinations(curves, 2)
        if first.stage == second.stage
    ]


def _family_test(first: Curve, second: Curve) -> dict[str, Any]:
    fits = fit_seeds(first.params, first.errors), fit_seeds(second.params, second.errors)
    alphas = [np.array([fit.alpha for fit in of.fits]) for of in fits]
    slopes = compare_slopes(fits[0].mean_fit, fits[1].mean_fit)
    return {
        "stage": first.stage,
        "families": [first.family, second.family],
        "difference": fits[0].alpha - fits[1].alpha,
        "ratio": fits[0].alpha / fits[1].alpha if fits[1].alpha else None,
        "over_seeds_welch": _over_seeds(alphas, equal_variances=False),
        "over_seeds_pooled": _over_seeds(alphas, equal_variances=True),
        "over_residuals": None if slopes is None else asdict(slopes),
    }


def _over_seeds(alphas: list[np.ndarray], equal_variances: bool) -> dict[str, float] | None:
    """None where there are fewer than two seeds, or no spread."""
    try:
        test: SlopeTest = compare_exponents(alphas[0], alphas[1], equal_variances)
    except DataError:
        return None
    return asdict(test)
