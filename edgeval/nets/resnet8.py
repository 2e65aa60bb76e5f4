"""ResNet-8 of MLPerf Tiny's image classification: three residual stages, scaled by the filters of the first."""

from __future__ import annotations

from torch import nn

from edgeval.nets.blocks import Classifier, Stack


def build(size: float, classes: int, input_shape: tuple[int, ...]) -> nn.Module:
    """Input float32 (n, channels, height, width), output logits (n, classes); `size` filters, twice, four times.

    mlcommons/tiny, benchmark/training/image_classification/keras_model.py, resnet_v1_eembc: biases in front of batch
    normalization, shortcuts of one pixel without any.
    """
    filters = int(size)
    net = Stack(input_shape[2], input_shape[:2]).conv(filters, 3, bias=True)
    net.residual(filters, 3, 1, None, bias=True)
    for stage in (2, 4):
        net.residual(stage * filters, 3, 2, _projection(net, stage * filters), bias=True)
    return Classifier(net, [nn.Linear(net.channels, classes)])


def _projection(net: Stack, channels: int) -> Stack:
    shortcut = Stack(net.channels, net.size)
    shortcut.layers.append(nn.Conv2d(net.channels, channels, 1, stride=2))
    return shortcut
