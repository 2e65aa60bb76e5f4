"""Exponents between neighbouring sizes: do they fall steadily, and where does growing stop to pay?"""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeval.analysis.scaling.curves import Curve
from edgeval.metrics.scaling import local_exponents, t_interval

SATURATED_GAIN = 0.01  # a doubling of the parameters that removes less than this part of the errors
SATURATED_ALPHA = -float(np.log2(1 - SATURATED_GAIN))  # the local exponent that says the same: 0.0145


def local_scaling(curve: Curve) -> dict[str, Any]:
    """`local_alpha[]`, `local[]` with its spread over seeds, `monotonic` and `saturation`."""
    of_mean = local_exponents(curve.params, curve.mean)
    of_seed = np.array([local_exponents(curve.params, row) for row in curve.errors])
    steps = [_step(curve, index, float(of_mean[index]), of_seed[:, index]) for index in range(len(of_mean))]
    return {
        "local_alpha": of_mean.tolist(),
        "local": steps,
        "monotonic": _monotonic(curve, of_mean, of_seed),
        "saturation": _saturation(steps),
    }


def _step(curve: Curve, index: int, alpha: float, of_seed: np.ndarray) -> dict[str, Any]:
    std, interval = _spread(of_seed)
    return {
        "from": curve.models[index],
        "to": curve.models[index + 1],
        "alpha": alpha,
        "std": std,
        "ci95": interval,
        "gain_points": 100 * float(curve.mean[index] - curve.mean[index + 1]),
    }


def _spread(of_seed: np.ndarray) -> tuple[float | None, tuple[float, float] | None]:
    """Sample standard deviation over the seeds and the 95 % interval of the mean; None for one seed."""
    seeds = len(of_seed)
    if seeds < 2:
        return None, None
    std = float(of_seed.std(ddof=1))
    return std, t_interval(float(of_seed.mean()), std / seeds**0.5, seeds - 1)


def _monotonic(curve: Curve, of_mean: np.ndarray, of_seed: np.ndarray) -> dict[str, Any]:
    """Whether each local exponent is at most the one before, and each rise with its spread over the seeds."""
    rises = []
    for index in np.flatnonzero(np.diff(of_mean) > 0):
        std, interval = _spread(of_seed[:, index + 1] - of_seed[:, index])
        rises.append(
            {
                "models": list(curve.models[index : index + 3]),
                "alpha": of_mean[index : index + 2].tolist(),
                "rise": float(of_mean[index + 1] - of_mean[index]),
                "std": std,
                "ci95": interval,
                "beyond_seeds": None if interval is None else interval[0] > 0,
            }
        )
    return {"decreasing": not rises, "rises": rises, "sentence": _sentence(curve, of_mean, rises)}


def _sentence(curve: Curve, of_mean: np.ndarray, rises: list[dict[str, Any]]) -> str:
    ends = f"{of_mean[0]:.3f} to {of_mean[-1]:.3f}"
    if len(of_mean) < 2:
        return f"one step, local exponent {of_mean[0]:.3f}"
    if not rises:
        return f"the local exponents fall with every size, from {ends}"
    shown = "; ".join(
        f"{rise['alpha'][0]:.3f} ({rise['models'][0]} to {rise['models'][1]}), "
        f"then {rise['alpha'][1]:.3f} (to {rise['models'][2]})"
        for rise in rises
    )
    return f"the local exponents do not fall monotonically (from {ends}): {shown}"


def _saturation(steps: list[dict[str, Any]]) -> dict[str, Any]:
    """The size from which on growing no longer pays: every later step is below SATURATED_ALPHA."""
    slow = [step["alpha"] < SATURATED_ALPHA for step in steps]
    last_useful = max((index for index, is_slow in enumerate(slow) if not is_slow), default=-1)
    saturated = last_useful + 1 < len(steps)
    first = steps[last_useful + 1] if saturated else None
    return {
        "saturated": saturated,
        "from": first["from"] if first else None,
        "limit_alpha": SATURATED_ALPHA,
        "warning": _warning(steps[last_useful + 1 :]) if saturated else None,
    }


def _warning(steps: list[dict[str, Any]]) -> str:
    gain = sum(step["gain_points"] for step in steps)
    doubling = 100 * (1 - 2 ** -max(step["alpha"] for step in steps))
    text = (
        f"saturated from {steps[0]['from']} on: up to {steps[-1]['to']} accuracy gains {gain:.2f} points, "
        f"a doubling of the parameters removes {doubling:.1f} % of the errors at best"
    )
    open_end = any(step["ci95"] is not None and step["ci95"][1] > SATURATED_ALPHA for step in steps)
    return text + ("; the spread over seeds does not rule out more" if open_end else "")
