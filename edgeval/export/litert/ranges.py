"""What each tensor of a simplified graph holds: its shape, and its smallest and largest value over the images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import onnx

LOW, HIGH, SHAPE = "__low", "__high", "__shape"


@dataclass(frozen=True)
class TensorRanges:
    """By tensor name: ONNX shape with batch 1, and the (smallest, largest) value seen."""

    shapes: dict[str, tuple[int, ...]]
    ranges: dict[str, tuple[float, float]]


def tensor_ranges(model: onnx.ModelProto, images: np.ndarray) -> TensorRanges:
    """Run float32 images (n, ...) one by one; the range of every computed float tensor and of the input.

    The graph itself computes the smallest and largest values, so that no activations are copied.
    """
    import onnxruntime

    names = [name for node in model.graph.node for name in node.output if name and node.op_type != "Constant"]
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        _watched(model, names).SerializeToString(), options, ["CPUExecutionProvider"]
    )
    fed = session.get_inputs()[0].name
    ends = [f"{name}{end}" for end in (LOW, HIGH) for name in names]
    sizes = session.run([f"{name}{SHAPE}" for name in names], {fed: np.ascontiguousarray(images[:1])})
    seen = np.array([session.run(ends, {fed: np.ascontiguousarray(image[np.newaxis])}) for image in images])
    lowest, highest = seen[:, : len(names)].min(axis=0), seen[:, len(names) :].max(axis=0)
    shapes = {name: tuple(map(int, size)) for name, size in zip(names, sizes, strict=True)}
    ranges = {name: (float(low), float(high)) for name, low, high in zip(names, lowest, highest, strict=True)}
    shapes[fed], ranges[fed] = (1, *images.shape[1:]), (float(images.min()), float(images.max()))
    return TensorRanges(shapes, ranges)


def _watched(model: onnx.ModelProto, names: list[str]) -> onnx.ModelProto:
    """A copy whose outputs are the smallest value, the largest value and the shape of each of `names`."""
    import onnx

    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    graph = watched.graph
    del graph.output[:]
    for name in names:
        for kind, end in (("ReduceMin", LOW), ("ReduceMax", HIGH)):
            graph.node.append(onnx.helper.make_node(kind, [name], [f"{name}{end}"], keepdims=0))
            graph.output.append(
                onnx.helper.make_tensor_value_info(f"{name}{end}", onnx.TensorProto.FLOAT, [])
            )
        graph.node.append(onnx.helper.make_node("Shape", [name], [f"{name}{SHAPE}"]))
        graph.output.append(
            onnx.helper.make_tensor_value_info(f"{name}{SHAPE}", onnx.TensorProto.INT64, None)
        )
    return watched
