"""A moving average of a network's weights over training steps."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn


class Average:
    """`net` holds the average: of parameters and of floating-point buffers; other buffers are the latest.

    The first steps count more, as in TensorFlow's ExponentialMovingAverage: the decay is at most (1 + n) / (10 + n)
    after n steps.
    """

    def __init__(self, net: nn.Module, decay: float) -> None:
        self.net = copy.deepcopy(net).requires_grad_(False)
        self._decay, self._steps = decay, 0

    @torch.no_grad()
    def update(self, net: nn.Module) -> None:
        """Take in the weights after one more step."""
        decay = min(self._decay, (1 + self._steps) / (10 + self._steps))
        self._steps += 1
        ours, theirs = self.net.state_dict(), net.state_dict()
        floats = [name for name, value in ours.items() if value.is_floating_point()]
        torch._foreach_lerp_([ours[name] for name in floats], [theirs[name] for name in floats], 1 - decay)
        for name in ours.keys() - set(floats):
            ours[name].copy_(theirs[name])

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"net": self.net.state_dict(), "steps": self._steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.net.load_state_dict(state["net"])
        self._steps = state["steps"]
