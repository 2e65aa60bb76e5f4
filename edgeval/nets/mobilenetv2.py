"""MobileNetV2 for small images: torchvision's network with a stem of stride 1."""

from __future__ import annotations

from torch import nn

from edgeval.torchvision_import import torchvision_module


def mobilenetv2(width: float, classes: int) -> nn.Module:
    """torchvision's mobilenet_v2(width_mult=width), the stem's stride set to 1 as 32x32 images need it.

    Input float (n, 3, height, width); output logits (n, classes).
    """
    net: nn.Module = torchvision_module("models").mobilenet_v2(width_mult=width, num_classes=classes)
    net.features[0][0].stride = (1, 1)
    return net
