"""What a .tflite file holds, read without any interpreter: tensors, operators, quantization.

The schema's accessors come from the `tflite` package. They trust the file, so every length is checked against
the file's size first and whatever they raise on a damaged offset becomes one ModelError.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from edgeval.errors import ModelError
from edgeval.flatbuffer import external_buffers, inlined
from edgeval.inputs import read_input

IDENTIFIER = b"TFL3"
SCHEMA_VERSION = 3
MAX_NAMED = 4  # subgraphs in a message
MAX_ELEMENTS = 2**31  # a tensor of more cannot be meant for a microcontroller
ITEM_BYTES = {
    "float32": 4,
    "float16": 2,
    "int32": 4,
    "uint8": 1,
    "int64": 8,
    "bool": 1,
    "int16": 2,
    "int8": 1,
}


@dataclass(frozen=True)
class Tensor:
    """`scale` and `zero_point` are those of the first channel, 0 where the tensor is not quantized;
    `channels` counts the scales; `constant` tensors have their data in the file; `variable` ones keep their content
    from one inference to the next."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    scale: float
    zero_point: int
    channels: int
    constant: bool
    variable: bool = False


@dataclass(frozen=True)
class Operator:
    """`inputs` and `outputs` are positions in TfliteInfo.tensors; -1 is an optional input that is absent."""

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class TfliteInfo:
    """The one subgraph of a model; `inputs` and `outputs` are positions in `tensors`."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Classifier:
    """An int8 classifier: input_shape of one sample, (height, width, channels), (time, channels) or (features,)."""

    input_shape: tuple[int, ...]
    input_scale: float
    input_zero_point: int
    classes: int
    output_scale: float
    output_zero_point: int
    ends_in_softmax: bool


def read_tflite(path: Path) -> bytes:
    """The bytes of a model file, with all its constants inside the flatbuffer (edgeval.flatbuffer).

    Raises ModelError where it cannot be read, or where constants behind the flatbuffer lie outside the file.
    """
    data = read_file(path)
    return inlined(data, str(path)) if data[4:8] == IDENTIFIER else data


def read_file(path: Path) -> bytes:
    """The bytes of a model file as they are; ModelError where it cannot be read."""
    try:
        return read_input(path)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}; check the path") from error


def inspect(data: bytes, where: str = "the model") -> TfliteInfo:
    """Read the structure of a .tflite file.

    Raises ModelError, with `where` in front, for a file that is truncated, damaged or has several subgraphs.
    """
    if len(data) < 8 or data[4:8] != IDENTIFIER:
        raise ModelError(f"{where} is not a .tflite file (no {IDENTIFIER.decode()} at byte 4); give one")
    try:
        return _Reader(data, where).read()
    except (struct.error, ValueError, TypeError, IndexError, OverflowError) as error:
        cause = " ".join(str(error).split())
        raise ModelError(f"{where} is truncated or damaged ({cause}); copy or export it again") from error


def classifier(data: bytes, where: str = "the model") -> Classifier:
    """The form of a full-int8 classifier with fixed shapes and batch 1.

    Raises ModelError where the file is damaged or is something else, or keeps a state: its answer to a sample would
    depend on the samples before it.
    """
    info = inspect(data, where)
    states = [tensor.name for tensor in info.tensors if tensor.variable]
    if states:
        raise ModelError(
            f"{where} keeps a state between inferences ({', '.join(states[:MAX_NAMED])}), so its answers depend on the "
            "order of the samples; edgeval profile runs it, a comparison needs a model without variable tensors"
        )
    if len(info.inputs) != 1 or len(info.outputs) != 1:
        raise ModelError(
            f"{where} has {len(info.inputs)} inputs and {len(info.outputs)} outputs; one of each is needed: "
            "return one output, the scores, and export it again"
        )
    image, scores = info.tensors[info.inputs[0]], info.tensors[info.outputs[0]]
    for tensor, kind in ((image, "input"), (scores, "output")):
        if tensor.dtype != "int8" or tensor.scale <= 0:
            raise ModelError(
                f"{where} has a {tensor.dtype} {kind} '{tensor.name}', expected int8; "
                "convert it with full int8 quantization (edgeval export --int8)"
            )
    if not 2 <= len(image.shape) <= 4 or image.shape[0] != 1:
        raise ModelError(
            f"{where} takes {image.shape}, expected one sample of one to three dimensions: (1, height, width, "
            "channels), (1, time, channels) or (1, features)"
        )
    classes = int(np.prod(scores.shape))
    if scores.shape[-1:] != (classes,):
        raise ModelError(f"{where} yields {scores.shape}, expected (1, classes)")
    last = next((op.name for op in reversed(info.operators) if info.outputs[0] in op.outputs), "")
    return Classifier(
        image.shape[1:], image.scale, image.zero_point,
        classes, scores.scale, scores.zero_point, last == "SOFTMAX",
    )  # fmt: skip


class _Reader:
    """Walks the flatbuffer; raises ValueError and what the accessors raise on a bad offset."""

    def __init__(self, data: bytes, where: str) -> None:
        from tflite.Model import Model

        self._data, self._bytes, self._where = data, len(data), where
        self._model: Any = Model.GetRootAs(data)

    def read(self) -> TfliteInfo:
        if self._model.Version() != SCHEMA_VERSION:
            raise ValueError(f"schema version {self._model.Version()}, expected {SCHEMA_VERSION}")
        graph = self._subgraph()
        constant_bytes = self._constant_bytes()
        tensors = tuple(
            _tensor(tensor, constant_bytes)
            for tensor in self._tables(graph.TensorsLength(), graph.Tensors, "tensors")
        )
        names = self._operator_names()
        return TfliteInfo(
            tensors,
            tuple(
                _operator(operator, names, len(tensors))
                for operator in self._tables(graph.OperatorsLength(), graph.Operators, "operators")
            ),
            _indices(graph.InputsAsNumpy(), 0, len(tensors), "graph input"),
            _indices(graph.OutputsAsNumpy(), 0, len(tensors), "graph output"),
        )

    def _subgraph(self) -> Any:
        graphs = self._tables(self._model.SubgraphsLength(), self._model.Subgraphs, "subgraphs")
        if len(graphs) > 1:
            names = ", ".join((graph.Name() or b"?").decode() for graph in graphs[:MAX_NAMED])
            raise ModelError(
                f"{self._where} has {len(graphs)} subgraphs ({names}): a branch, a loop or several functions; "
                "convert the one that classifies alone"
            )
        if not graphs:
            raise ValueError("no subgraph")
        return graphs[0]

    def _tables(self, length: int, item: Any, kind: str) -> list[Any]:
        if length * 4 > self._bytes:
            raise ValueError(f"{length} {kind} in {self._bytes} bytes")
        return [item(index) for index in range(length)]

    def _constant_bytes(self) -> list[int]:
        buffers = self._tables(self._model.BuffersLength(), self._model.Buffers, "buffers")
        stored = [0 if buffer.DataIsNone() else len(buffer.DataAsNumpy()) for buffer in buffers]
        for external in external_buffers(self._data):
            stored[external.index] = external.size
        return stored

    def _operator_names(self) -> list[str]:
        codes = self._tables(self._model.OperatorCodesLength(), self._model.OperatorCodes, "operator codes")
        return [_operator_name(code) for code in codes]


def _operator_name(code: Any) -> str:
    from tflite.utils import BUILTIN_OPCODE2NAME

    # Files of before 2020 have the number in the byte-sized field alone; newer ones in both.
    number = max(code.DeprecatedBuiltinCode(), code.BuiltinCode())
    if number == 32:  # CUSTOM
        return f"CUSTOM {(code.CustomCode() or b'').decode()}".strip()
    return str(BUILTIN_OPCODE2NAME.get(number, f"OPERATOR_{number}"))


def _operator(operator: Any, names: list[str], tensors: int) -> Operator:
    index = operator.OpcodeIndex()
    if index >= len(names):
        raise ValueError(f"operator code {index} of {len(names)}")
    return Operator(
        names[index],
        _indices(operator.InputsAsNumpy(), -1, tensors, "operator input"),
        _indices(operator.OutputsAsNumpy(), 0, tensors, "operator output"),
    )


def _indices(values: Any, lowest: int, count: int, kind: str) -> tuple[int, ...]:
    array = np.atleast_1d(np.asarray(values)) if not isinstance(values, int) else np.empty(0, np.int32)
    if len(array) and not (lowest <= array.min() and array.max() < count):
        raise ValueError(f"{kind} outside the {count} tensors")
    return tuple(array.tolist())


def _tensor(tensor: Any, constant_bytes: list[int]) -> Tensor:
    dtype = _dtype(tensor.Type())
    shape = _shape(tensor)
    stored = constant_bytes[tensor.Buffer()]
    if stored and dtype in ITEM_BYTES and stored != int(np.prod(shape)) * ITEM_BYTES[dtype]:
        raise ValueError(f"{stored} bytes for a constant {dtype} {shape}")
    scales, zero_points = _quantization(tensor.Quantization())
    return Tensor(
        (tensor.Name() or b"").decode(), dtype, shape,
        float(scales[0]) if len(scales) else 0.0,
        int(zero_points[0]) if len(zero_points) else 0,
        len(scales), stored > 0, bool(tensor.IsVariable()),
    )  # fmt: skip


def _dtype(number: int) -> str:
    names = _dtypes()
    if number not in names:
        raise ValueError(f"tensor type {number}")
    return names[number]


@lru_cache(maxsize=1)
def _dtypes() -> dict[int, str]:
    from tflite.TensorType import TensorType

    return {value: name.lower() for name, value in vars(TensorType).items() if name.isupper()}


def _shape(tensor: Any) -> tuple[int, ...]:
    if tensor.ShapeIsNone():
        return ()
    shape = tuple(tensor.ShapeAsNumpy()[:9].tolist())
    if len(shape) > 8 or any(size < 0 for size in shape) or np.prod(shape, dtype=float) > MAX_ELEMENTS:
        raise ValueError(f"tensor shape {shape}")
    return shape


def _quantization(parameters: Any) -> tuple[np.ndarray, np.ndarray]:
    if parameters is None or parameters.ScaleIsNone() or parameters.ZeroPointIsNone():
        return np.empty(0, np.float32), np.empty(0, np.int64)
    scales, zero_points = parameters.ScaleAsNumpy(), parameters.ZeroPointAsNumpy()
    if len(scales) != len(zero_points) or not (np.isfinite(scales).all() and (scales >= 0).all()):
        raise ValueError("quantization scales are not positive numbers with a zero point each")
    return scales, zero_points
