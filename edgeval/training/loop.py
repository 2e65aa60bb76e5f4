"""One epoch of training, and the accuracy on the test split. The data lie on the device as whole tensors."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from edgeval.training.average import Average
from edgeval.training.device_data import DeviceData, to_network, training_batch
from edgeval.training.layout import laid_out, memory_format_for
from edgeval.training.recipe import Recipe

EVALUATION_BATCH = 512
Report = Callable[[int], None]  # called with the images of each finished batch


@dataclass(frozen=True)
class EpochResult:
    """Means over the epoch's training samples, as seen by the network while it learned."""

    train_loss: float
    train_accuracy: float


@dataclass(frozen=True)
class Mixture:
    """Every sample of a batch is `share` of itself and the rest of a partner with other labels (Zhang et al. 2018)."""

    labels: Tensor
    share: Tensor  # float32 ()


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """Rises to recipe.learning_rate over the warm-up, then a cosine towards recipe.final_learning_rate at `steps`.

    The cosine is the closed form of torch's CosineAnnealingLR, stepped after every batch.
    """
    low, high = recipe.final_learning_rate, recipe.learning_rate
    warm = min(steps * recipe.warmup_epochs // recipe.epochs, steps - 1)
    if step < warm:
        return high * (step + 1) / warm
    return low + (high - low) * (1 + math.cos(math.pi * (step - warm) / (steps - warm))) / 2


def optimizer_for(net: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """SGD with momentum, without Nesterov, or AdamW; weight decay on all parameters."""
    options = {"lr": recipe.learning_rate, "weight_decay": recipe.weight_decay, "fused": True}
    if recipe.optimizer == "adamw":
        return torch.optim.AdamW(net.parameters(), betas=(recipe.momentum, 0.999), **options)
    return torch.optim.SGD(net.parameters(), momentum=recipe.momentum, **options)


def train_epoch(
    net: nn.Module,
    optimizer: torch.optim.Optimizer,
    data: DeviceData,
    recipe: Recipe,
    epoch: int,
    generator: Generator,
    report: Report,
    average: Average | None = None,
) -> EpochResult:
    """Train on every sample once, in random order, in augmented batches; `epoch` counts from 0."""
    net.train()
    memory_format = memory_format_for(net)
    order = torch.randperm(len(data.train), generator=generator, device=generator.device)
    batches = order.split(recipe.batch_size)
    loss_sum = torch.zeros((), dtype=torch.float64, device=order.device)
    correct = torch.zeros((), dtype=torch.int64, device=order.device)
    for number, picks in enumerate(batches):
        rate = learning_rate(recipe, epoch * len(batches) + number, recipe.epochs * len(batches))
        samples = laid_out(training_batch(data, picks, recipe, generator), memory_format)
        labels = data.train_labels[picks]
        mixture = None
        if recipe.mixup:
            samples, mixture = mixed(samples, labels, recipe.mixup, generator)
        logits, loss = train_step(net, optimizer, samples, labels, rate, recipe.label_smoothing, mixture)
        if average is not None:
            average.update(net)
        loss_sum += loss.double() * len(picks)
        correct += (logits.argmax(1) == labels).sum()
        report(len(picks))
    return EpochResult(loss_sum.item() / len(order), correct.item() / len(order))


def mixed(samples: Tensor, labels: Tensor, alpha: float, generator: Generator) -> tuple[Tensor, Mixture]:
    """Each sample mixed with another one of the batch; the share of Beta(alpha, alpha), at least a half, is one a
    batch."""
    gamma = torch._standard_gamma(torch.full((2,), alpha, device=samples.device), generator=generator)
    share = (gamma / gamma.sum().clamp_min(1e-30)).max()
    partners = torch.randperm(len(samples), generator=generator, device=generator.device)
    return samples.lerp(samples[partners], 1 - share), Mixture(labels[partners], share)


def train_step(
    net: nn.Module,
    optimizer: torch.optim.Optimizer,
    samples: Tensor,
    labels: Tensor,
    rate: float,
    smoothing: float = 0.0,
    mixture: Mixture | None = None,
) -> tuple[Tensor, Tensor]:
    """One step at the learning rate `rate`; returns logits (b, classes) and mean loss, detached."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    logits = net(samples)
    loss = functional.cross_entropy(logits, labels, label_smoothing=smoothing)
    if mixture is not None:
        other = functional.cross_entropy(logits, mixture.labels, label_smoothing=smoothing)
        loss = loss.lerp(other, 1 - mixture.share)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return logits.detach(), loss.detach()


@torch.inference_mode()
def test_accuracy(net: nn.Module, data: DeviceData) -> float:
    """Fraction of the test samples that the network classifies right."""
    net.eval()
    memory_format = memory_format_for(net)
    correct = torch.zeros((), dtype=torch.int64, device=data.test.device)
    batches = zip(data.test.split(EVALUATION_BATCH), data.test_labels.split(EVALUATION_BATCH), strict=True)
    for samples, labels in batches:
        logits = net(laid_out(to_network(samples, data), memory_format))
        correct += (logits.argmax(1) == labels).sum()
    return correct.item() / len(data.test)
