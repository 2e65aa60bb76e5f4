"""MobileNetV1 of MLPerf Tiny's person detection: thirteen separable convolutions, scaled by a width multiplier."""

from __future__ import annotations

from torch import nn

from edgeval.nets.blocks import Classifier, Stack, fitting_strides

FILTERS = 32  # of the first convolution at width 1
ROWS = (  # multiples of FILTERS, stride
    (2, 1), (4, 2), (4, 1), (8, 2), (8, 1), (16, 2),
    (16, 1), (16, 1), (16, 1), (16, 1), (16, 1), (32, 2), (32, 1),
)  # fmt: skip


def build(size: float, classes: int, input_shape: tuple[int, ...]) -> nn.Module:
    """Input float32 (n, channels, height, width), output logits (n, classes); below 65 pixels with fewer strides.

    mlcommons/tiny, benchmark/training/visual_wake_words/vww_model.py: width 0.25, biases in front of batch
    normalization, ReLU, no dropout, after Howard et al. 2017.
    """
    filters = max(1, round(FILTERS * size))
    first, *strides = fitting_strides([2, *(stride for _, stride in ROWS)], input_shape[:2])
    net = Stack(input_shape[2], input_shape[:2]).conv(filters, 3, first, bias=True)
    for (multiple, _), stride in zip(ROWS, strides, strict=True):
        net.separable(multiple * filters, stride, bias=True)
    return Classifier(net, [nn.Linear(net.channels, classes)])
