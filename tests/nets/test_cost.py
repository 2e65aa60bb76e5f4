"""References: the paper's parameter counts, the recount of its MACs, and formulas by hand."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from edgeval.data.order import torch_shape  # noqa: E402
from edgeval.nets import FAMILIES, PAPER_MODELS, build  # noqa: E402
from edgeval.nets.cost import cost, traced  # noqa: E402

PARAMS = {  # the paper's table 2, 100 classes
    "scalecnn-4": 21_936,
    "scalecnn-8": 80_348,
    "scalecnn-12": 175_336,
    "scalecnn-16": 306_900,
    "scalecnn-24": 679_756,
    "scalecnn-32": 1_198_916,
    "scalecnn-48": 2_676_148,
    "scalecnn-64": 4_738_596,
    "mobilenetv2-0.10": 214_180,
    "mobilenetv2-0.15": 262_596,
    "mobilenetv2-0.25": 366_212,
    "mobilenetv2-0.35": 524_228,
    "mobilenetv2-0.50": 815_780,
    "mobilenetv2-0.75": 1_483_524,
    "mobilenetv2-1.00": 2_351_972,
    "mobilenetv2-1.50": 5_129_252,
    "mobilenetv2-2.00": 8_953_188,
    "mobilenetv2-3.00": 19_803_748,
}
MEGA_MACS = (  # a recount by hand from the layer shapes, in the order of PARAMS
    *("0.92", "3.47", "7.64", "13.43", "29.88", "52.81", "118.15", "209.44"),
    *("2.2", "2.5", "3.1", "4.9", "8.0", "17.1", "24.6", "55.0", "92.9", "205.0"),
)


def test_the_catalogue_is_the_papers() -> None:
    assert set(PAPER_MODELS) == set(PARAMS)


@pytest.mark.parametrize(("model_id", "params"), PARAMS.items())
def test_parameters_are_the_papers(model_id: str, params: int) -> None:
    assert cost(model_id, 100).params == params


@pytest.mark.parametrize(("model_id", "expected"), list(zip(PARAMS, MEGA_MACS, strict=True)))
def test_macs_are_the_recount(model_id: str, expected: str) -> None:
    digits = len(expected.partition(".")[2])
    assert f"{cost(model_id, 100).macs / 1e6:.{digits}f}" == expected


SAMPLES = {  # every family once, small
    "scalecnn-6": (32, 48, 1),
    "mobilenetv2-0.35": (48, 32, 4),
    "resnet8-5": (33, 32, 3),
    "dscnn-12": (49, 10, 1),
    "mobilenetv1-0.25": (96, 96, 3),
    "mobilenetv3min-0.35": (40, 56, 3),
    "efficientnetlite0-0.25": (64, 64, 3),
    "mcunet-0.50": (80, 80, 1),
    "tcresnet8-0.50": (128, 6),
    "cnn1d-8": (100, 3),
    "mlp-24": (7, 5),
}


def layer_macs(net: nn.Module, sample: torch.Tensor) -> int:
    """Outputs times weights that each is a sum of, layer by layer."""
    counted: list[int] = []

    def count(module: nn.Module, _: object, output: torch.Tensor) -> None:
        if isinstance(module, nn.ConvTranspose2d):
            raise AssertionError("has another formula")
        counted.append(output.numel() * module.weight[0].numel())

    for module in net.modules():
        if isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Linear)):
            module.register_forward_hook(count)
    with torch.inference_mode():
        net(sample)
    return sum(counted)


@pytest.mark.parametrize("model_id", SAMPLES)
def test_macs_are_outputs_times_weights(model_id: str) -> None:
    shape = SAMPLES[model_id]
    net = build(model_id, 10, shape).eval()
    assert cost(model_id, 10, shape).macs == layer_macs(net, torch.zeros(1, *torch_shape(shape)))


def test_what_is_counted_of_a_network_of_ones_own() -> None:
    """By hand: attention of 5 positions and 4 features is 4 products of 5x4 with 4x4, and 5x5x4 twice; a transposed
    convolution multiplies each input with all its weights."""
    attention = nn.MultiheadAttention(4, 2, batch_first=True).eval()
    tokens = torch.zeros(1, 5, 4)

    class Attended(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = attention

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.attention(x, x, x, need_weights=False)[0]

    assert traced(Attended().train(), tokens)[0] == 4 * 5 * 4 * 4 + 2 * 5 * 5 * 4
    up = nn.ConvTranspose2d(3, 2, 3, stride=2)
    assert traced(up, torch.zeros(1, 3, 4, 4))[0] == 4 * 4 * 3 * 2 * 9


@pytest.mark.parametrize("model_id", ["scalecnn-5", "mobilenetv2-0.35"])
def test_parameters_and_logits_are_those_of_the_network(model_id: str) -> None:
    net = build(model_id, 7)
    assert cost(model_id, 7).params == sum(parameter.numel() for parameter in net.parameters())
    assert net(torch.zeros(2, 3, 32, 32)).shape == (2, 7)


def test_weight_bytes_are_weights_and_biases_with_batch_normalisation_folded() -> None:
    macs_free = 3 * 3 * (3 * 4 + 4 * 4 + 4 * 8 + 8 * 8 + 8 * 16 + 16 * 16 + 16 * 32 + 32 * 32) + 32 * 10
    biases = 2 * (4 + 8 + 16 + 32) + 10
    assert cost("scalecnn-4", 10).weights_int8_bytes == macs_free + 4 * biases


def test_activations_of_scalecnn_are_largest_around_its_second_convolution() -> None:
    assert cost("scalecnn-16", 10).activations_int8_bytes == 2 * 32 * 32 * 16


def test_activations_count_a_shortcut_that_is_held_over_a_block() -> None:
    """MobileNetV2 0.35, second block of stage 2: 16x16x8 in, 48 expanded; the depthwise step holds all three."""
    from edgeval.torchvision_import import torchvision_module

    block = torchvision_module("models.mobilenetv2").InvertedResidual(8, 8, stride=1, expand_ratio=6)
    _, activations = traced(nn.Sequential(block).eval(), torch.zeros(1, 8, 16, 16))
    assert activations == 16 * 16 * (8 + 48 + 48)


def test_cost_leaves_the_random_state_alone() -> None:
    before = torch.get_rng_state()
    cost("scalecnn-4", 10)
    assert torch.equal(torch.get_rng_state(), before)


def test_every_family_is_counted_here() -> None:
    assert {model_id.rpartition("-")[0] for model_id in SAMPLES} == set(FAMILIES)
