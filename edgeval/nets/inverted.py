"""Networks of inverted residuals that are tables: MobileNetV3-small-minimalistic, EfficientNet-Lite0, MCUNet."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from edgeval.nets.blocks import Classifier, Stack, fitting_strides, rounded


@dataclass(frozen=True)
class Table:
    """`rows`: kernel, expanded channels, channels, stride at width 1. `last` channels of a 1x1 convolution after them,
    0 for none; `hidden` of a dense layer in front of the scores, 0 for none."""

    stem: int
    rows: tuple[tuple[int, int, int, int], ...]
    last: int
    hidden: int
    activation: type[nn.Module]
    dropout: float


MOBILENETV3_SMALL_MINIMALISTIC = Table(
    # Howard et al. 2019, table 2, without squeeze-and-excite, hard swish and 5x5 windows.
    stem=16,
    rows=(
        (3, 16, 16, 2), (3, 72, 24, 2), (3, 88, 24, 1), (3, 96, 40, 2), (3, 240, 40, 1), (3, 240, 40, 1),
        (3, 120, 48, 1), (3, 144, 48, 1), (3, 288, 96, 2), (3, 576, 96, 1), (3, 576, 96, 1),
    ),
    last=576, hidden=1024, activation=nn.ReLU, dropout=0.2,
)  # fmt: skip
EFFICIENTNET_LITE0 = Table(
    # Tan and Le 2019, table 1, without squeeze-and-excite and with ReLU6 (tensorflow/tpu, efficientnet/lite).
    stem=32,
    rows=(
        (3, 32, 16, 1), (3, 96, 24, 2), (3, 144, 24, 1), (5, 144, 40, 2), (5, 240, 40, 1),
        (3, 240, 80, 2), *((3, 480, 80, 1),) * 2, (5, 480, 112, 1), *((5, 672, 112, 1),) * 2,
        (5, 672, 192, 2), *((5, 1152, 192, 1),) * 3, (3, 1152, 320, 1),
    ),
    last=1280, hidden=0, activation=nn.ReLU6, dropout=0.2,
)  # fmt: skip
MCUNET_VWW1 = Table(
    # Lin et al. 2020; read off the published file of 80x80 pixels (mit-han-lab/tinyengine, assets/vww.tflite).
    stem=16,
    rows=(
        (3, 16, 8, 1), (3, 48, 16, 2), (3, 48, 16, 1), (3, 48, 16, 1), (7, 48, 24, 2), (3, 144, 24, 1),
        (5, 120, 24, 1), (7, 144, 40, 2), (7, 240, 40, 1), (3, 240, 48, 1), (3, 192, 48, 1), (5, 240, 96, 2),
        (3, 480, 96, 1), (3, 384, 96, 1), (7, 288, 160, 1),
    ),
    last=0, hidden=0, activation=nn.ReLU6, dropout=0.0,
)  # fmt: skip


def mobilenetv3min(size: float, classes: int, input_shape: tuple[int, ...]) -> nn.Module:
    """Input float32 (n, channels, height, width), output logits (n, classes)."""
    return _network(MOBILENETV3_SMALL_MINIMALISTIC, size, classes, input_shape)


def efficientnetlite0(size: float, classes: int, input_shape: tuple[int, ...]) -> nn.Module:
    """Input float32 (n, channels, height, width), output logits (n, classes)."""
    return _network(EFFICIENTNET_LITE0, size, classes, input_shape)


def mcunet(size: float, classes: int, input_shape: tuple[int, ...]) -> nn.Module:
    """Input float32 (n, channels, height, width), output logits (n, classes)."""
    return _network(MCUNET_VWW1, size, classes, input_shape)


def _network(table: Table, width: float, classes: int, input_shape: tuple[int, ...]) -> nn.Module:
    """Every layer's channels times `width`, in multiples of eight; below 65 pixels with fewer strides."""
    first, *strides = fitting_strides([2, *(row[3] for row in table.rows)], input_shape[:2])
    net = Stack(input_shape[2], input_shape[:2])
    net.conv(rounded(table.stem * width), 3, first, activation=table.activation)
    before = table.stem
    for (kernel, expanded, channels, _), stride in zip(table.rows, strides, strict=True):
        wide = net.channels if expanded == before else rounded(expanded * width)
        net.inverted(wide, rounded(channels * width), kernel, stride, table.activation)
        before = channels
    if table.last:
        net.conv(rounded(table.last * width), 1, activation=table.activation)
    return Classifier(net, _head(table, width, net.channels, classes))


def _head(table: Table, width: float, channels: int, classes: int) -> list[nn.Module]:
    head: list[nn.Module] = []
    if table.hidden:
        hidden = rounded(table.hidden * width)
        head += [nn.Linear(channels, hidden), table.activation()]
        channels = hidden
    if table.dropout:
        head.append(nn.Dropout(table.dropout))
    return [*head, nn.Linear(channels, classes)]
