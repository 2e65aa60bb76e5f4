"""Power laws of a family's error over its sizes, at its first and its last stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgeval.cases.case import ModelCase
from edgeval.metrics.scaling import fit_seeds, local_exponents
from edgeval.records import STAGES


def family_scaling(cases: Sequence[ModelCase]) -> list[dict[str, Any]]:
    """One entry for each family and stage that at least two of its sizes have, with the seeds common to all.

    A size whose error is 0 is left out and named, for a power law has no such point.
    """
    entries = []
    for family in dict.fromkeys(case.family for case in cases):
        members = sorted(
            (c for c in cases if c.family == family and c.params), key=lambda case: case.params or 0
        )
        for stage in STAGES:
            entry = _fit(family, stage, [case for case in members if stage in case.stages])
            entries += [entry] if entry else []
    return entries


def _fit(family: str, stage: str, cases: list[ModelCase]) -> dict[str, Any] | None:
    perfect = [case.id for case in cases if not _errors(case, stage).all()]
    cases = [case for case in cases if case.id not in perfect]
    seeds = sorted(set.intersection(*(set(case.of_stage(stage)) for case in cases))) if cases else []
    if (
        len({case.params for case in cases}) < 2
        or len({case.params for case in cases}) < len(cases)
        or not seeds
    ):
        return None
    params = np.array([case.params for case in cases])
    errors = np.array([[case.of_stage(stage)[seed].errors.mean() for case in cases] for seed in seeds])
    fit = fit_seeds(params, errors)
    return {
        "family": family,
        "stage": stage,
        "models": [case.id for case in cases],
        "left_out": perfect,
        "seeds": len(seeds),
        "alpha": fit.alpha,
        "alpha_std": fit.alpha_std,
        "alpha_ci95": fit.alpha_ci95,
        "r2": fit.mean_fit.r2,
        "intercept": fit.mean_fit.intercept,
        "mean_alpha": fit.mean_fit.alpha,
        "local_alpha": local_exponents(params, errors.mean(axis=0)).tolist(),
    }


def _errors(case: ModelCase, stage: str) -> np.ndarray:
    return np.array([seen.errors.any() for seen in case.of_stage(stage).values()])
