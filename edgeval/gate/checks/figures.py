"""What a rule about one model looks at: the figure before and after, how likely chance is, an interval."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from edgeval.cases.case import DeviceFigures
from edgeval.gate.checks.resampled import RESAMPLES, SEED, STATISTICS, Z95, resampled, tail
from edgeval.gate.intervals import paired_interval
from edgeval.gate.judged import Judged
from edgeval.gate.policy import NON_INFERIORITY, Rule
from edgeval.metrics.inference.class_drops import net_loss_p_values
from edgeval.metrics.inference.image_bootstrap import image_counts
from edgeval.metrics.inference.noninferiority import beyond_p_values, effective_counts, margin_p_values
from edgeval.metrics.overlap import jaccard

SCALES = {"points": 100.0, "percent": 100.0}  # from a fraction to the unit of a rule; 1 for all others


@dataclass(frozen=True)
class Figure:
    """A model's figure in its own unit (fractions for accuracies), None where it is not known.

    `p_value`: of "worse by the allowance at most" (non-inferiority: by the allowance at least; a limit: of "within
    the limit"); `p_loss`: of "no change for the worse"; None without chance. `interval`: two-sided 95 %, of the
    change for the worse or, with a limit, of the value.
    """

    before: float | None
    after: float | None
    p_value: float | None = None
    p_loss: float | None = None
    interval: tuple[float, float] | None = None


def figure(rule: Rule, judged: Judged) -> Figure:
    """The figure that a rule of scope "model" is about."""
    if rule.metric == "accuracy":
        return _accuracy(rule, judged)
    if rule.metric == "flipped_labels":
        return _flipped_labels(rule, judged)
    if rule.metric == "jaccard":
        return _jaccard(rule, judged)
    if rule.metric in STATISTICS:
        return _resampled(rule, judged)
    return Figure(_device(judged.baseline.device, rule.metric), _device(judged.candidate.device, rule.metric))


def _resampled(rule: Rule, judged: Judged) -> Figure:
    known = resampled(rule.metric, rule.direction, judged)
    if known is None:
        return Figure(None, None)
    scale = SCALES.get(rule.kind.unit, 1.0)
    margin = rule.allowed(scale * known.before) / scale
    return Figure(known.before, known.after, known.p_value(margin), known.p_value(0.0), known.interval)


def _accuracy(rule: Rule, judged: Judged) -> Figure:
    before, after = float(judged.baseline.right.mean()), float(judged.candidate.right.mean())
    margin = rule.allowed(100 * before) / 100
    if not judged.paired:
        seeds = judged.seed_drops
        interval = seeds.accuracy_interval()
        if rule.test == NON_INFERIORITY:
            return Figure(before, after, seeds.accuracy_margin_p_value(margin), None, interval)
        return Figure(
            before, after, seeds.accuracy_beyond_p_value(margin), seeds.accuracy_p_value(), interval
        )
    all_images, interval = np.zeros(len(judged.labels), np.int64), paired_interval(judged)
    counts = effective_counts(*judged.lost_gained, all_images, 1, judged.groups)
    if rule.test == NON_INFERIORITY:
        return Figure(before, after, float(margin_p_values(*counts, margin)[0]), None, interval)
    loss = float(net_loss_p_values(judged.net_losses, all_images, 1, judged.groups)[0])
    beyond = float(beyond_p_values(*counts, margin)[0]) if margin else loss
    return Figure(before, after, beyond, loss, interval)


def _rows(judged: Judged) -> list[tuple[int, int]]:
    """The seeds to hold against each other: those that belong together, else all pairs."""
    before, after = len(judged.baseline.seeds), len(judged.candidate.seeds)
    return (
        [(k, k) for k in range(after)]
        if judged.matched
        else list(itertools.product(range(before), range(after)))
    )


def _flipped_labels(rule: Rule, judged: Judged) -> Figure:
    """Share of the labels that differ; its p-value is the exact binomial one for one pair of seeds."""
    from scipy import special

    pairs = [judged.baseline.top1[b] != judged.candidate.top1[a] for b, a in _rows(judged)]
    per_image = np.mean(pairs, axis=0)
    share, images = float(per_image.mean()), len(per_image)
    variance = float((judged.sums(per_image - share) ** 2).sum()) / images**2
    samples = share * (1 - share) / variance if variance > 0 else images
    limit = (rule.limit or 0.0) / 100
    p_value = (
        float(special.betainc(share * samples, samples - share * samples + 1, limit)) if share > 0 else 1.0
    )
    half = Z95 * variance**0.5
    return Figure(None, share, p_value, interval=(max(0.0, share - half), min(1.0, share + half)))


def _jaccard(rule: Rule, judged: Judged) -> Figure:
    """Mean Jaccard of the error sets, its error by resampling the images."""
    wrong = [(~judged.baseline.right[b], ~judged.candidate.right[a]) for b, a in _rows(judged)]
    value = float(np.mean([jaccard(*pair) for pair in wrong]))
    common = np.array([a & b for a, b in wrong], np.float32).T
    union = np.array([a | b for a, b in wrong], np.float32).T
    parts = [
        np.where(counts @ union > 0, counts @ common / np.maximum(counts @ union, 1), 1.0).mean(axis=1)
        for counts in image_counts(judged.labels, RESAMPLES, SEED, judged.groups)
    ]
    error = float(np.concatenate(parts).std())
    p_value = tail((rule.limit or 0.0) - value, error)
    return Figure(None, value, p_value, interval=(value - Z95 * error, value + Z95 * error))


def _device(device: DeviceFigures | None, metric: str) -> float | None:
    if device is None:
        return None
    value = getattr(device, metric)
    if value is None:
        return None
    if metric == "latency_ms":
        return float(value.value)
    return float(value if metric == "instructions" else value.total)
