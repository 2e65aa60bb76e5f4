"""Batch normalization of vectors, as part of the dense layer in front of it or behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edgeval.export.affine import batch_norm_affine, constants_of, drop_unused, uses_of

if TYPE_CHECKING:
    import onnx


def batch_norm_into_dense(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with each BatchNormalization next to a Gemm of constant weights made part of it.

    onnxruntime does this for convolutions alone. Changed in place and returned; values change by float32 rounding.
    """
    graph = model.graph
    constants, uses = constants_of(graph), uses_of(graph)
    makers = {name: node for node in graph.node for name in node.output}
    for node in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        affine = batch_norm_affine(node, constants)
        before = makers.get(node.input[0])
        after = [reader for reader in graph.node if node.output[0] in reader.input]
        if affine is None:
            continue
        if before is not None and _is_dense(before, constants) and uses[node.input[0]] == 1:
            _scale_outputs(graph, before, affine.scale, affine.offset, constants)
            _rewire(graph, node.output[0], before.output[0])
        elif len(after) == 1 and uses[node.output[0]] == 1 and _is_dense(after[0], constants):
            _scale_inputs(graph, after[0], affine.scale, affine.offset, constants)
            after[0].input[0] = node.input[0]
    drop_unused(graph)
    return model


def _is_dense(node: onnx.NodeProto, constants: dict[str, np.ndarray]) -> bool:
    if node.op_type != "Gemm" or node.input[1] not in constants:
        return False
    plain = all(item.f == 1.0 for item in node.attribute if item.name in ("alpha", "beta"))
    untransposed = all(not item.i for item in node.attribute if item.name == "transA")
    return plain and untransposed and (len(node.input) < 3 or node.input[2] in constants)


def _scale_outputs(
    graph: onnx.GraphProto,
    node: onnx.NodeProto,
    scale: np.ndarray,
    offset: np.ndarray,
    constants: dict[str, np.ndarray],
) -> None:
    weights, bias = _dense(node, constants)
    _replace(graph, node, weights * scale[:, np.newaxis], bias * scale + offset, constants)


def _scale_inputs(
    graph: onnx.GraphProto,
    node: onnx.NodeProto,
    scale: np.ndarray,
    offset: np.ndarray,
    constants: dict[str, np.ndarray],
) -> None:
    weights, bias = _dense(node, constants)
    _replace(graph, node, weights * scale, bias + weights @ offset, constants)


def _dense(node: onnx.NodeProto, constants: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Weights float64 (outputs, inputs) and bias float64 (outputs,)."""
    transposed = any(item.name == "transB" and item.i for item in node.attribute)
    weights = constants[node.input[1]].astype(np.float64)
    weights = weights if transposed else weights.T
    bias = constants[node.input[2]].astype(np.float64).reshape(-1) if len(node.input) > 2 else np.zeros(1)
    return weights, np.broadcast_to(bias, len(weights))


def _replace(
    graph: onnx.GraphProto,
    node: onnx.NodeProto,
    weights: np.ndarray,
    bias: np.ndarray,
    constants: dict[str, np.ndarray],
) -> None:
    from onnx import helper, numpy_helper

    names = []
    for suffix, values in (("weight", weights), ("bias", bias)):
        names.append(f"{node.output[0]}_normed_{suffix}")
        while names[-1] in constants:
            names[-1] += "_again"  # a batch normalization on both sides
        constants[names[-1]] = values.astype(np.float32)
        graph.initializer.append(numpy_helper.from_array(constants[names[-1]], names[-1]))
    made = helper.make_node("Gemm", [node.input[0], *names], list(node.output), node.name, transB=1)
    node.CopyFrom(made)


def _rewire(graph: onnx.GraphProto, gone: str, kept: str) -> None:
    """Let the dense layer give the value that the normalization gave."""
    for node in graph.node:
        if node.op_type == "BatchNormalization" and node.output[0] == gone:
            node.output[0] = f"{gone}_folded"
        elif kept in node.output:
            node.output[0] = gone
