"""ONNX operators as channels-last TFLite operators, one rule each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeval.errors import ModelError
from edgeval.export.litert.ranges import TensorRanges
from edgeval.export.litert.tensors import Axes, Stored, Tensors, attributes
from edgeval.export.litert.windows import average_pool, convolution, max_pool, pad
from edgeval.export.litert.writer import Writer

if TYPE_CHECKING:
    import onnx

Rule = Callable[["onnx.NodeProto", Tensors], None]
FUSED = {"Relu": 1, "Relu6": 3}  # ActivationFunctionType
FUSING = ("Conv", "Add", "Sub", "Mul", "Gemm", "MatMul")
ELEMENTWISE = {"Add": "ADD", "Sub": "SUB", "Mul": "MUL", "Div": "DIV"}


def lower(model: onnx.ModelProto, seen: TensorRanges, writer: Writer, layout: str) -> None:
    """Write a simplified graph whose input is stored with its channels last; `layout` says where ONNX has them.

    Raises ModelError for an operator, or a form of one, that this backend does not convert.
    """
    graph = model.graph
    tensors = Tensors(graph, seen, writer)
    (source,) = (value.name for value in graph.input if value.name not in tensors.constants)
    (target,) = (value.name for value in graph.output)
    plain = tuple(range(len(tensors.shapes[source])))
    writer.inputs = [
        tensors.place(source, plain if layout in ("NHWC", "NTC") else (0, *plain[2:], *plain[1:2]))
    ]
    for node in _flattened(_fused(graph, tensors), tensors):
        if node.op_type != "Constant":
            _rule(node)(node, tensors)
    writer.outputs = [tensors.read(target)]


def _rule(node: onnx.NodeProto) -> Rule:
    if node.op_type not in RULES:
        raise ModelError(
            f"needs the ONNX operator {node.op_type}, which backend litert does not convert; replace this layer or "
            f"try --backend tensorflow (it has {', '.join(sorted(RULES))})"
        )
    return RULES[node.op_type]


def _fused(graph: onnx.GraphProto, tensors: Tensors) -> list[onnx.NodeProto]:
    """The nodes, with each Relu and Relu6 that alone reads a fusing node's output made part of that node."""
    makers = {name: node for node in graph.node for name in node.output}
    kept = []
    for node in graph.node:
        kind = _activation(node, tensors)
        maker = makers.get(node.input[0]) if kind else None
        if kind is None or maker is None or maker.op_type not in FUSING or tensors.uses[node.input[0]] > 1:
            kept.append(node)
            continue
        maker.output[0] = node.output[0]
        tensors.activations[node.output[0]] = FUSED[kind]
        makers[node.output[0]] = maker
    return kept


def _flattened(nodes: list[onnx.NodeProto], tensors: Tensors) -> list[onnx.NodeProto]:
    """The nodes, with a mean over the image whose output is only flattened made a mean that leaves no axes."""
    kept: list[onnx.NodeProto] = []
    for node in nodes:
        before = kept[-1] if kept else node
        if (
            node.op_type in ("Flatten", "Reshape", "Squeeze")
            and before.op_type in ("GlobalAveragePool", "ReduceMean")
            and before.output[0] == node.input[0]
            and tensors.uses[node.input[0]] == 1
            and tensors.shapes[node.output[0]] == tensors.shapes[node.input[0]][:2]
        ):
            before.output[0] = node.output[0]
            continue
        kept.append(node)
    return kept


def _activation(node: onnx.NodeProto, tensors: Tensors) -> str | None:
    """Relu, Relu6 or None; a Clip from 0 that nothing reaches the end of is a Relu."""
    if node.op_type == "Relu":
        return "Relu"
    if node.op_type != "Clip":
        return None
    given = attributes(node)
    ends = [tensors.constants.get(name) for name in node.input[1:]]
    low = float(ends[0]) if ends and ends[0] is not None else given.get("min", -np.inf)
    high = float(ends[1]) if len(ends) > 1 and ends[1] is not None else given.get("max", np.inf)
    if low != 0 or high not in (6.0, np.inf):
        raise ModelError(f"clips to {low:g} to {high:g}; Relu and Relu6 (0 to 6) are converted")
    return "Relu6" if high == 6.0 else "Relu"


def _convolution(node: onnx.NodeProto, tensors: Tensors) -> None:
    convolution(node, tensors, tensors.activations.get(node.output[0], 0))


def _standalone_activation(node: onnx.NodeProto, tensors: Tensors) -> None:
    kind = _activation(node, tensors)
    _same_form({"Relu": "RELU", "Relu6": "RELU6"}[str(kind)])(node, tensors)


def _same_form(code: str, options: str | None = None, **fields: Any) -> Rule:
    """An operator that works value by value: the axes stay as they are stored."""

    def rule(node: onnx.NodeProto, tensors: Tensors) -> None:
        held = tensors.stored[node.input[0]]
        made = tensors.place(node.output[0], held.axes)
        tensors.writer.operator(code, [held.name], made, options, **fields)

    return rule


def _hard_sigmoid(node: onnx.NodeProto, tensors: Tensors) -> None:
    """relu6(x + 3) / 6, as TFLite has no such operator."""
    given, writer, target = attributes(node), tensors.writer, node.output[0]
    if abs(given.get("alpha", 0.2) - 1 / 6) > 1e-6 or abs(given.get("beta", 0.5) - 0.5) > 1e-6:
        raise ModelError("has a HardSigmoid that is not relu6(x + 3) / 6; replace it")
    held = tensors.stored[node.input[0]]
    shape, shifted = writer.tensors[held.name].shape, f"{target}_shifted"
    tensors.ranges[shifted] = (0.0, 6.0)
    writer.activation(shifted, shape, shifted)
    three, sixth = (
        writer.constant(f"{target}_{name}", np.full((1,) * len(shape), value, np.float32))
        for name, value in (("three", 3.0), ("sixth", 1 / 6))
    )
    writer.operator("ADD", [held.name, three], shifted, "AddOptions", fusedActivationFunction=FUSED["Relu6"])
    made = tensors.place(target, held.axes)
    writer.operator("MUL", [shifted, sixth], made, "MulOptions", fusedActivationFunction=0)


def _softmax(node: onnx.NodeProto, tensors: Tensors) -> None:
    rank = len(tensors.shapes[node.input[0]])
    if attributes(node).get("axis", -1) not in (-1, rank - 1):
        raise ModelError("has a Softmax over another axis than the last; move it or leave it out")
    source, made = (
        tensors.read(node.input[0]),
        tensors.place(node.output[0], tuple(range(rank))),
    )
    tensors.writer.operator("SOFTMAX", [source], made, "SoftmaxOptions", beta=1.0)


def _elementwise(node: onnx.NodeProto, tensors: Tensors) -> None:
    code = ELEMENTWISE[node.op_type]
    computed = [name for name in node.input if name in tensors.stored]
    axes = tensors.stored[max(computed, key=lambda name: len(tensors.shapes[name]))].axes
    operands = [_operand(name, axes, tensors, node.op_type == "Div" and place == 1)
                for place, name in enumerate(node.input)]  # fmt: skip
    if node.op_type == "Div" and node.input[1] in tensors.constants:
        code = "MUL"
    made = tensors.place(node.output[0], axes)
    activation = tensors.activations.get(node.output[0], 0)
    tensors.writer.operator(
        code, operands, made, f"{code.capitalize()}Options", fusedActivationFunction=activation
    )


def _operand(name: str, axes: Axes, tensors: Tensors, inverted: bool) -> str:
    """A computed value in the order `axes`, or a constant with its axes moved alike; `inverted`: 1 / constant."""
    real = [axis for axis in axes if axis is not None]
    if name not in tensors.constants:
        if len(tensors.shapes[name]) != len(real):
            raise ModelError(f"combines '{name}' with a tensor of another number of axes; reshape it first")
        return tensors.read(name, axes)
    values = tensors.constants[name].astype(np.float32)
    if values.ndim > len(real):
        raise ModelError(f"combines a tensor with a constant of more axes, '{name}'; reshape it first")
    values = (1 / values if inverted else values).reshape((1,) * (len(real) - values.ndim) + values.shape)
    added = [place for place, axis in enumerate(axes) if axis is None]
    return tensors.writer.constant(name, np.expand_dims(values.transpose(real), added))


def _dense(node: onnx.NodeProto, tensors: Tensors) -> None:
    given, kind = attributes(node), node.op_type
    if len(tensors.shapes[node.input[0]]) != 2 or given.get("transA"):
        raise ModelError(f"has a {kind} of something else than (n, features); flatten it first")
    weights = tensors.constant(node.input[1], kind).astype(np.float32) * np.float32(given.get("alpha", 1.0))
    weights = weights if given.get("transB") else weights.T  # TFLite has (outputs, inputs)
    inputs = [tensors.read(node.input[0]), tensors.writer.constant(node.input[1], weights)]
    if len(node.input) > 2 and node.input[2]:
        bias = tensors.constant(node.input[2], kind).astype(np.float32) * np.float32(given.get("beta", 1.0))
        inputs.append(tensors.writer.constant(node.input[2], np.broadcast_to(bias.reshape(-1), len(weights))))
    made = tensors.place(node.output[0], (0, 1))
    activation = tensors.activations.get(node.output[0], 0)
    tensors.writer.operator(
        "FULLY_CONNECTED", inputs, made, "FullyConnectedOptions", fusedActivationFunction=activation
    )


def _mean(node: onnx.NodeProto, tensors: Tensors) -> None:
    given, (value, *rest) = attributes(node), node.input
    rank, target = len(tensors.shapes[value]), node.output[0]
    chosen = tensors.constant(rest[0], node.op_type).tolist() if rest else given.get("axes")
    if node.op_type == "GlobalAveragePool":
        chosen = list(range(2, rank))
    reduced = [axis % rank for axis in (chosen if chosen is not None else range(rank))]
    held = tensors.stored[value]
    keep = len(tensors.shapes[target]) == rank
    left = [axis for axis in held.axes if axis is not None and axis not in reduced]
    axes = held.axes if keep else tuple(sorted(left).index(axis) for axis in left)
    gone = [place for place, axis in enumerate(held.axes) if axis in reduced or (axis is None and not keep)]
    places = np.array(gone, np.int32)
    made = tensors.place(target, axes)
    constant = tensors.writer.constant(f"{target}_axes", places)
    tensors.writer.operator("MEAN", [held.name, constant], made, "ReducerOptions", keepDims=keep)


def _reshape(node: onnx.NodeProto, tensors: Tensors) -> None:
    """Flatten, Reshape, Squeeze, Unsqueeze: ONNX's order of values decides, so the axes are read in it."""
    value, target = node.input[0], node.output[0]
    held, plain = tensors.stored[value], tuple(range(len(tensors.shapes[value])))
    source = held.name if tensors.same_in_memory(value, plain) else tensors.read(value)
    made = tensors.place(target, tuple(range(len(tensors.shapes[target]))))
    tensors.reshape(source, made)


def _transpose(node: onnx.NodeProto, tensors: Tensors) -> None:
    """Nothing is computed: the same tensor is read as having its axes in another order."""
    value, target = node.input[0], node.output[0]
    held = tensors.stored[value]
    order = attributes(node).get("perm") or list(range(len(tensors.shapes[value])))[::-1]
    moved = tuple(None if axis is None else order.index(axis) for axis in held.axes)
    tensors.stored[target] = Stored(held.name, moved)


def _concatenation(node: onnx.NodeProto, tensors: Tensors) -> None:
    axes = tensors.stored[node.input[0]].axes
    axis = attributes(node)["axis"] % len(tensors.shapes[node.input[0]])
    inputs = [tensors.read(name, axes) for name in node.input]
    made = tensors.place(node.output[0], axes)
    tensors.writer.operator(
        "CONCATENATION",
        inputs,
        made,
        "ConcatenationOptions",
        axis=axes.index(axis),
        fusedActivationFunction=0,
    )


RULES: dict[str, Rule] = {
    "Add": _elementwise, "Sub": _elementwise, "Mul": _elementwise, "Div": _elementwise,
    "AveragePool": average_pool, "MaxPool": max_pool, "Conv": _convolution, "Pad": pad,
    "GlobalAveragePool": _mean, "ReduceMean": _mean,
    "Clip": _standalone_activation, "Relu": _standalone_activation,
    "Concat": _concatenation, "Gemm": _dense, "MatMul": _dense, "Softmax": _softmax,
    "Flatten": _reshape, "Reshape": _reshape, "Squeeze": _reshape, "Unsqueeze": _reshape,
    "Sigmoid": _same_form("LOGISTIC"), "Tanh": _same_form("TANH"), "Transpose": _transpose,
    "HardSigmoid": _hard_sigmoid, "HardSwish": _same_form("HARD_SWISH"),
}  # fmt: skip
