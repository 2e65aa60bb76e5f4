"""Per-channel arithmetic of an ONNX graph as depthwise convolutions of one pixel.

A Normalize inside a network is a subtraction and a division by constants of shape (1, channels, 1, 1). Converters to
channels-last disagree about such constants, and a chain of int8 operators would round after each; a depthwise
convolution has one meaning everywhere, one rounding, and weights with a scale for each channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import onnx

OPERATORS = ("Add", "Sub", "Mul", "Div")


@dataclass(frozen=True)
class _Affine:
    """y = x * scale + offset; both float64 (channels,). `source` is the name of x."""

    source: str
    scale: np.ndarray
    offset: np.ndarray


def affine_as_convolution(model: onnx.ModelProto, batch_norm: bool = False) -> onnx.ModelProto:
    """The model with each run of per-channel Add, Sub, Mul and Div by constants replaced by one depthwise Conv.

    `batch_norm` includes batch normalization of images: for a graph in which what could be fused was fused already.
    The model is changed in place and returned. Values change by float32 rounding at most.
    """
    graph = model.graph
    images = _images(model) if batch_norm else {}
    constants = constants_of(graph)
    uses = uses_of(graph)
    pending: dict[str, tuple[int, _Affine]] = {}  # output name -> node position and what it computes
    for position, node in enumerate(graph.node):
        step = _step(node, constants)
        if step is None and node.op_type == "BatchNormalization" and node.input[0] in images:
            step = batch_norm_affine(node, constants)
        if step is None:
            continue
        before = pending.get(step.source)
        if before is not None and uses[step.source] == 1 and len(before[1].scale) == len(step.scale):
            step = _composed(pending.pop(step.source)[1], step)
        pending[node.output[0]] = (position, step)
    for output, (position, affine) in pending.items():
        graph.node[position].CopyFrom(_convolution(graph, affine, output, images.get(affine.source, 4) - 2))
    drop_unused(graph)
    return model


def constants_of(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """Initializers and Constant nodes by name."""
    from onnx import numpy_helper

    found = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            found[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
    return found


def _images(model: onnx.ModelProto) -> dict[str, int]:
    """The values of four dimensions, and of three (one axis of time), with their number."""
    import onnx

    graph = onnx.shape_inference.infer_shapes(model).graph
    axes = {value.name: len(value.type.tensor_type.shape.dim) for value in (*graph.value_info, *graph.input)}
    return {name: number for name, number in axes.items() if number in (3, 4)}


def batch_norm_affine(node: onnx.NodeProto, constants: dict[str, np.ndarray]) -> _Affine | None:
    """What a batch normalization of constant statistics does to each channel; None where they are computed."""
    if any(name not in constants for name in node.input[1:]):
        return None
    gamma, beta, mean, variance = (constants[name].astype(np.float64) for name in node.input[1:])
    epsilon = next((item.f for item in node.attribute if item.name == "epsilon"), 1e-5)
    scale = gamma / np.sqrt(variance + epsilon)
    return _Affine(node.input[0], scale, beta - mean * scale)


def uses_of(graph: onnx.GraphProto) -> dict[str, int]:
    """How often each value is read, the graph's outputs included."""
    counts = {value.name: 1 for value in graph.output}
    for node in graph.node:
        for name in node.input:
            counts[name] = counts.get(name, 0) + 1
    return counts


def _step(node: onnx.NodeProto, constants: dict[str, np.ndarray]) -> _Affine | None:
    """What one node does to each channel; None where it is something else."""
    if node.op_type not in OPERATORS or len(node.input) != 2:
        return None
    known = [_per_channel(constants.get(name)) for name in node.input]
    left, right = known
    if (left is None) == (right is None):
        return None
    if right is not None:
        scale, offset = {
            "Add": (np.ones_like(right), right),
            "Sub": (np.ones_like(right), -right),
            "Mul": (right, np.zeros_like(right)),
            "Div": (1 / right, np.zeros_like(right)),
        }[node.op_type]
        return _Affine(node.input[0], scale, offset)
    if left is None or node.op_type == "Div":  # constant / x is no affine function
        return None
    scale, offset = {
        "Add": (np.ones_like(left), left),
        "Sub": (-np.ones_like(left), left),
        "Mul": (left, np.zeros_like(left)),
    }[node.op_type]
    return _Affine(node.input[1], scale, offset)


def _per_channel(constant: np.ndarray | None) -> np.ndarray | None:
    """float64 (channels,) of a constant that differs between channels alone: (1, c, 1, 1) or (c, 1, 1)."""
    if constant is None or constant.dtype != np.float32 or constant.ndim not in (3, 4):
        return None
    shape = constant.shape[-3:]
    whole = constant.size == shape[0] > 1 and shape[1:] == (1, 1)
    return constant.reshape(-1).astype(np.float64) if whole else None


def _composed(first: _Affine, second: _Affine) -> _Affine:
    return _Affine(first.source, first.scale * second.scale, first.offset * second.scale + second.offset)


def _convolution(graph: onnx.GraphProto, affine: _Affine, output: str, sides: int) -> onnx.NodeProto:
    from onnx import helper, numpy_helper

    channels = len(affine.scale)
    names = (f"{output}_affine_weight", f"{output}_affine_bias")
    values = (affine.scale.reshape(channels, 1, *(1,) * sides), affine.offset)
    for name, value in zip(names, values, strict=True):
        graph.initializer.append(numpy_helper.from_array(value.astype(np.float32), name))
    return helper.make_node(
        "Conv",
        [affine.source, *names],
        [output],
        f"{output}_affine",
        group=channels,
        kernel_shape=[1] * sides,
    )


def drop_unused(graph: onnx.GraphProto) -> None:
    """Take out nodes and constants that nothing reads any more."""
    while True:
        uses = uses_of(graph)
        dead = [node for node in graph.node if not any(uses.get(name) for name in node.output)]
        for node in dead:
            graph.node.remove(node)
        if not dead:
            break
    for tensor in [tensor for tensor in graph.initializer if not uses.get(tensor.name)]:
        graph.initializer.remove(tensor)
