"""ONNX values as TFLite tensors: what is constant, and in which order the axes are stored."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeval.errors import ModelError
from edgeval.export.litert.ranges import TensorRanges
from edgeval.export.litert.writer import Writer

if TYPE_CHECKING:
    import onnx

NHWC = (0, 2, 3, 1)


@dataclass(frozen=True)
class Stored:
    """A TFLite tensor that holds an ONNX value; `axes[k]` is the ONNX axis that is stored at place k."""

    name: str
    axes: tuple[int, ...]


class Tensors:
    """The values of one graph as they are stored so far, and what is known of them."""

    def __init__(self, graph: onnx.GraphProto, seen: TensorRanges, writer: Writer) -> None:
        from onnx import numpy_helper

        self.constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant":
                self.constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
        self.shapes, self.ranges, self.writer = seen.shapes, seen.ranges, writer
        self.stored: dict[str, Stored] = {}
        self.activations: dict[str, int] = {}  # output name -> fused ActivationFunctionType
        self._graph = graph

    @cached_property
    def uses(self) -> Counter[str]:
        """How often each value is read, the graph's output included."""
        read = [name for node in self._graph.node for name in node.input if name]
        return Counter([*read, *(value.name for value in self._graph.output)])

    def constant(self, name: str, kind: str) -> np.ndarray:
        """The content of a constant input; ModelError where it is computed."""
        if name not in self.constants:
            raise ModelError(
                f"has a {kind} whose '{name}' is computed, not constant; try --backend tensorflow"
            )
        return self.constants[name]

    def place(self, value: str, axes: tuple[int, ...], name: str | None = None) -> str:
        """A new TFLite tensor for an ONNX value stored in the order `axes`; returns its name."""
        shape = self.shapes[value]
        made = self.writer.activation(name or value, tuple(shape[axis] for axis in axes), value)
        if name is None:
            self.stored[value] = Stored(made, axes)
        return made

    def read(self, value: str, axes: tuple[int, ...] | None = None) -> str:
        """The TFLite tensor of a computed ONNX value in the order `axes` (default: ONNX's own), transposed if it is
        stored in another."""
        held = self.stored[value]
        axes = tuple(range(len(held.axes))) if axes is None else axes
        if held.axes == axes:
            return held.name
        if self.same_in_memory(value, axes):
            return self._reshaped(value, axes)
        name = f"{value}_{''.join(map(str, axes))}"
        if name not in self.writer.tensors:
            order = np.array([held.axes.index(axis) for axis in axes], np.int32)
            made = self.place(value, axes, name)
            permutation = self.writer.constant(f"{name}_perm", order)
            self.writer.operator("TRANSPOSE", [held.name, permutation], made, "TransposeOptions")
        return name

    def same_in_memory(self, value: str, axes: tuple[int, ...]) -> bool:
        """Whether the stored bytes are those of the order `axes`: only axes of length 1 change place."""
        shape = self.shapes[value]
        long = [[axis for axis in order if shape[axis] > 1] for order in (self.stored[value].axes, axes)]
        return long[0] == long[1]

    def _reshaped(self, value: str, axes: tuple[int, ...]) -> str:
        name = f"{value}_{''.join(map(str, axes))}"
        if name not in self.writer.tensors:
            self.reshape(self.stored[value].name, self.place(value, axes, name))
        return name

    def reshape(self, source: str, target: str) -> None:
        """RESHAPE to the shape of the TFLite tensor `target`."""
        shape = np.array(self.writer.tensors[target].shape, np.int32)
        constant = self.writer.constant(f"{target}_shape", shape)
        self.writer.operator("RESHAPE", [source, constant], target, "ReshapeOptions", newShape=shape.tolist())


def attributes(node: onnx.NodeProto) -> dict[str, Any]:
    """A node's attributes as Python values; text as str."""
    from onnx import helper

    values = {item.name: helper.get_attribute_value(item) for item in node.attribute}
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in values.items()}
