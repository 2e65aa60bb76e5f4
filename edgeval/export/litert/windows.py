"""Operators that slide a window over an image: convolution, pooling, and the padding before them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edgeval.errors import ModelError
from edgeval.export.litert.tensors import NHWC, Stored, Tensors, attributes

if TYPE_CHECKING:
    import onnx

SAME, VALID = 0, 1
POOL = "Pool2DOptions"


def convolution(node: onnx.NodeProto, tensors: Tensors, activation: int) -> None:
    """CONV_2D, or DEPTHWISE_CONV_2D where every channel is a group of its own."""
    given, value = attributes(node), node.input[0]
    weights = tensors.constant(node.input[1], "Conv").astype(np.float32)
    if weights.ndim != 4:
        raise ModelError(f"has a Conv over {weights.ndim - 2} dimensions; two are converted")
    groups, channels = given.get("group", 1), tensors.shapes[value][1]
    if groups not in (1, channels):
        raise ModelError(
            f"has a Conv of {groups} groups of {channels} channels; 1 group or one a channel is converted"
        )
    depthwise = groups == channels and groups > 1
    strides, dilations = given.get("strides", [1, 1]), given.get("dilations", [1, 1])
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
    made = tensors.place(node.output[0], NHWC)
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
    given = attributes(node)
    window, strides = given["kernel_shape"], given.get("strides", [1, 1])
    if len(window) != 2 or given.get("dilations", [1, 1]) != [1, 1]:
        raise ModelError(f"has a {node.op_type} with dilations or of another number of dimensions than two")
    source, padding = _padded(node, tensors, window, strides, filling)
    if code == "AVERAGE_POOL_2D":
        counted = bool(given.get("count_include_pad", 0))
        by_hand = source != tensors.read(node.input[0], NHWC)
        if by_hand != counted and any(_pads(node, tensors, window, strides)):
            raise ModelError(
                "has an AveragePool whose padding TFLite cannot express; pad with a layer of its own"
            )
    made = tensors.place(node.output[0], NHWC)
    tensors.writer.operator(
        code, [source], made, POOL, padding=padding, strideH=strides[0], strideW=strides[1],
        filterHeight=window[0], filterWidth=window[1], fusedActivationFunction=0,
    )  # fmt: skip


def _padded(
    node: onnx.NodeProto, tensors: Tensors, window: list[int], strides: list[int], filling: float
) -> tuple[str, int]:
    """The node's input as NHWC and SAME or VALID; padding that TFLite cannot express is an operator of its own."""
    value = node.input[0]
    source, pads = tensors.read(value, NHWC), _pads(node, tensors, window, strides)
    counted = node.op_type == "AveragePool" and attributes(node).get("count_include_pad", 0)
    if not any(pads):
        return source, VALID
    if pads == _same_pads(tensors.shapes[value][2:], window, strides) and not counted:
        return source, SAME
    return _padding_operator(f"{node.output[0]}_padded", source, pads, filling, value, tensors), VALID


def _pads(node: onnx.NodeProto, tensors: Tensors, window: list[int], strides: list[int]) -> list[int]:
    """Top, left, bottom, right."""
    given, size = attributes(node), tensors.shapes[node.input[0]][2:]
    if given.get("auto_pad", "NOTSET") == "SAME_UPPER":
        return _same_pads(size, window, strides)
    if given.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise ModelError(f"has a {node.op_type} with auto_pad {given['auto_pad']}; SAME_UPPER is converted")
    pads = list(given.get("pads", [0, 0, 0, 0]))
    if given.get("ceil_mode"):
        out = tensors.shapes[node.output[0]][2:]
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


def _same_pads(size: tuple[int, ...], window: list[int], strides: list[int]) -> list[int]:
    """What TFLite's SAME pads: as little as needed, the odd one at the end."""
    total = [
        max((-(-length // stride) - 1) * stride + extent - length, 0)
        for length, stride, extent in zip(size, strides, window, strict=True)
    ]
    return [total[0] // 2, total[1] // 2, total[0] - total[0] // 2, total[1] - total[1] // 2]


def pad(node: onnx.NodeProto, tensors: Tensors) -> None:
    """PAD or PADV2 of the two image axes."""
    given, value = attributes(node), node.input[0]
    pads = tensors.constant(node.input[1], "Pad").tolist()
    filling = 0.0
    if len(node.input) > 2 and node.input[2]:
        filling = float(tensors.constant(node.input[2], "Pad"))
    if given.get("mode", "constant") != "constant" or len(pads) != 8 or any(pads[k] for k in (0, 1, 4, 5)):
        raise ModelError("has a Pad that is not constant or not of height and width alone")
    source, target = tensors.read(value, NHWC), node.output[0]
    chosen = [pads[2], pads[3], pads[6], pads[7]]
    made = _padding_operator(f"{target}_padded", source, chosen, filling, target, tensors)
    tensors.stored[target] = Stored(made, NHWC)


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
