"""MobileNetV2 for small images: torchvision's network with a stem of stride 1."""

from __future__ import annotations

from torch import nn

from edgeval.torchvision_import import torchvision_module


def build(size: float, classes: int, input_shape: tuple[int, ...]) -> nn.Module:
    """torchvision's mobilenet_v2(width_mult=size), the stem's stride set to 1 as 32x32 images need it.

    Input float (n, channels, height, width); output logits (n, classes).
    """
    net: nn.Module = torchvision_module("models").mobilenet_v2(width_mult=size, num_classes=classes)
    stem = net.features[0][0]
    stem.stride = (1, 1)
    if input_shape[2] != stem.in_channels:
        net.features[0][0] = _stem(stem, input_shape[2])
    return net


def _stem(stem: nn.Conv2d, channels: int) -> nn.Conv2d:
    """The stem for images of other than three colours, initialised as torchvision does."""
    made = nn.Conv2d(channels, stem.out_channels, 3, 1, 1, bias=False)
    nn.init.kaiming_normal_(made.weight, mode="fan_out")
    return made
