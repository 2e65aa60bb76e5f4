"""Writes small .tflite files, without a converter: tensors and operators straight into the flatbuffer."""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import flatbuffers
import numpy as np

SCHEMA_VERSION = 3
TENSOR_TYPES = {"float32": 0, "int32": 2, "uint8": 3, "int64": 4, "int16": 7, "int8": 9}


@cache
def schema() -> ModuleType:
    """TensorFlow's generated schema, loaded alone: importing tensorflow takes seconds."""
    if importlib.util.find_spec("ai_edge_litert.schema_py_generated") is not None:
        return importlib.import_module("ai_edge_litert.schema_py_generated")
    package = importlib.util.find_spec("tensorflow")
    assert package is not None and package.origin is not None
    path = Path(package.origin).parent / "lite" / "python" / "schema_py_generated.py"
    spec = importlib.util.spec_from_file_location("tflite_schema", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Model:
    """A model in the making. Tensors are named by their index. `dtype` is that of activations not said otherwise."""

    def __init__(self, dtype: str = "int8") -> None:
        self._dtype = dtype
        self._graph = schema().SubGraphT()
        self._graph.tensors, self._graph.operators = [], []
        self._codes: list[int] = []
        self._buffers = [schema().BufferT()]

    def activation(
        self, shape: tuple[int, ...], scale: float = 1.0, zero_point: int = 0, dtype: str = ""
    ) -> int:
        """A tensor that is computed or fed."""
        return self._tensor(shape, dtype or self._dtype, None, [scale], [zero_point], 0)

    def variable(self, shape: tuple[int, ...], scale: float, zero_point: int = 0, dtype: str = "int8") -> int:
        """A tensor that keeps its content from one inference to the next."""
        tensor = self.activation(shape, scale, zero_point, dtype)
        self._graph.tensors[tensor].isVariable = True
        return tensor

    def constant(
        self, values: np.ndarray, scales: list[float] | None = None, zero_point: int = 0, axis: int = 0
    ) -> int:
        """A tensor with content; several scales: one for each index along `axis`."""
        points = [zero_point] * len(scales or [])
        return self._tensor(values.shape, str(values.dtype), values, scales, points, axis)

    def without_scale(self, tensor: int) -> None:
        """Leave a tensor its zero point alone, as no converter does."""
        self._graph.tensors[tensor].quantization.scale = []

    def without_zero_point(self, tensor: int) -> None:
        """Leave a tensor its scale alone, which TensorFlow Lite refuses."""
        self._graph.tensors[tensor].quantization.zeroPoint = []

    def shape(self, tensor: int) -> tuple[int, ...]:
        return tuple(self._graph.tensors[tensor].shape)

    def dtype(self, tensor: int) -> str:
        return next(
            name for name, number in TENSOR_TYPES.items() if number == self._graph.tensors[tensor].type
        )

    def quantization(self, tensor: int) -> tuple[float, int]:
        """Scale and zero point."""
        form = self._graph.tensors[tensor].quantization
        return float(form.scale[0]), int(form.zeroPoint[0])

    def operator(
        self, name: str, inputs: list[int], outputs: list[int], options: str = "", **values: Any
    ) -> None:
        """Append an operator; `options` names the table of its options, `values` are the table's fields."""
        entry = schema().OperatorT()
        code = getattr(schema().BuiltinOperator, name)
        if code not in self._codes:
            self._codes.append(code)
        entry.opcodeIndex = self._codes.index(code)
        entry.inputs, entry.outputs = inputs, outputs
        if options:
            entry.builtinOptionsType = getattr(schema().BuiltinOptions, options)
            entry.builtinOptions = getattr(schema(), options + "T")()
            for field, value in values.items():
                assert hasattr(entry.builtinOptions, field), field
                setattr(entry.builtinOptions, field, value)
        self._graph.operators.append(entry)

    def build(self, inputs: list[int], outputs: list[int]) -> bytes:
        """The file's bytes."""
        model = schema().ModelT()
        self._graph.inputs, self._graph.outputs = inputs, outputs
        model.version, model.subgraphs, model.buffers = SCHEMA_VERSION, [self._graph], self._buffers
        model.operatorCodes = [self._code(code) for code in self._codes]
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def _code(self, code: int) -> Any:
        entry = schema().OperatorCodeT()
        entry.deprecatedBuiltinCode, entry.builtinCode, entry.version = min(code, 127), code, 1
        return entry

    def _tensor(
        self,
        shape: tuple[int, ...],
        dtype: str,
        values: np.ndarray | None,
        scales: list[float] | None,
        zero_points: list[int],
        axis: int,
    ) -> int:
        tensor = schema().TensorT()
        tensor.shape, tensor.type, tensor.name = (
            list(shape),
            TENSOR_TYPES[dtype],
            b"t%d" % len(self._graph.tensors),
        )
        if values is not None:
            buffer = schema().BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
            tensor.buffer = len(self._buffers)
            self._buffers.append(buffer)
        if scales is not None and dtype != "float32":
            tensor.quantization = schema().QuantizationParametersT()
            tensor.quantization.scale, tensor.quantization.zeroPoint = scales, zero_points
            tensor.quantization.quantizedDimension = axis
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1
