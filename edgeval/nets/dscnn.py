"""DS-CNN of MLPerf Tiny's keyword spotting: a convolution and four separable ones, scaled by their filters."""

from __future__ import annotations

from torch import nn

from edgeval.nets.blocks import Classifier, Stack

BLOCKS = 4
WINDOW = (10, 4)  # time steps and coefficients of the first convolution


def build(size: float, classes: int, input_shape: tuple[int, ...]) -> nn.Module:
    """Input float32 (n, channels, height, width), of keywords (n, 1, 49, 10); output logits (n, classes).

    mlcommons/tiny, benchmark/training/keyword_spotting/keras_model.py, ds_cnn, after Zhang et al. 2017, "Hello Edge".
    """
    filters = int(size)
    net = Stack(input_shape[2], input_shape[:2]).conv(filters, WINDOW, 2, bias=True)
    net.layers.append(nn.Dropout(0.2))
    for _ in range(BLOCKS):
        net.separable(filters, bias=True)
    return Classifier(net, [nn.Dropout(0.4), nn.Linear(filters, classes)])
