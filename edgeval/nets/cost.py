"""What a network costs: parameters, multiply-accumulates, int8 bytes, activation bytes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from edgeval.nets.catalogue import build


@dataclass(frozen=True)
class Cost:
    """params: trainable numbers. macs: multiply-accumulates of convolutions and linear layers for one image.

    weights_int8_bytes: estimate, one byte per weight and four per bias with BN folded in, without the file's
    own overhead. activations_int8_bytes: estimate of the largest sum of input, output and held shortcut over
    all layers, one byte per element, BN and ReLU being part of their convolution.
    """

    params: int
    macs: int
    weights_int8_bytes: int
    activations_int8_bytes: int


def cost(model_id: str, classes: int, height: int = 32, width: int = 32) -> Cost:
    """Count with hooks in one forward pass of shapes only (torch's meta device): no memory, no arithmetic."""
    with torch.device("meta"):
        net = build(model_id, classes).eval()
    macs, activations = traced(net, torch.zeros(1, 3, height, width, device="meta"))
    layers = [module for module in net.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
    return Cost(
        params=sum(parameter.numel() for parameter in net.parameters()),
        macs=macs,
        weights_int8_bytes=sum(layer.weight.numel() + 4 * layer.weight.shape[0] for layer in layers),
        activations_int8_bytes=activations,
    )


def traced(net: nn.Module, images: Tensor) -> tuple[int, int]:
    """MACs, and the peak of activation elements, of one forward pass; leaves hooks on `net`."""
    macs = peak = 0
    shortcuts: list[Tensor] = []

    def hold(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        shortcuts.append(inputs[0])

    def release(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal peak
        shortcuts.pop()
        peak = max(peak, inputs[0].numel() + 2 * output.numel())  # the addition: two inputs, one output

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal macs, peak
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            macs += output.numel() * module.weight[0].numel()
        held = sum(tensor.numel() for tensor in shortcuts if tensor is not inputs[0])
        peak = max(peak, inputs[0].numel() + output.numel() + held)

    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear, nn.MaxPool2d, nn.AdaptiveAvgPool2d)):
            module.register_forward_hook(count)
        elif getattr(module, "use_res_connect", False):  # torchvision's InvertedResidual
            module.register_forward_pre_hook(hold)
            module.register_forward_hook(release)
    net(images)
    return macs, peak
