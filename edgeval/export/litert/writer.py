"""A float TFLite model in the making, written with the schema that ai-edge-litert ships."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

DTYPES = {"float32": 0, "int32": 2}
VERSION = 3  # of the schema


@dataclass
class _Tensor:
    shape: tuple[int, ...]
    values: np.ndarray | None = None


@dataclass
class _Operator:
    code: str
    inputs: list[str]
    output: str
    options: str | None
    fields: dict[str, Any]


@dataclass
class Writer:
    """Tensors and operators by name, in the order they were added. `ranges_of` names the tensor whose range
    another one has."""

    tensors: dict[str, _Tensor] = field(default_factory=dict)
    operators: list[_Operator] = field(default_factory=list)
    ranges_of: dict[str, str] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)

    def activation(self, name: str, shape: tuple[int, ...], range_of: str) -> str:
        """A tensor that is fed or computed, with the range of the ONNX tensor `range_of`."""
        self.tensors[name], self.ranges_of[name] = _Tensor(shape), range_of
        return name

    def constant(self, name: str, values: np.ndarray) -> str:
        """A float32 or int32 tensor with content; a name that is taken gets a number."""
        chosen, number = name, 1
        while chosen in self.tensors:
            chosen, number = f"{name}_{number}", number + 1
        self.tensors[chosen] = _Tensor(values.shape, np.ascontiguousarray(values))
        return chosen

    def operator(
        self, code: str, inputs: list[str], output: str, options: str | None = None, **fields: Any
    ) -> str:
        """Append an operator; `options` names the table of its options, `fields` are that table's."""
        self.operators.append(_Operator(code, inputs, output, options, fields))
        return output

    def activation_ranges(
        self, ranges: dict[str, tuple[float, float]]
    ) -> Iterator[tuple[str, tuple[int, ...], tuple[float, float]]]:
        """Name, shape of the ranges and (smallest, largest) of every activation."""
        for name, source in self.ranges_of.items():
            yield name, (1,) * len(self.tensors[name].shape), ranges[source]

    def build(self) -> bytes:
        """The file's bytes."""
        import flatbuffers
        from ai_edge_litert import schema_py_generated as schema

        model, graph, empty = schema.ModelT(), schema.SubGraphT(), schema.BufferT()
        model.version, model.description, model.buffers = VERSION, "edgeval", [empty]
        names = list(self.tensors)
        graph.name = "main"
        graph.tensors = [self._tensor(schema, name, model.buffers) for name in names]
        codes = list(dict.fromkeys(operator.code for operator in self.operators))
        model.operatorCodes = [self._code(schema, code) for code in codes]
        graph.operators = [self._operator(schema, operator, names, codes) for operator in self.operators]
        graph.inputs, graph.outputs = (
            [names.index(n) for n in self.inputs],
            [names.index(n) for n in self.outputs],
        )
        model.subgraphs = [graph]
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def _tensor(self, schema: Any, name: str, buffers: list[Any]) -> Any:
        made, content = schema.TensorT(), self.tensors[name]
        made.name, made.shape, made.buffer = name, list(content.shape), 0
        made.type = DTYPES["float32" if content.values is None else content.values.dtype.name]
        if content.values is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(content.values.tobytes(), np.uint8)
            made.buffer = len(buffers)
            buffers.append(buffer)
        return made

    def _code(self, schema: Any, code: str) -> Any:
        made, number = schema.OperatorCodeT(), getattr(schema.BuiltinOperator, code)
        made.deprecatedBuiltinCode, made.builtinCode, made.version = min(number, 127), number, 1
        return made

    def _operator(self, schema: Any, operator: _Operator, names: list[str], codes: list[str]) -> Any:
        made = schema.OperatorT()
        made.opcodeIndex = codes.index(operator.code)
        made.inputs, made.outputs = [names.index(n) for n in operator.inputs], [names.index(operator.output)]
        if operator.options is not None:
            made.builtinOptionsType = getattr(schema.BuiltinOptions, operator.options)
            made.builtinOptions = getattr(schema, f"{operator.options}T")()
            for name, value in operator.fields.items():
                setattr(made.builtinOptions, name, value)
        return made
