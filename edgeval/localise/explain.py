"""Which rounding gives the bytes that a stage gave, where two stages differ on equal inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeval.localise.operator_data import OperatorData
from edgeval.localise.rounding import ROUNDINGS, double_rounding, mean_multiplier, rounded_twice
from edgeval.localise.sums import mean_sums, real_multipliers, weighted_sums

WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


@dataclass(frozen=True)
class Explanation:
    """The rounding that gives most of one stage's differing outputs, and which share of them (a fraction)."""

    rounding: str
    share: float


def explain(
    operator: OperatorData, images: Sequence[np.ndarray], seen: Sequence[np.ndarray], where: np.ndarray
) -> Explanation | None:
    """How a stage rounds that made `seen` of `images`, judged by the outputs `where` bool (n, ...) it is set.

    `images` int8 are the operator's inputs and `seen` its outputs, one each sample. None for an operator whose
    roundings are not emulated.
    """
    if seen[0].dtype != np.int8:
        return None
    wanted = np.stack(seen)[where]
    best: Explanation | None = None
    for rounding, outputs in candidates(operator, images).items():
        share = float(np.mean(outputs[where] == wanted))
        if best is None or share > best.share:
            best = Explanation(rounding, share)
    return best


def candidates(operator: OperatorData, images: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """The int8 outputs (n, *output shape) under each rounding, by its name; empty where none is emulated."""
    parameters = operator.inputs[1] if len(operator.inputs) > 1 else None
    if parameters is None or parameters.values is None:
        return {}
    if operator.name in WEIGHTED:
        sums = np.stack([weighted_sums(operator, image) for image in images])
        real, (low, high) = real_multipliers(operator), operator.range()
        steps = {name: rounded(sums, real) for name, rounded in ROUNDINGS.items()}
    elif operator.name == "MEAN":
        steps, (low, high) = _mean(operator, images), (-128, 127)
    else:
        return {}
    zero_point = operator.output.zero_point
    return {name: np.clip(values + zero_point, low, high).astype(np.int8) for name, values in steps.items()}


def _mean(operator: OperatorData, images: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Output steps int64 of MEAN by rounding. TFLite's optimized kernel rounds the zero point on its own."""
    source = operator.inputs[0]
    assert source is not None
    sums, elements = mean_sums(operator, images)
    scale = float(source.scales[0]) / float(operator.output.scales[0])
    steps = {name: rounded(sums, np.asarray(scale / elements)) for name, rounded in ROUNDINGS.items()}
    steps["double rounding"] = rounded_twice(sums, *mean_multiplier(scale, elements))
    zero_point = np.float32(source.zero_point) * source.scales[0] / operator.output.scales[0]
    apart = int(np.copysign(np.floor(np.abs(zero_point) + np.float32(0.5)), zero_point))
    uncentred = sums + source.zero_point * elements
    steps["double rounding, zero point apart"] = (
        double_rounding(uncentred, np.asarray(scale / elements)) - apart
    )
    return steps
