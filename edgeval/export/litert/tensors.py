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
NTC = (0, None, 2, 1)  # one axis of time as TFLite's windows need it: an image of height 1
Axes = tuple[int | None, ...]


@dataclass(frozen=True)
class Stored:
    """A TFLite tensor that holds an ONNX value; `axes[k]` is the ONNX axis that is stored at place k, None where that
    place is an axis of length 1 that the ONNX value does not have."""

    name: str
    axes: Axes


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

    def place(self, value: str, axes: Axes, name: str | None = None) -> str:
        """A new TFLite tensor for an ONNX value stored in the order `axes`; returns its name."""
        shape = self.shapes[value]
        stored = tuple(1 if axis is None else shape[axis] for axis in axes)
        made = self.writer.activation(name or value, stored, value)
        if name is None:
            self.stored[value] = Stored(made, axes)
        return made

    def read(self, value: str, axes: Axes | None = None) -> str:
        """The TFLite tensor of a computed ONNX value in the order `axes` (default: ONNX's own), transposed if it is
        stored in another."""
        held = self.stored[value]
        axes = tuple(range(len(self.shapes[value]))) if axes is None else axes
        if held.axes == axes:
            return held.name
        if self.same_in_memory(value, axes):
            return self._reshaped(value, axes)
        if None in axes or None in held.axes:
            return self._reshaped_and_transposed(value, held, axes)
        name = _named(value, axes)
        if name not in self.writer.tensors:
            self._transpose(held, self.place(value, axes, name), axes)
        return name

    def same_in_memory(self, value: str, axes: Axes) -> bool:
        """Whether the stored bytes are those of the order `axes`: only axes of length 1 change place."""
        shape = self.shapes[value]
        long = [
            [axis for axis in order if axis is not None and shape[axis] > 1]
            for order in (self.stored[value].axes, axes)
        ]
        return long[0] == long[1]

    def _reshaped_and_transposed(self, value: str, held: Stored, axes: Axes) -> str:
        """By way of tensors that have the ONNX value's axes alone."""
        real = tuple(axis for axis in axes if axis is not None)
        before = tuple(axis for axis in held.axes if axis is not None)
        plain, name = Stored(self.read(value, before), before), _named(value, real)
        if name not in self.writer.tensors:
            self._transpose(plain, self.place(value, real, name), real)
        if real == axes:
            return name
        target = _named(value, axes)
        if target not in self.writer.tensors:
            self.reshape(name, self.place(value, axes, target))
        return target

    def _transpose(self, held: Stored, made: str, axes: Axes) -> None:
        order = np.array([held.axes.index(axis) for axis in axes], np.int32)
        permutation = self.writer.constant(f"{made}_perm", order)
        self.writer.operator("TRANSPOSE", [held.name, permutation], made, "TransposeOptions")

    def _reshaped(self, value: str, axes: Axes) -> str:
        name = _named(value, axes)
        if name not in self.writer.tensors:
            self.reshape(self.stored[value].name, self.place(value, axes, name))
        return name

    def reshape(self, source: str, target: str) -> None:
        """RESHAPE to the shape of the TFLite tensor `target`."""
        shape = np.array(self.writer.tensors[target].shape, np.int32)
        constant = self.writer.constant(f"{target}_shape", shape)
        self.writer.operator("RESHAPE", [source, constant], target, "ReshapeOptions", newShape=shape.tolist())


def _named(value: str, axes: Axes) -> str:
    return f"{value}_{''.join('x' if axis is None else str(axis) for axis in axes)}"


def attributes(node: onnx.NodeProto) -> dict[str, Any]:
    """A node's attributes as Python values; text as str."""
    from onnx import helper

    values = {item.name: helper.get_attribute_value(item) for item in node.attribute}
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in values.items()}
