"""Which rounding gives the bytes that a stage gave, where two stages differ on equal inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeval.localise.operator_data import OperatorData
from edgeval.localise.rounding import ROUNDINGS, double_rounding
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
    elif operator.name == "MEAN":
        sums, real = mean_sums(operator, images)
        low, high = -128, 127
    else:
        return {}
    zero_point = operator.output.zero_point
    outputs = {name: rounded(sums, real) + zero_point for name, rounded in ROUNDINGS.items()}
    if operator.name == "MEAN":
        outputs["double rounding, zero point apart"] = _mean_zero_point_apart(operator, sums, real)
    return {name: np.clip(values, low, high).astype(np.int8) for name, values in outputs.items()}


def _mean_zero_point_apart(operator: OperatorData, sums: np.ndarray, real: np.ndarray) -> np.ndarray:
    """TFLite's optimized MEAN rounds the input's zero point to output steps on its own."""
    source = operator.inputs[0]
    assert source is not None
    scale = float(source.scales[0]) / float(operator.output.scales[0])
    elements = round(scale / float(real))
    zero_point = np.float32(source.zero_point) * source.scales[0] / operator.output.scales[0]
    apart = int(np.copysign(np.floor(np.abs(zero_point) + np.float32(0.5)), zero_point))
    return double_rounding(sums + source.zero_point * elements, real) + operator.output.zero_point - apart
