"""Power laws of a family's error over its sizes, at each stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edgeval.analysis.scaling.curves import Curve, Size, curves
from edgeval.cases.case import ModelCase
from edgeval.metrics.scaling import fit_seeds, local_exponents
from edgeval.records import STAGES


def family_scaling(cases: Sequence[ModelCase]) -> list[dict[str, Any]]:
    """One entry for each family and stage that at least two of its sizes have, with the seeds common to all.

    A size with a run without errors is left out and named, for a power law has no such point. Nothing is fitted
    where no seed is common, or where two sizes have the same number of parameters.
    """
    found = []
    for family in dict.fromkeys(case.family for case in cases):
        members = sorted((case for case in cases if case.family == family and case.params), key=_params)
        for stage in STAGES:
            sizes = [_size(case, stage) for case in members if stage in case.stages]
            found += [_fit(curve) for curve in curves(stage, {family: sizes}) if _can_be_fitted(curve)]
    return found


def _params(case: ModelCase) -> int:
    return case.params or 0


def _size(case: ModelCase, stage: str) -> Size:
    errors = {seed: float(seen.errors.mean()) for seed, seen in case.of_stage(stage).items()}
    return Size(case.id, _params(case), errors)


def _can_be_fitted(curve: Curve) -> bool:
    return bool(curve.seeds) and len(set(curve.params.tolist())) == len(curve.params)


def _fit(curve: Curve) -> dict[str, Any]:
    fit = fit_seeds(curve.params, curve.errors)
    return {
        "family": curve.family,
        "stage": curve.stage,
        "models": list(curve.models),
        "left_out": list(curve.left_out),
        "seeds": len(curve.seeds),
        "alpha": fit.alpha,
        "alpha_std": fit.alpha_std,
        "alpha_ci95": fit.alpha_ci95 if fit.mean_fit.ci95 is None else fit.mean_fit.ci95,
        "r2": fit.mean_fit.r2,
        "intercept": fit.mean_fit.intercept,
        "mean_alpha": fit.mean_fit.alpha,
        "local_alpha": local_exponents(curve.params, curve.mean).tolist(),
    }
