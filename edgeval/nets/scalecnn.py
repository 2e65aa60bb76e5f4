"""ScaleCNN: the plain convolutional network of the paper, scaled by its base width c."""

from __future__ import annotations

from torch import Tensor, nn

STAGES = 4  # widths c, 2c, 4c, 8c
CONVS_PER_STAGE = 2


class ScaleCNN(nn.Module):
    """Eight bias-free 3x3 convolutions with BN and ReLU, max-pool after stages 1 to 3, one linear layer.

    Input float (n, channels, height, width) with height and width of at least 8; output logits (n, classes).
    """

    def __init__(self, width: int, classes: int, channels: int = 3) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for stage in range(STAGES):
            if stage:
                layers.append(nn.MaxPool2d(2))
            for _ in range(CONVS_PER_STAGE):
                layers += _conv_bn_relu(channels, width << stage)
                channels = width << stage
        self.features = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.pool(self.features(images)).flatten(1))


def build(size: float, classes: int, input_shape: tuple[int, ...]) -> nn.Module:
    """ScaleCNN of base width `size`."""
    return ScaleCNN(int(size), classes, input_shape[2])


def _conv_bn_relu(inputs: int, outputs: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]
