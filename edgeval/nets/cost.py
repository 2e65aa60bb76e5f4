"""What a network costs: parameters, multiply-accumulates, int8 bytes, activation bytes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.modules.conv import _ConvNd
from torch.utils.flop_counter import FlopCounterMode

from edgeval.data.order import torch_shape
from edgeval.errors import ModelError
from edgeval.nets.catalogue import build
from edgeval.nets.code import Code

LAYERS = (_ConvNd, nn.Linear)  # transposed convolutions are _ConvNd too
POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.AvgPool1d, nn.AvgPool2d, nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d)


@dataclass(frozen=True)
class Cost:
    """params: trainable numbers. macs: multiply-accumulates of convolutions (also transposed), linear layers, matrix
    products and attention for one sample, as torch's own counter sees them; not counted: pooling, normalization,
    activations, additions and products value by value.

    weights_int8_bytes: estimate, one byte per weight and four per bias with BN folded in, without the file's
    own overhead. activations_int8_bytes: estimate of the largest sum of input, output and held shortcut over
    all layers, one byte per element, BN and ReLU being part of their convolution; shortcuts are seen in blocks with
    the attribute use_res_connect alone (edgeval's and torchvision's).
    """

    params: int
    macs: int
    weights_int8_bytes: int
    activations_int8_bytes: int


def cost(
    model_id: str, classes: int, input_shape: tuple[int, ...] = (32, 32, 3), code: Code | None = None
) -> Cost:
    """Count in one forward pass of shapes only (torch's meta device), without memory or arithmetic.

    Code of one's own that cannot run there is run once on zeros. The random state stays as it was. Raises ModelError in
    one line where the network does not take such a sample or yields something else than `classes` scores.
    """
    if code is None:
        return _cost(model_id, classes, input_shape, None, "meta")
    with torch.random.fork_rng(devices=[]):
        try:
            return _cost(model_id, classes, input_shape, code, "meta")
        except (ModelError, NotImplementedError, RuntimeError, ValueError, TypeError):
            return _cost(model_id, classes, input_shape, code, "cpu")


def _cost(model_id: str, classes: int, input_shape: tuple[int, ...], code: Code | None, device: str) -> Cost:
    with torch.device(device):
        net = build(model_id, classes, input_shape, code).eval()
        macs, activations = checked_pass(net, torch.zeros(1, *torch_shape(input_shape)), classes, model_id)
    layers = [module for module in net.modules() if isinstance(module, LAYERS)]
    weights = {id(parameter): parameter.numel() for parameter in net.parameters() if parameter.ndim > 1}
    return Cost(
        params=sum(parameter.numel() for parameter in net.parameters()),
        macs=macs,
        weights_int8_bytes=sum(weights.values()) + 4 * sum(_outputs(layer) for layer in layers),
        activations_int8_bytes=activations,
    )


def _outputs(layer: nn.Module) -> int:
    return int(layer.out_features if isinstance(layer, nn.Linear) else layer.out_channels)


def checked_pass(net: nn.Module, sample: Tensor, classes: int, where: str) -> tuple[int, int]:
    """`traced`; ModelError in one line where the network fails on the sample or yields no (1, classes) scores."""
    shown = f"{where} fed one sample float32 {tuple(sample.shape)}"
    try:
        macs, peak, scores = _watched(net, sample)
    except Exception as error:  # a user's forward may raise anything
        lines = str(error).strip().splitlines() or ["no message"]
        raise ModelError(
            f"{shown} failed: {type(error).__name__}: {lines[0]}; mend build or forward"
        ) from error
    if not isinstance(scores, Tensor):
        raise ModelError(f"{shown} returns {type(scores).__name__}, expected one tensor of scores")
    if tuple(scores.shape) != (1, classes):
        raise ModelError(
            f"{shown} yields {tuple(scores.shape)}, the {classes} classes need (1, {classes}) scores; "
            "use the arguments classes and input_shape of build"
        )
    return macs, peak


def traced(net: nn.Module, sample: Tensor) -> tuple[int, int]:
    """MACs, and the peak of activation elements, of one forward pass in evaluation mode; leaves no hooks."""
    return _watched(net, sample)[:2]


def _watched(net: nn.Module, sample: Tensor) -> tuple[int, int, object]:
    peak = 0
    shortcuts: list[Tensor] = []

    def hold(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        shortcuts.append(inputs[0])

    def release(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal peak
        shortcuts.pop()
        peak = max(peak, inputs[0].numel() + 2 * output.numel())  # the addition: two inputs, one output

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal peak
        held = sum(tensor.numel() for tensor in shortcuts if tensor is not inputs[0])
        peak = max(peak, inputs[0].numel() + output.numel() + held)

    handles = []
    for module in net.modules():
        if isinstance(module, (*LAYERS, *POOLS)):
            handles.append(module.register_forward_hook(count))
        elif getattr(module, "use_res_connect", False):  # torchvision's InvertedResidual, edgeval's Residual
            handles += [module.register_forward_pre_hook(hold), module.register_forward_hook(release)]
    try:
        plain = sdpa_kernel(
            SDPBackend.MATH
        )  # matrix products, which are counted; a fused attention may not be
        with FlopCounterMode(display=False) as counter, torch.no_grad(), plain:
            scores = net(sample)
    finally:
        for handle in handles:
            handle.remove()
    return counter.get_total_flops() // 2, peak, scores  # a multiply-accumulate is two FLOPs
