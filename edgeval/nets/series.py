"""Networks of samples with one axis of time (TC-ResNet8, a convolutional baseline), and of vectors."""

from __future__ import annotations

from math import prod

from torch import nn

from edgeval.nets.blocks import Classifier, Stack, TimeSeries, time_series

TC_RESNET8 = (16, 24, 32, 48)  # channels at width 1
LAYERS = 3  # of the baseline and of the multilayer perceptron


def tcresnet8(size: float, classes: int, input_shape: tuple[int, ...]) -> nn.Module:
    """Input float32 (n, features, time) or (n, 1, time, features), output logits (n, classes).

    Choi et al. 2019, "Temporal Convolution for Real-time Keyword Spotting on Mobile Devices": the features are
    channels, windows of 9 steps (hyperconnect/TC-ResNet, audio_nets/tc_resnet.py).
    """
    steps, features = time_series(input_shape)
    first, *stages = (max(1, int(channels * size)) for channels in TC_RESNET8)
    net = Stack(features, (steps,)).conv(first, 3)
    for channels in stages:
        shortcut = Stack(net.channels, net.size).conv(channels, 1, 2)
        net.residual(channels, 9, 2, shortcut, bias=False)
    return TimeSeries(Classifier(net, [nn.Dropout(0.5), nn.Linear(net.channels, classes, bias=False)]))


def cnn1d(size: float, classes: int, input_shape: tuple[int, ...]) -> nn.Module:
    """Input float32 (n, channels, time), output logits (n, classes); three convolutions of `size` filters.

    Wang et al. 2017, "Time series classification from scratch", in the size of the Keras example of that name.
    """
    steps, channels = time_series(input_shape)
    net = Stack(channels, (steps,))
    for _ in range(LAYERS):
        net.conv(int(size), 3, bias=True)
    return TimeSeries(Classifier(net, [nn.Linear(net.channels, classes)]))


def mlp(size: float, classes: int, input_shape: tuple[int, ...]) -> nn.Module:
    """Input float32 (n, features) or anything that is flattened to it, output logits (n, classes).

    mlcommons/tiny, keyword_spotting/keras_model.py, fc4, with batch normalization in front of ReLU, so that it becomes
    part of the dense layer on the device.
    """
    layers: list[nn.Module] = [nn.Flatten()] if len(input_shape) > 1 else []
    features = prod(input_shape)
    for _ in range(LAYERS):
        layers += [nn.Linear(features, int(size)), nn.BatchNorm1d(int(size)), nn.ReLU(), nn.Dropout(0.2)]
        features = int(size)
    return nn.Sequential(*layers, nn.Linear(features, classes))
