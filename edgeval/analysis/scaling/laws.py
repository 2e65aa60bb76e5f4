"""Which law the errors follow, and whether the sizes suffice to say so."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeval.analysis.scaling.curves import Curve
from edgeval.metrics.laws import DISTINGUISHABLE, LAWS, Law, akaike_weights, fit_laws, smallest_count


def choose_law(curve: Curve) -> dict[str, Any]:
    """The candidates with AICc and BIC, which of them the data favour, and a sentence that says how firmly.

    A point is the mean error of a size: seeds of one size share its distance from the law, so they are no
    further evidence about the law.
    """
    fitted = fit_laws(curve.params, curve.mean)
    ranked = sorted((law for law in fitted if law.aicc is not None), key=lambda law: law.aicc or 0.0)
    unjudged = [name for name in LAWS if name not in {law.name for law in ranked}]
    close = [law.name for law in ranked if _behind(law, ranked) < DISTINGUISHABLE]
    best_bic = min(fitted, key=lambda law: law.bic).name if len(ranked) == len(LAWS) else None
    # AICc charges a law of many parameters so much for few points that it cannot win; then BIC tells.
    agreed = best_bic is None or not ranked or best_bic == ranked[0].name
    return {
        "sizes": len(curve.params),
        "candidates": [_candidate(law, ranked, fitted) for law in fitted],
        "best_aicc": ranked[0].name if ranked else None,
        "best_bic": best_bic,
        "not_distinguishable": close,
        "not_judged": unjudged,
        "decided": len(close) == 1 and not unjudged and agreed,
        "sentence": _sentence(len(curve.params), ranked, close, unjudged)
        + ("" if agreed or not ranked else f"; BIC favours the {best_bic}, so it is not decided"),
    }


def _behind(law: Law, ranked: list[Law]) -> float:
    return float((law.aicc or 0.0) - (ranked[0].aicc or 0.0))


def _candidate(law: Law, ranked: list[Law], fitted: list[Law]) -> dict[str, Any]:
    names = [other.name for other in ranked]
    weights = akaike_weights(np.array([other.aicc for other in ranked])) if ranked else np.empty(0)
    judged = law.aicc is not None
    return {
        "law": law.name,
        "parameters": law.parameters,
        "fitted_error": np.exp(law.fitted).tolist(),
        "aicc": law.aicc,
        "aicc_behind": _behind(law, ranked) if judged else None,
        "weight": float(weights[names.index(law.name)]) if judged else None,
        "bic": law.bic,
        "bic_behind": law.bic - min(other.bic for other in fitted),
        "at_limit": law.at_limit,
    }


def _sentence(sizes: int, ranked: list[Law], close: list[str], unjudged: list[str]) -> str:
    if not ranked:
        return (
            f"{sizes} sizes are too few to judge any law; AICc is defined from {_needed(list(LAWS))} sizes on"
        )
    text = (
        f"AICc favours the {close[0]}"
        if len(close) == 1
        else f"AICc cannot tell apart the {' and the '.join(close)} (less than {DISTINGUISHABLE:g} between them)"
    )
    if unjudged:
        text += (
            f"; the {' and the '.join(unjudged)} cannot be judged with {sizes} sizes "
            f"(from {_needed(unjudged)} on), so the question stays open"
        )
    return text


def _needed(names: list[str]) -> int:
    return min(smallest_count(name) for name in names)
