"""How long training takes: a few timed steps of each network."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from edgeval.training import loop
from edgeval.training.device_data import in_torch_order
from edgeval.training.layout import laid_out, memory_format_for
from edgeval.training.recipe import Recipe

TIMED_BATCH = 32  # samples; smaller than a real batch, so that the largest networks do not delay the start
TIMED_SECONDS = 0.3


def seconds_per_image(
    built: Callable[[], torch.nn.Module], sample_shape: tuple[int, ...], recipe: Recipe, device: str
) -> float:
    """Seconds of one training step a sample, measured in this process with the recipe's threads."""
    torch.set_num_threads(recipe.threads)
    net = built()
    memory_format = memory_format_for(net)
    net = net.to(device=device, memory_format=memory_format)
    optimizer = loop.optimizer_for(net, recipe)
    samples = laid_out(in_torch_order(torch.rand(TIMED_BATCH, *sample_shape, device=device)), memory_format)
    labels = torch.zeros(TIMED_BATCH, dtype=torch.int64, device=device)
    _timed_step(net, optimizer, samples, labels)  # the first one also prepares kernels
    durations: list[float] = []
    while sum(durations) < TIMED_SECONDS:
        durations.append(_timed_step(net, optimizer, samples, labels))
    return sorted(durations)[len(durations) // 2] / TIMED_BATCH


def _timed_step(
    net: torch.nn.Module, optimizer: torch.optim.Optimizer, samples: torch.Tensor, labels: torch.Tensor
) -> float:
    start = time.perf_counter()
    loop.train_step(net, optimizer, samples, labels, rate=0.0)
    if samples.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - start
