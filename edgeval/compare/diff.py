"""What changes between two neighbouring stages: labels, error sets, outputs, and a verdict."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from edgeval.cases.align import shared_rows
from edgeval.cases.case import ModelCase
from edgeval.compare.layers import layer_figures, with_layers
from edgeval.metrics.overlap import jaccard
from edgeval.records import FAILED, NO_SCORES, Predictions

FLOAT_STAGES = ("float", "onnx")
FLOAT_TOLERANCE = 1e-3  # relative to the largest score: sums in another order differ by far less
VERDICTS = (
    "bit-exact", "float rounding", "rounding only", "quantization", "differs", "diverges", "not comparable",
)  # fmt: skip


def transitions(case: ModelCase, classes: tuple[str, ...]) -> list[dict[str, Any]]:
    """One entry for each two neighbouring stages of a model (docs/COMPARE_JSON.md, transitions)."""
    stages = case.stages
    return [transition(case, before, after, classes) for before, after in itertools.pairwise(stages)]


def transition(case: ModelCase, before: str, after: str, classes: tuple[str, ...]) -> dict[str, Any]:
    """The change from stage `before` to stage `after` over all seeds that have both: sums, means, and per seed."""
    pairs = case.of_stages(before, after)
    per_seed = [
        {"seed": seed, **with_layers(seed_change(before, after, *pair), case.layers_of(seed, before, after))}
        for seed, pair in pairs.items()
    ]
    counts = {name: sum(row[name] for row in per_seed) for name in COUNTS}
    verdict = max((row["verdict"] for row in per_seed), key=VERDICTS.index, default="not comparable")
    largest = [
        row["largest_difference_steps"] for row in per_seed if row["largest_difference_steps"] is not None
    ]
    change: dict[str, Any] = {
        "from": before,
        "to": after,
        "seeds": len(per_seed),
        **counts,
        "accuracy_before": _mean(per_seed, "accuracy_before"),
        "accuracy_after": _mean(per_seed, "accuracy_after"),
        "jaccard_errors": _mean(per_seed, "jaccard_errors"),
        "largest_difference_steps": max(largest, default=None),
        "verdict": verdict,
        **layer_figures(case, before, after, per_seed, VERDICTS),
        "flipped_classes": flipped_classes(list(pairs.values()), classes),
        "per_seed": per_seed,
    }
    change["verdict_text"] = verdict_text(change)
    return change


COUNTS = (
    "predictions", "flipped", "lost", "gained", "wrong_to_other_wrong",
    "failed_before", "failed_after", "outputs", "outputs_differing", "outputs_one_step",
)  # fmt: skip


def seed_change(
    stage_before: str, stage_after: str, before: Predictions, after: Predictions
) -> dict[str, Any]:
    """The change of one trained network on the samples that both stages cover."""
    first, second = shared_rows(before, after)
    labels, top1_before, top1_after = before.labels[first], before.top1[first], after.top1[second]
    lost, gained, other = flips(labels, top1_before, top1_after)
    return {
        "predictions": len(labels),
        "accuracy_before": float(np.mean(top1_before == labels)),
        "accuracy_after": float(np.mean(top1_after == labels)),
        "flipped": int(np.sum(top1_before != top1_after)),
        "lost": int(lost.sum()),
        "gained": int(gained.sum()),
        "wrong_to_other_wrong": int(other.sum()),
        "failed_before": int(np.sum(top1_before == FAILED)),
        "failed_after": int(np.sum(top1_after == FAILED)),
        "jaccard_errors": jaccard(top1_before != labels, top1_after != labels),
        **_outputs(stage_before, stage_after, before, after, first, second),
    }


def flips(
    labels: np.ndarray, before: np.ndarray, after: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Masks bool (n,) of the samples that were lost, gained, and wrong before and after with another label."""
    right_before, right_after = before == labels, after == labels
    return (
        right_before & ~right_after,
        ~right_before & right_after,
        ~right_before & ~right_after & (before != after),
    )


def flipped_classes(
    pairs: list[tuple[Predictions, Predictions]], classes: tuple[str, ...]
) -> list[dict[str, Any]]:
    """The true classes that flips hit, the largest net loss first; counts are sums over the seeds."""
    totals = np.zeros((3, len(classes)), np.int64)
    samples = np.zeros(len(classes), np.int64)
    for before, after in pairs:
        first, second = shared_rows(before, after)
        labels = before.labels[first]
        samples += np.bincount(labels, minlength=len(classes))
        for row, mask in enumerate(flips(labels, before.top1[first], after.top1[second])):
            totals[row] += np.bincount(labels[mask], minlength=len(classes))
    lost, gained, other = totals
    order = np.lexsort((np.arange(len(classes)), -lost, gained - lost))
    return [
        {
            "index": int(index),
            "name": classes[index],
            "predictions": int(samples[index]),
            "lost": int(lost[index]),
            "gained": int(gained[index]),
            "wrong_to_other_wrong": int(other[index]),
        }
        for index in order
        if totals[:, index].any()
    ]


def _outputs(
    stage_before: str,
    stage_after: str,
    before: Predictions,
    after: Predictions,
    first: np.ndarray,
    second: np.ndarray,
) -> dict[str, Any]:
    ran = (before.top1[first] != FAILED) & (after.top1[second] != FAILED)
    first, second = first[ran], second[ran]
    if NO_SCORES in (before.score_kind, after.score_kind):
        return _output_figures("not comparable")
    if (stage_before in FLOAT_STAGES) != (stage_after in FLOAT_STAGES):
        return _output_figures("quantization")
    if before.output_int8 is not None and after.output_int8 is not None:
        if _grid(before) != _grid(after):
            return _output_figures("not comparable")
        return _steps(before.output_int8[first], after.output_int8[second])
    if before.score_kind != after.score_kind:
        return _output_figures("not comparable")
    return _scores(before.scores[first], after.scores[second])


def _grid(predictions: Predictions) -> tuple[float, int]:
    return predictions.output_scale, predictions.output_zero_point


def _steps(before: np.ndarray, after: np.ndarray) -> dict[str, Any]:
    difference = np.abs(before.astype(np.int16) - after.astype(np.int16))
    largest = int(difference.max(initial=0))
    verdict = ("bit-exact", "rounding only", "differs")[min(largest, 2)]
    return _output_figures(
        verdict, difference.size, int(np.sum(difference > 0)), int(np.sum(difference == 1)), largest
    )


def _scores(before: np.ndarray, after: np.ndarray) -> dict[str, Any]:
    difference = np.abs(before.astype(np.float64) - after)
    largest = float(difference.max(initial=0.0))
    close = largest <= FLOAT_TOLERANCE * max(1.0, float(np.abs(before).max(initial=0.0)))
    verdict = "bit-exact" if largest == 0 else "float rounding" if close else "differs"
    return {
        **_output_figures(verdict, difference.size, int(np.sum(difference > 0))),
        "largest_difference_score": largest,
    }


def _output_figures(
    verdict: str, outputs: int = 0, differing: int = 0, one_step: int = 0, largest: int | None = None
) -> dict[str, Any]:
    return {
        "outputs": outputs,
        "outputs_differing": differing,
        "outputs_one_step": one_step,
        "largest_difference_steps": largest,
        "largest_difference_score": None,
        "verdict": verdict,
    }


def verdict_text(change: dict[str, Any]) -> str:
    """The verdict as a sentence with its evidence."""
    outputs, steps = change["outputs"], change["largest_difference_steps"]
    of_all = f"{change['outputs_differing']:,} of {outputs:,} outputs"
    size = f"by up to {steps} steps" if steps and steps > 1 else "each by one step"
    flipped = f"{change['flipped'] or 'no'} label{'' if change['flipped'] < 2 else 's'} flipped"
    texts = {
        "bit-exact": f"bit-exact: all {outputs:,} outputs are equal",
        "float rounding": f"float rounding only: {of_all} differ by less than a thousandth",
        "rounding only": f"rounding only: {of_all} differ, {size}, {flipped}",
        "quantization": "quantization: float became int8",
        "differs": f"differs by up to {steps} steps: {of_all} differ"
        if steps
        else f"differs: {of_all} differ",
        "diverges": f"diverges: {of_all} differ, {size}, {flipped}",
        "not comparable": "outputs are missing or on different grids and cannot be compared; labels can",
    }
    return texts[change["verdict"]] + _evidence_of_layers(change)


def _evidence_of_layers(change: dict[str, Any]) -> str:
    layers, where = change["layers"], change["diverges_at"]
    if layers is None or layers["verdict"] != change["verdict"]:
        return ""
    if where is not None:
        channel = f", channel {where['channels'][0]['channel']}" if where["channels"] else ""
        return (
            f"; first at layer {where['index']} ({where['operator']}{channel}), by up to {where['largest_step']} steps "
            "on equal inputs"
        )
    if layers["verdict"] == "rounding only":
        return "; on equal inputs no operator differs by more than one step"
    return "; its operators one by one give other outputs than the whole model"


def _mean(rows: list[dict[str, Any]], name: str) -> float | None:
    return float(np.mean([row[name] for row in rows])) if rows else None
