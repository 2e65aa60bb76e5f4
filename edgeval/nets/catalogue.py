"""Which networks there are: `scalecnn-<c>` and `mobilenetv2-<width>`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeval.errors import UsageError, unknown

if TYPE_CHECKING:
    from torch import nn

SCALECNN_WIDTHS = (4, 8, 12, 16, 24, 32, 48, 64)
MOBILENETV2_WIDTHS = (0.10, 0.15, 0.25, 0.35, 0.50, 0.75, 1.0, 1.5, 2.0, 3.0)
PAPER_MODELS = (
    *(f"scalecnn-{width}" for width in SCALECNN_WIDTHS),
    *(f"mobilenetv2-{width:.2f}" for width in MOBILENETV2_WIDTHS),
)


@dataclass(frozen=True)
class NetId:
    """A family and its size: base channels of ScaleCNN, width multiplier of MobileNetV2."""

    arch: str
    width: float

    @property
    def size(self) -> str:
        return f"{self.width:.0f}" if self.arch == "scalecnn" else f"{self.width:.2f}"

    def __str__(self) -> str:
        return f"{self.arch}-{self.size}"


def parse(model_id: str) -> NetId:
    """The network that `model_id` names; not only the paper's sizes, but only in their one spelling.

    Raises UsageError for anything else, with the nearest known name.
    """
    match = re.fullmatch(r"(scalecnn|mobilenetv2)-(\d+(?:\.\d+)?)", model_id, re.ASCII)
    if not match:
        raise unknown("network", model_id, PAPER_MODELS)
    net = NetId(match.group(1), float(match.group(2)))
    smallest, largest = (1, 256) if net.arch == "scalecnn" else (0.05, 4.0)
    if not smallest <= net.width <= largest:
        raise UsageError(
            f"network '{model_id}' is out of range; {net.arch} goes from {smallest} to {largest}"
        )
    if str(net) != model_id:
        raise UsageError(f"unknown network '{model_id}'; did you mean '{net}'?")
    return net


def build(model_id: str, classes: int) -> nn.Module:
    """A freshly initialised network in training mode, from torch's default generator.

    Input float32 (n, 3, height, width), output logits (n, classes).
    """
    net = parse(model_id)
    if net.arch == "scalecnn":
        from edgeval.nets.scalecnn import ScaleCNN

        return ScaleCNN(int(net.width), classes)
    from edgeval.nets.mobilenetv2 import mobilenetv2

    return mobilenetv2(net.width, classes)
