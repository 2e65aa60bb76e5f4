"""One epoch of training, and the accuracy on the test split. The data lie on the device as whole tensors."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from edgeval.data import Dataset, Split
from edgeval.records import Preprocessing
from edgeval.training import augment
from edgeval.training.config import Recipe

EVALUATION_BATCH = 512
PREPROCESSING = Preprocessing()
Report = Callable[[int], None]  # called with the images of each finished batch


@dataclass(frozen=True)
class DeviceData:
    """train: uint8 (n, h + 2 padding, w + 2 padding, 3); test: uint8 (m, h, w, 3); labels int64."""

    train: Tensor
    train_labels: Tensor
    test: Tensor
    test_labels: Tensor
    flip: bool

    @classmethod
    def of(cls, dataset: Dataset, recipe: Recipe, device: torch.device) -> DeviceData:
        train, train_labels = _on_device(dataset.train, device)
        source = augment.padded(train, recipe.crop_padding)
        test, test_labels = _on_device(dataset.test, device)
        return cls(source, train_labels, test, test_labels, recipe.flip and dataset.mirrored)


def _on_device(split: Split, device: torch.device) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(split.samples).to(device), torch.from_numpy(split.labels).to(device)


@dataclass(frozen=True)
class EpochResult:
    """Means over the epoch's training images, as seen by the network while it learned."""

    train_loss: float
    train_accuracy: float


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """Cosine from recipe.learning_rate at step 0 towards recipe.final_learning_rate at `steps`.

    The closed form of torch's CosineAnnealingLR with T_max = `steps`, stepped after every batch.
    """
    low, high = recipe.final_learning_rate, recipe.learning_rate
    return low + (high - low) * (1 + math.cos(math.pi * step / steps)) / 2


def optimizer_for(net: nn.Module, recipe: Recipe) -> torch.optim.SGD:
    """SGD with momentum and weight decay on all parameters, without Nesterov."""
    return torch.optim.SGD(
        net.parameters(),
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
        fused=True,
    )


def train_epoch(
    net: nn.Module,
    optimizer: torch.optim.SGD,
    data: DeviceData,
    recipe: Recipe,
    epoch: int,
    generator: Generator,
    report: Report,
) -> EpochResult:
    """Train on every image once, in random order, in augmented batches; `epoch` counts from 0."""
    net.train()
    order = torch.randperm(len(data.train), generator=generator, device=generator.device)
    batches = order.split(recipe.batch_size)
    loss_sum = torch.zeros((), dtype=torch.float64, device=order.device)
    correct = torch.zeros((), dtype=torch.int64, device=order.device)
    for number, picks in enumerate(batches):
        rate = learning_rate(recipe, epoch * len(batches) + number, recipe.epochs * len(batches))
        images, labels = training_batch(data, picks, recipe, generator), data.train_labels[picks]
        logits, loss = train_step(net, optimizer, images, labels, rate)
        loss_sum += loss.double() * len(picks)
        correct += (logits.argmax(1) == labels).sum()
        report(len(picks))
    return EpochResult(loss_sum.item() / len(order), correct.item() / len(order))


def training_batch(data: DeviceData, picks: Tensor, recipe: Recipe, generator: Generator) -> Tensor:
    """The augmented images `picks` (b,) as the network's float32 input (b, 3, h, w)."""
    images = augment.random_crops(data.train, picks, recipe.crop_padding, generator)
    if data.flip:
        images = augment.random_flip(images, generator)
    if recipe.cutout:
        images = augment.cutout(images, recipe.cutout, generator)
    return augment.to_input(images, PREPROCESSING)


def train_step(
    net: nn.Module, optimizer: torch.optim.SGD, images: Tensor, labels: Tensor, rate: float
) -> tuple[Tensor, Tensor]:
    """One step of SGD at the learning rate `rate`; returns logits (b, classes) and mean loss, detached."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    logits = net(images)
    loss = functional.cross_entropy(logits, labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return logits.detach(), loss.detach()


@torch.inference_mode()
def test_accuracy(net: nn.Module, data: DeviceData) -> float:
    """Fraction of the test images that the network classifies right."""
    net.eval()
    correct = torch.zeros((), dtype=torch.int64, device=data.test.device)
    batches = zip(data.test.split(EVALUATION_BATCH), data.test_labels.split(EVALUATION_BATCH), strict=True)
    for images, labels in batches:
        logits = net(augment.to_input(images, PREPROCESSING))
        correct += (logits.argmax(1) == labels).sum()
    return correct.item() / len(data.test)
