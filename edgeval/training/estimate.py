"""How long training takes: a few timed steps of each network."""

from __future__ import annotations

import time

import torch

from edgeval.nets import build
from edgeval.training import loop
from edgeval.training.config import Recipe

TIMED_BATCH = 32  # images; smaller than a real batch, so that the largest networks do not delay the start
TIMED_SECONDS = 0.3


def seconds_per_image(
    model_id: str, classes: int, height: int, width: int, recipe: Recipe, device: str
) -> float:
    """Seconds of one training step a image, measured in this process with the recipe's threads."""
    torch.set_num_threads(recipe.threads)
    net = build(model_id, classes).to(device=device, memory_format=torch.channels_last)
    optimizer = loop.optimizer_for(net, recipe)
    images = torch.rand(TIMED_BATCH, 3, height, width, device=device).to(memory_format=torch.channels_last)
    labels = torch.zeros(TIMED_BATCH, dtype=torch.int64, device=device)
    _timed_step(net, optimizer, images, labels)  # the first one also prepares kernels
    durations: list[float] = []
    while sum(durations) < TIMED_SECONDS:
        durations.append(_timed_step(net, optimizer, images, labels))
    return sorted(durations)[len(durations) // 2] / TIMED_BATCH


def _timed_step(
    net: torch.nn.Module, optimizer: torch.optim.SGD, images: torch.Tensor, labels: torch.Tensor
) -> float:
    start = time.perf_counter()
    loop.train_step(net, optimizer, images, labels, rate=0.0)
    if images.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - start
