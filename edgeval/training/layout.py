"""In which order of axes a network trains in memory."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def memory_format_for(net: nn.Module) -> torch.memory_format:
    """channels_last, which is faster; contiguous for a network with a strided convolution of one pixel.

    Its backward pass in channels_last writes outside its memory on the CPU where less than eight channels come in
    (torch 2.13.0: wrong gradients, then an abort), as in the shortcuts of a small ResNet.
    """
    for module in net.modules():
        if isinstance(module, nn.Conv2d) and set(module.kernel_size) == {1} and set(module.stride) != {1}:
            return torch.contiguous_format
    return torch.channels_last


def laid_out(samples: Tensor, memory_format: torch.memory_format) -> Tensor:
    """Images (b, c, h, w) in that format; other samples as they are."""
    return samples.contiguous(memory_format=memory_format) if samples.ndim == 4 else samples
