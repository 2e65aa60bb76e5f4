"""References: the parameter counts and MACs that the sources of each family state (docs/NETWORKS.md)."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from edgeval.data.order import torch_shape  # noqa: E402
from edgeval.errors import DataError  # noqa: E402
from edgeval.nets import FAMILIES, MODELS, build, parse  # noqa: E402
from edgeval.nets.blocks import fitting_strides, rounded  # noqa: E402
from edgeval.nets.cost import cost  # noqa: E402

# Model, classes, sample, parameters as the source counts them, what that count holds beside weights and biases:
# Keras adds batch normalization's scale, shift, mean and variance; torch scale and shift; an int8 file nothing, but a
# bias for each output.
REFERENCES = [
    ("resnet8-16", 10, (32, 32, 3), 78_666, "keras"),  # mlcommons/tiny, image_classification/keras_model.py
    ("dscnn-64", 12, (49, 10, 1), 24_908, "keras"),  # mlcommons/tiny, keyword_spotting/keras_model.py
    ("mobilenetv1-0.25", 2, (96, 96, 3), 221_794, "keras"),  # mlcommons/tiny, visual_wake_words/vww_model.py
    ("mlp-256", 12, (490,), 263_436, "keras"),  # mlcommons/tiny, keyword_spotting/keras_model.py, fc4
    (
        "mobilenetv3min-1.00",
        1000,
        (224, 224, 3),
        2_056_848,
        "keras",
    ),  # Keras 3.15, MobileNetV3Small(minimalistic)
    (
        "mobilenetv3min-1.00",
        1000,
        (224, 224, 3),
        2_044_736,
        "torch",
    ),  # timm, tf_mobilenetv3_small_minimal_100
    ("efficientnetlite0-1.00", 1000, (224, 224, 3), 4_652_008, "torch"),  # timm, efficientnet_lite0
    ("mcunet-1.00", 2, (80, 80, 3), 426_634, "int8"),  # mit-han-lab/tinyengine, assets/vww.tflite
    ("cnn1d-64", 2, (500, 1), 25_858, "keras"),  # Keras, timeseries_classification_from_scratch
]
MEGA_MACS = [  # published, in the digits of the source
    ("resnet8-16", 10, (32, 32, 3), "12.5"),  # Banbury et al. 2021, MLPerf Tiny
    ("dscnn-64", 12, (49, 10, 1), "2.7"),
    ("mobilenetv1-0.25", 2, (96, 96, 3), "7.5"),
    ("mcunet-1.00", 2, (80, 80, 3), "11.6"),  # mit-han-lab/mcunet, README, mcunet-vww1
    ("efficientnetlite0-1.00", 1000, (224, 224, 3), "385.2"),  # torch's counter on timm's efficientnet_lite0
    ("mobilenetv3min-1.00", 1000, (224, 224, 3), "52.3"),  # the same, tf_mobilenetv3_small_minimal_100
]
# Choi et al. 2019, table 2: in thousands, with batch normalization's four; FLOPs are two a multiply-accumulate.
TC_RESNET = [("tcresnet8-1.00", "66", "3.0"), ("tcresnet8-1.50", "145", None)]
SAMPLES = {3: [(32, 32, 3), (96, 64, 1), (49, 10, 1)], 2: [(128, 6), (16, 3)], 1: [(16,), (490,)]}


def counted(model_id: str, classes: int, shape: tuple[int, ...], how: str) -> int:
    with torch.device("meta"):
        net = build(model_id, classes, shape)
    norms = [m for m in net.modules() if isinstance(m, (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d))]
    channels = sum(norm.num_features for norm in norms)
    total = sum(parameter.numel() for parameter in net.parameters())
    return total + {"keras": 2 * channels, "torch": 0, "int8": -channels}[how]


@pytest.mark.parametrize(("model_id", "classes", "shape", "params", "how"), REFERENCES)
def test_parameters_are_the_references(
    model_id: str, classes: int, shape: tuple[int, ...], params: int, how: str
) -> None:
    assert counted(model_id, classes, shape, how) == params


@pytest.mark.parametrize(("model_id", "classes", "shape", "expected"), MEGA_MACS)
def test_macs_are_the_references(model_id: str, classes: int, shape: tuple[int, ...], expected: str) -> None:
    assert f"{cost(model_id, classes, shape).macs / 1e6:.1f}" == expected


@pytest.mark.parametrize(("model_id", "thousands", "mega_flops"), TC_RESNET)
def test_tc_resnet_is_the_papers(model_id: str, thousands: str, mega_flops: str | None) -> None:
    assert f"{counted(model_id, 12, (98, 40, 1), 'keras') / 1e3:.0f}" == thousands
    if mega_flops is not None:
        assert f"{2 * cost(model_id, 12, (98, 40, 1)).macs / 1e6:.1f}" == mega_flops


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.name)
def test_a_family_takes_every_sample_that_it_says_and_grows_with_its_size(family) -> None:
    for axes in family.axes:
        for shape in SAMPLES[axes]:
            if axes == 3 and family.last not in (None, shape[2]):
                continue
            small = build(family.models[0], 5, shape)
            assert small(torch.zeros(2, *torch_shape(shape))).shape == (2, 5)
            params = [cost(model, 5, shape).params for model in (family.models[0], family.models[-1])]
            assert params[0] < params[1]


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.name)
def test_every_parameter_learns(family) -> None:
    shape = SAMPLES[family.axes[0]][0]
    net = build(family.models[0], 3, shape)
    batch = torch.randn(4, *torch_shape(shape))
    torch.nn.functional.cross_entropy(net(batch), torch.tensor([0, 1, 2, 0])).backward()
    assert all(parameter.grad is not None for parameter in net.parameters())


@pytest.mark.parametrize(
    ("model_id", "shape", "message"),
    [
        (
            "scalecnn-4",
            (7, 32, 3),
            r"scalecnn takes samples \(height, width, channels\) with sides of at least 8",
        ),
        ("scalecnn-4", (128, 6), r"these have \(128, 6\); for them there are tcresnet8, cnn1d, mlp"),
        ("cnn1d-8", (32, 32, 3), r"\(time, channels\) or \(time, features, 1\).*for them there are scalecnn"),
        ("resnet8-4", (490,), "for them there are mlp"),
    ],
)
def test_samples_that_do_not_fit_get_one_line(model_id: str, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(DataError, match=message):
        build(model_id, 3, shape)


def test_small_images_keep_at_least_three_pixels() -> None:
    """By hand: 32 pixels may be halved three times, 96 five times, as in MLPerf Tiny's person detection."""
    strides = [2, 1, 2, 2, 1, 2, 2]
    assert fitting_strides(strides, (96, 96)) == strides
    assert fitting_strides(strides, (32, 32)) == [1, 1, 1, 2, 1, 2, 2]
    assert fitting_strides(strides, (49, 10)) == [1, 1, 1, 1, 1, 2, 2]


@pytest.mark.parametrize("channels", [3, 16, 19.2, 33.6, 88, 1280.5])
def test_widths_are_rounded_as_torchvision_does(channels: float) -> None:
    from edgeval.torchvision_import import torchvision_module

    reference = torchvision_module("models._utils")._make_divisible
    assert rounded(channels) == reference(channels, 8)


def test_padding_is_tensorflows() -> None:
    """SAME padding: the output of a convolution has ceil(length / stride) positions, as TensorFlow documents."""
    from edgeval.nets.blocks import Stack

    for length in range(5, 12):
        for kernel in (1, 3, 4, 5, 9):
            for stride in (1, 2):
                net = Stack(2, (length, length + 1)).conv(3, kernel, stride)
                seen = net.module()(torch.zeros(2, 2, length, length + 1))
                assert tuple(seen.shape[2:]) == net.size == (-(-length // stride), -(-(length + 1) // stride))


@pytest.mark.parametrize("model", MODELS)
def test_the_name_of_every_listed_network_is_read(model: str) -> None:
    assert str(parse(model)) == model
