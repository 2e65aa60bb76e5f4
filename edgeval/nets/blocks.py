"""What the families are made of: convolutions with TensorFlow's SAME padding, separable and inverted residual blocks.

Sizes are (height, width) or (time,); SAME padding needs them, and with it no padding operator is left on the device.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

CONV: dict[int, type[nn.Conv1d] | type[nn.Conv2d]] = {1: nn.Conv1d, 2: nn.Conv2d}
NORM: dict[int, type[nn.BatchNorm1d] | type[nn.BatchNorm2d]] = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d}
PAD: dict[int, type[nn.ConstantPad1d] | type[nn.ZeroPad2d]] = {1: nn.ConstantPad1d, 2: nn.ZeroPad2d}
POOL: dict[int, type[nn.Module]] = {1: nn.AdaptiveAvgPool1d, 2: nn.AdaptiveAvgPool2d}
SMALLEST_MAP = 3  # pixels of the last feature map: 96 / 32, as in MLPerf Tiny's person detection


class Stack:
    """Layers in a row; `channels` and `size` are those after the last one."""

    def __init__(self, channels: int, size: Sequence[int]) -> None:
        self.channels, self.size = channels, tuple(size)
        self.layers: list[nn.Module] = []

    def conv(
        self,
        channels: int,
        kernel: int | tuple[int, ...],
        stride: int = 1,
        groups: int = 1,
        activation: type[nn.Module] | None = nn.ReLU,
        bias: bool = False,
    ) -> Stack:
        """A convolution with SAME padding, batch normalization and an activation (None: linear)."""
        axes = len(self.size)
        window = (kernel,) * axes if isinstance(kernel, int) else kernel
        ends = [_pads(length, extent, stride) for length, extent in zip(self.size, window, strict=True)]
        even = all(first == last for first, last in ends)
        if not even:
            flat = [end for pair in reversed(ends) for end in pair]  # torch begins with the last axis
            self.layers.append(PAD[axes](flat, 0.0) if axes == 1 else PAD[axes](flat))
        padding = tuple(first for first, _ in ends) if even else 0
        options = {"padding": padding, "groups": groups, "bias": bias}
        self.layers += [CONV[axes](self.channels, channels, window, stride, **options), NORM[axes](channels)]
        if activation is not None:
            self.layers.append(activation())
        return self._after(channels, stride)

    def separable(self, channels: int, stride: int = 1, bias: bool = False) -> Stack:
        """A 3x3 convolution of each channel and a 1x1 convolution of all, each with BN and ReLU."""
        return self.conv(self.channels, 3, stride, self.channels, bias=bias).conv(channels, 1, bias=bias)

    def inverted(
        self, expanded: int, channels: int, kernel: int, stride: int, activation: type[nn.Module]
    ) -> Stack:
        """Expansion (none where `expanded` is what comes in), depthwise, linear projection; with a shortcut where
        nothing changes its form."""
        body = Stack(self.channels, self.size)
        if expanded != self.channels:
            body.conv(expanded, 1, activation=activation)
        body.conv(expanded, kernel, stride, expanded, activation)
        body.conv(channels, 1, activation=None)
        if stride == 1 and channels == self.channels:
            self.layers.append(Residual(body.module()))
        else:
            self.layers += body.layers
        return self._after(channels, stride)

    def residual(
        self, channels: int, kernel: int | tuple[int, ...], stride: int, shortcut: Stack | None, bias: bool
    ) -> Stack:
        """Two convolutions, added to what comes in (or to `shortcut` of it), then ReLU."""
        body = Stack(self.channels, self.size).conv(channels, kernel, stride, bias=bias)
        body.conv(channels, kernel, activation=None, bias=bias)
        self.layers += [Residual(body.module(), shortcut.module() if shortcut else None), nn.ReLU()]
        return self._after(channels, stride)

    def module(self) -> nn.Sequential:
        return nn.Sequential(*self.layers)

    def _after(self, channels: int, stride: int) -> Stack:
        self.channels, self.size = channels, tuple(-(-length // stride) for length in self.size)
        return self


class Residual(nn.Module):
    """body(x) + shortcut(x); without a shortcut x itself."""

    use_res_connect = True  # what the estimate of activations looks for (edgeval/nets/cost.py)

    def __init__(self, body: nn.Module, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.body, self.shortcut = body, shortcut or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x) + self.shortcut(x)


class Classifier(nn.Module):
    """features, the mean over all positions, and the layers of the head, which end with the scores."""

    def __init__(self, features: Stack, head: Sequence[nn.Module]) -> None:
        super().__init__()
        self.features = features.module()
        self.pool = POOL[len(features.size)](1)
        self.classifier = nn.Sequential(*head)
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.pool(self.features(x)).flatten(1))


class TimeSeries(nn.Module):
    """Makes (n, 1, time, features) to (n, features, time) for a network of one axis; (n, channels, time) as it is."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    @property
    def features(self) -> nn.Module:
        features: nn.Module = self.network.features
        return features

    def forward(self, x: Tensor) -> Tensor:
        return self.network(x.squeeze(1).transpose(1, 2) if x.ndim == 4 else x)


def initialise(network: nn.Module) -> None:
    """He et al. 2015: normal weights of variance 2 / fan-out for convolutions, biases 0."""
    for module in network.modules():
        if isinstance(module, (nn.Conv1d, nn.Conv2d)):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def rounded(channels: float, divisor: int = 8) -> int:
    """The nearest multiple of `divisor`, at least one, and never below 90 % of `channels` (MobileNets' rule)."""
    nearest = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < 0.9 * channels else nearest


def fitting_strides(strides: Sequence[int], size: Sequence[int], smallest: int = SMALLEST_MAP) -> list[int]:
    """`strides` of a network with its first ones made 1 until the last feature map has at least `smallest` pixels.

    A network for 224 pixels halves them five times; of 32 pixels one would be left. Parameters do not change.
    """
    kept = list(strides)
    for place, stride in enumerate(strides):
        total = 1
        for one in kept:
            total *= one
        if -(-min(size) // total) >= smallest:
            break
        kept[place] = 1 if stride > 1 else stride
    return kept


def time_series(input_shape: Sequence[int]) -> tuple[int, int]:
    """(time, features) of samples (time, features) or (time, features, 1)."""
    return input_shape[0], input_shape[1]


def _pads(length: int, extent: int, stride: int) -> tuple[int, int]:
    """What SAME pads at both ends: as little as needed, the odd one at the end."""
    total = max((-(-length // stride) - 1) * stride + extent - length, 0)
    return total // 2, total - total // 2
