"""What the gate did before, for the columns "before" of docs/GATE.md; nothing else uses it."""

from __future__ import annotations

import numpy as np

from edgeval.metrics.inference.class_drops import any_regressed
from edgeval.metrics.inference.gate_power import DropRules
from edgeval.metrics.inference.seed_drops import SeedDrops
from edgeval.metrics.inference.statistics import mcnemar_exact

LEAST = 0.005**2


def former_seed_drops(
    before: np.ndarray, after: np.ndarray, disagreement: np.ndarray, sizes: np.ndarray
) -> SeedDrops:
    """Degrees of freedom by moments alone, halved, and an accuracy that trusts them; one seed a side could fail."""
    inside, share = len(before) + len(after) - 2, 1 / len(before) + 1 / len(after)
    images, weights = disagreement / (2 * sizes), sizes / sizes.sum()
    drops = before.mean(axis=0) - after.mean(axis=0)
    if not inside:
        return _from_classes(drops, disagreement, images, weights)
    own = sum(((group - group.mean(axis=0)) ** 2).sum(axis=0) for group in (before, after)) / inside
    tau2 = max(0.0, (own - images).sum() / max(disagreement.sum(), 1e-12))
    common = images + tau2 * disagreement
    pooled = inside * (len(sizes) - 1)
    excess = float(np.mean((own / np.maximum(common, 1e-12) - 1) ** 2)) * inside - 2
    weight = min(pooled, 4 + 2 * (inside + 2) / excess if excess > 0 else pooled) / 2
    totals = [group @ weights for group in (before, after)]
    total = sum(((values - values.mean()) ** 2).sum() for values in totals) / inside
    variances = (weight * common + inside * own) / (weight + inside)
    error = (share * max(total, float(weights**2 @ common), LEAST)) ** 0.5
    accuracy = float(drops @ weights)
    return SeedDrops(
        drops, np.sqrt(share * variances), weight + inside, accuracy, error, max(1, pooled), "seeds"
    )


def _from_classes(
    drops: np.ndarray, disagreement: np.ndarray, images: np.ndarray, weights: np.ndarray
) -> SeedDrops:
    classes = len(drops)

    def tau2(chosen: np.ndarray) -> float:
        own, share = drops[chosen], disagreement[chosen]
        around = own - own.sum() / max(share.sum(), 1e-12) * share
        corrected = (around**2).sum() * len(own) / max(1, len(own) - 1)
        return max(0.0, (corrected - 2 * images[chosen].sum()) / max(2 * share.sum(), 1e-12))

    everything = np.ones(classes, bool)
    total = float(weights**2 @ (images + tau2(everything) * disagreement))
    others = np.array([tau2(np.arange(classes) != index) for index in range(classes)])
    variances = images + others * disagreement + LEAST if classes > 2 else np.full(classes, np.inf)
    error = (2 * max(total, LEAST)) ** 0.5
    freedom = max(1, classes - 2)
    return SeedDrops(
        drops,
        np.sqrt(2 * variances),
        freedom,
        float(drops @ weights),
        error,
        max(1, classes - 1),
        "classes",
    )


def former_rules_fail(
    lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray, rules: DropRules
) -> np.ndarray:
    """A rule failed where some loss was shown and what was seen was above the allowance: bool (runs,)."""
    failed = np.zeros(len(lost), bool)
    if rules.accuracy_allowance is not None:
        all_lost, all_gained = lost.sum(axis=1), gained.sum(axis=1)
        large = all_lost - all_gained > rules.accuracy_allowance * sizes.sum() + 1e-9
        failed |= large & (mcnemar_exact(all_lost, all_gained) <= rules.accuracy_level)
    if rules.class_allowance is not None:
        failed |= any_regressed(lost, gained, sizes, rules.class_allowance, rules.class_level)
    return failed
