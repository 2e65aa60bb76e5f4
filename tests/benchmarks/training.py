"""Training images/s of a grid's workers against a plain torchvision and DataLoader loop, on the same machine.

Same network, batch of 128, SGD, random crop, flip and Cutout on both sides, one epoch a round, start-up of processes
on neither. Ours: as many runs side by side as there are cores, one thread each, as train-grid does. The peer: one
run as tutorials show it, with torch's default threads and one DataLoader worker a core that lives through all epochs.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from edgeval.data.dataset import Dataset, Split
from edgeval.nets import build
from edgeval.torchvision_import import torchvision_module
from edgeval.training import loop
from edgeval.training.config import Recipe
from tests.benchmarks.timing import paired

IMAGES = {"scalecnn-4": 5120, "scalecnn-8": 3840, "scalecnn-16": 1920}  # a round, for each core
CLASSES = 100
RECIPE = Recipe()
CORES = len(os.sched_getaffinity(0))
ROUNDS = 5
AIM = "1.4x on 2 cores"


def run() -> list[dict[str, Any]]:
    """One row a network."""
    return [_row(model_id) for model_id in IMAGES]


def _row(model_id: str) -> dict[str, Any]:
    images = IMAGES[model_id] * CORES
    with _ours(model_id) as ours:
        timing = paired(ours, _peer(model_id), ROUNDS)
    return {
        "what": f"train {model_id}, {CORES} runs side by side",
        "peer": "torchvision transforms and DataLoader, one run",
        "ours": f"{images / timing.ours_s:.0f} img/s",
        "theirs": f"{images / timing.peer_s:.0f} img/s",
        "ratio": f"{timing.speedup:.2f}x",
        "aim": AIM,
    }


def _pictures(count: int) -> Split:
    rng = np.random.default_rng(0)
    return Split(rng.integers(0, 256, (count, 32, 32, 3), np.uint8), rng.integers(0, CLASSES, count))


@contextmanager
def _ours(model_id: str) -> Iterator[Callable[[], object]]:
    """Yields a round: every worker trains one epoch."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(CORES, _prepare, (model_id,)) as pool:
        yield lambda: pool.map(_epoch, range(CORES), chunksize=1)


_state: dict[str, Any] = {}  # of a worker process


def _prepare(model_id: str) -> None:
    torch.set_num_threads(RECIPE.threads)
    pictures = _pictures(IMAGES[model_id])
    dataset = Dataset("noise", "noise", pictures, pictures, tuple(map(str, range(CLASSES))))
    net = build(model_id, CLASSES).to(memory_format=torch.channels_last)
    _state.update(
        net=net,
        optimizer=loop.optimizer_for(net, RECIPE),
        data=loop.DeviceData.of(dataset, RECIPE, torch.device("cpu")),
        generator=torch.default_generator,
    )


def _epoch(_: int) -> None:
    loop.train_epoch(**_state, recipe=RECIPE, epoch=0, report=lambda images: None)


class _Pictures(torch.utils.data.Dataset):
    """What torchvision.datasets.CIFAR10 does with its arrays."""

    def __init__(self, split: Split, transform: Callable[[Any], torch.Tensor]) -> None:
        self._split, self._transform = split, transform

    def __len__(self) -> int:
        return len(self._split)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        from PIL import Image

        return self._transform(Image.fromarray(self._split.samples[index])), int(self._split.labels[index])


class _Cutout:
    """One black square of 8 pixels, its centre anywhere in the image."""

    def __call__(self, image: torch.Tensor) -> torch.Tensor:
        y, x = np.random.randint(image.shape[1]), np.random.randint(image.shape[2])
        image[:, max(y - 4, 0) : y + 4, max(x - 4, 0) : x + 4] = 0
        return image


def _peer(model_id: str) -> Callable[[], None]:
    """A round: one epoch over as many images as all of our workers together train on."""
    transforms = torchvision_module("transforms")
    steps = [
        transforms.RandomCrop(32, padding=4),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        _Cutout(),
    ]
    loader = torch.utils.data.DataLoader(
        _Pictures(_pictures(IMAGES[model_id] * CORES), transforms.Compose(steps)),
        batch_size=RECIPE.batch_size,
        shuffle=True,
        num_workers=CORES,
        persistent_workers=True,
    )
    net = build(model_id, CLASSES)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)

    def epoch() -> None:
        net.train()
        for images, labels in loader:
            loss = functional.cross_entropy(net(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return epoch
