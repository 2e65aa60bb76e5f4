"""Can the confidence be trusted, at each size and after quantization?"""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeval.analysis.inputs.measured import Measured, Model, Stage, paired_runs
from edgeval.analysis.resample import Resampled
from edgeval.cases.summary import confidence_source, mean_std, reliability_rows, std_known
from edgeval.metrics import calibration as metrics
from edgeval.metrics.inference.image_bootstrap import magnitude_interval
from edgeval.metrics.scaling import t_interval

THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99)  # at which a product acts on an answer
NEAR = 0.01  # around a threshold, where distinct confidences are counted
LEVEL = 0.05


def calibration(stage: Stage, resampled: Resampled) -> dict[str, Any]:
    """One stage (docs/ANALYSIS.md, calibration); `models` without those whose every sample failed."""
    rows = [_model(model, list(stage.runs[model.id].values()), resampled) for model in stage.models]
    return {"stage": stage.name, "samples": len(stage.ids), "models": [row for row in rows if row]}


def _ran(seen: Measured) -> tuple[np.ndarray, np.ndarray]:
    """Confidence and correctness of the samples whose inference ran."""
    rows = ~np.isnan(seen.confidence)
    return seen.confidence[rows], ~seen.errors[rows]


def _model(model: Model, runs: list[Measured], resampled: Resampled) -> dict[str, Any] | None:
    of_seed = [pair for pair in map(_ran, runs) if len(pair[0])]
    if not of_seed:
        return None
    ece = [metrics.expected_calibration_error(*pair) for pair in of_seed]
    calibrated_p = np.array([metrics.calibrated_p(*pair) for pair in of_seed])
    corrected = float(np.mean([metrics.ece_without_noise(*pair) for pair in of_seed]))
    confidence, correct = (np.concatenate(parts) for parts in zip(*of_seed, strict=True))
    means = metrics.mean_confidence(confidence, correct)
    return {
        "model": model.id,
        "confidence_source": confidence_source(runs[0].score_kind, runs[0].output_step is not None),
        "ece": mean_std(ece),
        "ece_null": float(np.mean([metrics.ece_null(pair[0]) for pair in of_seed])),
        "ece_without_noise": corrected,
        "ece_ci95": magnitude_interval(corrected, resampled.ece[model.id], calibrated_p),
        "calibrated_p": float(np.median(calibrated_p)),
        "accuracy": means.accuracy,
        "mean_confidence": means.overall,
        "mean_confidence_correct": means.correct,
        "mean_confidence_wrong": means.wrong,
        "global_gap": means.global_gap,
        **_global_match(runs, float(np.median(calibrated_p))),
        "ece_beyond_global_gap": max(0.0, float(np.mean(ece)) - abs(means.global_gap)),
        "reliability": reliability_rows(confidence, correct),
        "temperature": _temperature(runs),
    }


def _global_match(runs: list[Measured], calibrated_p: float) -> dict[str, Any]:
    """Do mean confidence and accuracy match, and if so, do the bins too (paper, section 5.6)?

    The interval is over images, of the mean over these trainings.
    """
    gaps = np.array([seen.confidence - ~seen.errors for seen in runs])
    of_image = np.nanmean(gaps[:, ~np.isnan(gaps).all(axis=0)], axis=0)
    error = float(of_image.std(ddof=1)) / len(of_image) ** 0.5 if len(of_image) > 1 else np.inf
    interval = t_interval(float(of_image.mean()), error, len(of_image) - 1) if np.isfinite(error) else None
    if interval is None or interval[0] <= 0 <= interval[1]:
        match = "calibrated" if calibrated_p >= LEVEL else "global match only"
    else:
        match = "overconfident" if interval[0] > 0 else "underconfident"
    return {"global_gap_ci95": interval, "match": match}


def _temperature(runs: list[Measured]) -> dict[str, float | None] | None:
    """Means over the seeds; the ECEs are of the half of the images that the temperature was not fitted on."""
    fits = [seen.temperature for seen in runs if seen.temperature is not None]
    if not fits:
        return None
    values = [fit.value for fit in fits]
    return {
        "value": float(np.mean(values)),
        "std": std_known(values),
        "ece_before": float(np.mean([fit.ece_before for fit in fits])),
        "ece_after": float(np.mean([fit.ece_after for fit in fits])),
    }


def thresholds(stages: list[Stage]) -> list[dict[str, Any]]:
    """What becomes of a confidence threshold that was chosen at the first stage when a later one uses it."""
    return [
        {
            "model": name,
            "from": stages[0].name,
            "to": later.name,
            "seeds": len(pairs),
            "highest_before": _highest([first for first, _ in pairs]),
            "highest_after": _highest([later for _, later in pairs]),
            "thresholds": [_threshold(pairs, value) for value in THRESHOLDS],
        }
        for later in stages[1:]
        for name, pairs in paired_runs(stages[0], later, np.intersect1d(stages[0].ids, later.ids)).items()
    ]


def _highest(runs: list[Measured]) -> float | None:
    """The largest confidence that occurs: no higher threshold ever accepts a sample."""
    seen = [float(np.nanmax(run.confidence)) for run in runs if not np.isnan(run.confidence).all()]
    return max(seen) if seen else None


def _threshold(pairs: list[tuple[Measured, Measured]], threshold: float) -> dict[str, Any]:
    """All seeds together. A sample is accepted where its confidence reaches the threshold; a failed one is not."""
    before = [_accepted(first, threshold) for first, _ in pairs]
    after = [_accepted(later, threshold) for _, later in pairs]
    changed = [a != b for a, b in zip(before, after, strict=True)]
    return {
        "threshold": threshold,
        "confidence_step": _confidence_step([later for _, later in pairs], threshold),
        "distinct_before": _distinct([first for first, _ in pairs], threshold),
        "distinct_after": _distinct([later for _, later in pairs], threshold),
        "coverage_before": _share(before),
        "coverage_after": _share(after),
        "precision_before": _precision([first for first, _ in pairs], before),
        "precision_after": _precision([later for _, later in pairs], after),
        "decisions_changed": _share(changed),
    }


def _distinct(runs: list[Measured], threshold: float) -> float:
    """Different confidences that occur within NEAR of the threshold, mean over the seeds: how finely it can be set."""
    near = [run.confidence[np.abs(run.confidence - threshold) <= NEAR] for run in runs]
    return float(np.mean([len(np.unique(values)) for values in near]))


def _accepted(seen: Measured, threshold: float) -> np.ndarray:
    return np.nan_to_num(seen.confidence, nan=-1.0) >= threshold


def _share(masks: list[np.ndarray]) -> float | None:
    together = np.concatenate(masks)
    return float(together.mean()) if together.size else None


def _precision(runs: list[Measured], accepted: list[np.ndarray]) -> float | None:
    """Part of the accepted samples that are right; None where none is accepted."""
    return _share([~seen.errors[rows] for seen, rows in zip(runs, accepted, strict=True)])


def _confidence_step(runs: list[Measured], threshold: float) -> float | None:
    """How much one step of the int8 output moves a confidence near the threshold: d softmax / d logit = p (1 - p)."""
    steps = [
        seen.output_step * (threshold * (1 - threshold) if seen.score_kind == "logits" else 1.0)
        for seen in runs
        if seen.output_step is not None
    ]
    return float(np.mean(steps)) if steps else None
