"""Operators that slide a window over an image: convolution, pooling, and the padding before them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edgeval.errors import ModelError
from edgeval.export.litert.tensors import NHWC, NTC, Axes, Stored, Tensors, attributes

if TYPE_CHECKING:
    import onnx

SAME, VALID = 0, 1
POOL = "Pool2DOptions"


def convolution(node: onnx.NodeProto, tensors: Tensors, activation: int) -> None:
    """CONV_2D, or DEPTHWISE_CONV_2D where every channel is a group of its own."""
    given, value = attributes(node), node.input[0]
    weights = tensors.constant(node.input[1], "Conv").astype(np.float32)
    if weights.ndim not in (3, 4):
        raise ModelError(f"has a Conv over {weights.ndim - 2} dimensions; one or two are converted")
    axes = _image(tensors, value)
    weights = weights if weights.ndim == 4 else weights[:, :, np.newaxis]
    groups, channels = given.get("group", 1), tensors.shapes[value][1]
    if groups not in (1, channels):
        raise ModelError(
            f"has a Conv of {groups} groups of {channels} channels; 1 group or one a channel is converted"
        )
    depthwise = groups == channels and groups > 1
    strides, dilations = _pair(given.get("strides")), _pair(given.get("dilations"))
    window = [(size - 1) * dilation + 1 for size, dilation in zip(weights.shape[2:], dilations, strict=True)]
    source, padding = _padded(node, tensors, window, strides, 0.0)
    # (out, in, h, w) to (out, h, w, in); depthwise (out, 1, h, w) to (1, h, w, out).
    stored = weights.transpose((1, 2, 3, 0) if depthwise else (0, 2, 3, 1))
    bias = np.zeros(len(weights), np.float32)
    if len(node.input) > 2 and node.input[2]:
        bias = tensors.constant(node.input[2], "Conv").astype(np.float32)
    inputs = [
        source,
        tensors.writer.constant(node.input[1], stored),
        tensors.writer.constant(f"{node.output[0]}_bias", bias),
    ]
    made = tensors.place(node.output[0], axes)
    fields: dict[str, Any] = {
        "padding": padding, "strideH": strides[0], "strideW": strides[1], "dilationHFactor": dilations[0],
        "dilationWFactor": dilations[1], "fusedActivationFunction": activation,
    }  # fmt: skip
    if depthwise:
        fields["depthMultiplier"] = len(weights) // channels
        tensors.writer.operator("DEPTHWISE_CONV_2D", inputs, made, "DepthwiseConv2DOptions", **fields)
    else:
        tensors.writer.operator("CONV_2D", inputs, made, "Conv2DOptions", **fields)


def max_pool(node: onnx.NodeProto, tensors: Tensors) -> None:
    """MAX_POOL_2D; what is padded by hand has the smallest value of the tensor."""
    low, _ = tensors.ranges[node.input[0]]
    _pool("MAX_POOL_2D", node, tensors, min(low, 0.0))


def average_pool(node: onnx.NodeProto, tensors: Tensors) -> None:
    """AVERAGE_POOL_2D, which never counts padded values; a Pool that counts them is padded before it."""
    _pool("AVERAGE_POOL_2D", node, tensors, 0.0)


def _pool(code: str, node: onnx.NodeProto, tensors: Tensors, filling: float) -> None:
    given, axes = attributes(node), _image(tensors, node.input[0])
    window, strides = _pair(given["kernel_shape"]), _pair(given.get("strides"))
    if len(window) != 2 or _pair(given.get("dilations")) != [1, 1]:
        raise ModelError(f"has a {node.op_type} with dilations or of more than two dimensions")
    source, padding = _padded(node, tensors, window, strides, filling)
    if code == "AVERAGE_POOL_2D":
        counted = bool(given.get("count_include_pad", 0))
        by_hand = source != tensors.read(node.input[0], axes)
        if by_hand != counted and any(_pads(node, tensors, window, strides)):
            raise ModelError(
                "has an AveragePool whose padding TFLite cannot express; pad with a layer of its own"
            )
    made = tensors.place(node.output[0], axes)
    tensors.writer.operator(
        code, [source], made, POOL, padding=padding, strideH=strides[0], strideW=strides[1],
        filterHeight=window[0], filterWidth=window[1], fusedActivationFunction=0,
    )  # fmt: skip


def _padded(
    node: onnx.NodeProto, tensors: Tensors, window: list[int], strides: list[int], filling: float
) -> tuple[str, int]:
    """The node's input as NHWC and SAME or VALID; padding that TFLite cannot express is an operator of its own."""
    value = node.input[0]
    source, pads = tensors.read(value, _image(tensors, value)), _pads(node, tensors, window, strides)
    counted = node.op_type == "AveragePool" and attributes(node).get("count_include_pad", 0)
    if not any(pads):
        return source, VALID
    if pads == _same_pads(_sides(tensors, value), window, strides) and not counted:
        return source, SAME
    return _padding_operator(f"{node.output[0]}_padded", source, pads, filling, value, tensors), VALID


def _pads(node: onnx.NodeProto, tensors: Tensors, window: list[int], strides: list[int]) -> list[int]:
    """Top, left, bottom, right."""
    given, size = attributes(node), _sides(tensors, node.input[0])
    if given.get("auto_pad", "NOTSET") == "SAME_UPPER":
        return _same_pads(size, window, strides)
    if given.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise ModelError(f"has a {node.op_type} with auto_pad {given['auto_pad']}; SAME_UPPER is converted")
    pads = list(given.get("pads", [0, 0, 0, 0]))
    pads = [0, pads[0], 0, pads[1]] if len(pads) == 2 else pads
    if given.get("ceil_mode"):
        out = _sides(tensors, node.output[0])
        needed = [
            (count - 1) * stride + extent for count, stride, extent in zip(out, strides, window, strict=True)
        ]
        more = [n - s - pads[k] - pads[k + 2] for k, (n, s) in enumerate(zip(needed, size, strict=True))]
        if any(extra > 0 for extra in more) and node.op_type == "AveragePool":
            raise ModelError(
                "has an AveragePool with ceil_mode that reaches over the edge; choose sizes that divide"
            )
        pads = [pads[0], pads[1], pads[2] + max(more[0], 0), pads[3] + max(more[1], 0)]
    return pads


def _image(tensors: Tensors, value: str) -> Axes:
    """How the windows of TFLite want a value to be stored: an image, of height 1 where there is one axis of time."""
    return NTC if len(tensors.shapes[value]) == 3 else NHWC


def _sides(tensors: Tensors, value: str) -> tuple[int, ...]:
    """Height and width."""
    sides = tensors.shapes[value][2:]
    return (1, *sides) if len(sides) == 1 else sides


def _pair(given: list[int] | None) -> list[int]:
    """Of height and width; without height, which is 1 then, of width alone."""
    return [1, 1] if given is None else [1, *given] if len(given) == 1 else given


def _same_pads(size: tuple[int, ...], window: list[int], strides: list[int]) -> list[int]:
    """What TFLite's SAME pads: as little as needed, the odd one at the end."""
    total = [
        max((-(-length // stride) - 1) * stride + extent - length, 0)
        for length, stride, extent in zip(size, strides, window, strict=True)
    ]
    return [total[0] // 2, total[1] // 2, total[0] - total[0] // 2, total[1] - total[1] // 2]


def pad(node: onnx.NodeProto, tensors: Tensors) -> None:
    """PAD or PADV2 of the two image axes, or of the one axis of time."""
    given, value = attributes(node), node.input[0]
    pads = tensors.constant(node.input[1], "Pad").tolist()
    filling = 0.0
    if len(node.input) > 2 and node.input[2]:
        filling = float(tensors.constant(node.input[2], "Pad"))
    half = len(pads) // 2
    outside = any(pads[k] for k in (0, 1, half, half + 1)) if half > 2 else True
    if given.get("mode", "constant") != "constant" or half not in (3, 4) or outside:
        raise ModelError("has a Pad that is not constant or not of height and width, or time, alone")
    axes, target = _image(tensors, value), node.output[0]
    source = tensors.read(value, axes)
    chosen = [pads[2], pads[3], pads[6], pads[7]] if half == 4 else [0, pads[2], 0, pads[5]]
    made = _padding_operator(f"{target}_padded", source, chosen, filling, target, tensors)
    tensors.stored[target] = Stored(made, axes)


def _padding_operator(
    name: str, source: str, pads: list[int], filling: float, range_of: str, tensors: Tensors
) -> str:
    if min(pads) < 0:
        raise ModelError("has a Pad of negative size; crop with a layer of its own")
    batch, height, width, channels = tensors.writer.tensors[source].shape
    shape = (batch, height + pads[0] + pads[2], width + pads[1] + pads[3], channels)
    made = tensors.writer.activation(name, shape, range_of)
    amounts = np.array([[0, 0], [pads[0], pads[2]], [pads[1], pads[3]], [0, 0]], np.int32)
    inputs = [source, tensors.writer.constant(f"{name}_amounts", amounts)]
    if filling == 0.0:
        return tensors.writer.operator("PAD", inputs, made, "PadOptions")
    inputs.append(tensors.writer.constant(f"{name}_filling", np.array([filling], np.float32)))
    return tensors.writer.operator("PADV2", inputs, made, "PadV2Options")
