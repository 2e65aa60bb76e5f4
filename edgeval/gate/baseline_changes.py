"""What an accepted baseline says: a table, what changed between two, and limits from its seeds."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeval.errors import DataError, UsageError
from edgeval.gate.baseline import Baseline
from edgeval.gate.judged import Outcomes
from edgeval.gate.policy import ACCURACY_ALLOWANCE, CLASS_ALLOWANCE
from edgeval.gate.policy_file import toml_key
from edgeval.terminal import safe_line

WORST = 3  # classes named beside a model


def baseline_rows(baseline: Baseline) -> list[dict[str, Any]]:
    """One row a model and stage: seeds, samples, mean accuracy and its spread, the worst classes."""
    return [
        {
            "model": model,
            "stage": stage,
            "seeds": len(one.seeds),
            "samples": len(one.ids),
            "accuracy": float(one.right.mean()),
            "accuracy_std": float(one.right.mean(axis=1).std(ddof=1)) if len(one.seeds) > 1 else None,
            "worst_classes": _worst(baseline, one),
        }
        for (model, stage), one in baseline.entries.items()
    ]


def _class_accuracies(baseline: Baseline, one: Outcomes) -> np.ndarray:
    """float64 (seeds, classes), NaN for a class without samples."""
    classes = len(baseline.dataset.classes)
    sizes = np.bincount(one.labels, minlength=classes)
    right = [np.bincount(one.labels[row], minlength=classes) for row in one.right]
    return np.where(sizes > 0, right / np.maximum(sizes, 1), np.nan)


def _worst(baseline: Baseline, one: Outcomes) -> list[dict[str, Any]]:
    accuracies = _class_accuracies(baseline, one).mean(axis=0)
    order = [index for index in np.argsort(accuracies, kind="stable") if not np.isnan(accuracies[index])]
    names = baseline.dataset.classes
    return [{"name": names[index], "accuracy": float(accuracies[index])} for index in order[:WORST]]


def differences(old: Baseline, new: Baseline) -> list[dict[str, Any]]:
    """One row a model and stage of either: what changed on the samples of both, without a verdict.

    Raises DataError where the two are about different data sets.
    """
    new.check(old.dataset)
    keys = dict.fromkeys([*old.entries, *new.entries])
    return [_difference(key, old.entries.get(key), new.entries.get(key), old) for key in keys]


def _difference(
    key: tuple[str, str], before: Outcomes | None, after: Outcomes | None, baseline: Baseline
) -> dict[str, Any]:
    row: dict[str, Any] = {"model": key[0], "stage": key[1]}
    if before is None or after is None:
        return {**row, "change": "added" if before is None else "removed"}
    ids = np.intersect1d(before.ids, after.ids)
    if not len(ids):
        raise DataError(f"{key[0]} {key[1]} has no sample in common in the two baselines")
    before, after = before.on(ids), after.on(ids)
    drops = _class_accuracies(baseline, before).mean(axis=0) - _class_accuracies(baseline, after).mean(axis=0)
    order = np.argsort(-np.nan_to_num(drops), kind="stable")
    same = before.seeds == after.seeds
    changed = not (same and np.array_equal(before.top1, after.top1))
    return {
        **row,
        "change": "changed" if changed else "equal",
        "samples": len(ids),
        "accuracy_before": float(before.right.mean()),
        "accuracy_after": float(after.right.mean()),
        "labels_changed": int(np.sum(before.top1 != after.top1)) if same else None,
        "classes_lost": [
            {"name": baseline.dataset.classes[index], "points": float(100 * drops[index])}
            for index in order[:WORST]
            if drops[index] > 0
        ],
    }


def proposed_limits(baseline: Baseline, model: str | None = None) -> str:
    """A gate.toml whose allowances another seed of the same size would rarely exceed, with the spread they come from.

    An allowance is the one-sided 95 % prediction limit of the drop of one more seed below the mean of those here
    (Student's t, standard deviation pooled over models and stages), at least the default. Raises UsageError where no
    model has two seeds.
    """
    chosen = {
        key: one for key, one in baseline.entries.items() if model in (None, key[0]) and len(one.seeds) > 1
    }
    if not chosen:
        raise UsageError(
            f"{baseline.file} has no model with two seeds or more, so there is no spread to propose limits from"
        )
    overall = _prediction_limit([one.right.mean(axis=1) for one in chosen.values()])
    classes = [_class_accuracies(baseline, one) for one in chosen.values()]
    per_class = [
        _prediction_limit([rows[:, index] for rows in classes])
        for index in range(len(baseline.dataset.classes))
    ]
    return "\n".join(_toml(baseline, list(chosen.values()), overall, per_class)) + "\n"


def _prediction_limit(groups: list[np.ndarray]) -> tuple[float, float]:
    """(standard deviation, limit) in points of one more seed below the mean of its group."""
    from scipy import stats

    freedom = sum(len(group) - 1 for group in groups)
    squares = sum(float(((group - group.mean()) ** 2).sum()) for group in groups)
    deviation = 100 * (squares / freedom) ** 0.5
    seeds = min(len(group) for group in groups)
    return deviation, float(stats.t.ppf(0.95, freedom)) * deviation * (1 + 1 / seeds) ** 0.5


def _toml(
    baseline: Baseline,
    chosen: list[Outcomes],
    overall: tuple[float, float],
    per_class: list[tuple[float, float]],
) -> list[str]:
    names = ", ".join(f"{one.model} {one.stage} ({len(one.seeds)} seeds)" for one in chosen)
    known = [limit for _, limit in per_class if np.isfinite(limit)]
    typical = max(CLASS_ALLOWANCE, _rounded(float(np.median(known))))
    accuracy = max(ACCURACY_ALLOWANCE, _rounded(overall[1]))
    lines = [
        safe_line(f"# Proposed from {baseline.file}: {names}"),
        "",
        "[rules.accuracy]",
        f"allowance = {accuracy:g}  # seeds differ by {overall[0]:.2f} points (std)",
        "",
        "[rules.class_accuracy]",
        f"allowance = {typical:g}  # points; the classes below need more",
    ]
    for name, (deviation, limit) in zip(baseline.dataset.classes, per_class, strict=True):
        if _rounded(limit) > typical:
            lines += [
                "",
                f"[rules.class_accuracy.classes.{toml_key(name)}]",
                f"allowance = {_rounded(limit):g}  # seeds differ by {deviation:.2f} points (std)",
            ]
    return lines


def _rounded(limit: float) -> float:
    """Up to the next tenth of a point; 0 where a class has no samples."""
    return float(np.ceil(10 * limit - 1e-9) / 10) if np.isfinite(limit) else 0.0
