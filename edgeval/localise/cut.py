"""One operator of a .tflite file as a model of its own.

The file stays as it is, constants and all; only three fields of the subgraph change: its inputs, its outputs and
its list of operators. So no table has to be understood or written again, and what the operator reads is what it
reads in the whole model.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from edgeval.errors import ModelError
from edgeval.runtimes.tflite_file import TfliteInfo, inspect

# Offsets in the vtable of table SubGraph of TensorFlow Lite's schema, version 3.
INPUTS, OUTPUTS, OPERATORS = 6, 8, 10


@dataclass(frozen=True)
class Cut:
    """`model` takes the computed tensors `inputs` in this order and yields `outputs`; both name tensors by their
    position in TfliteInfo.tensors."""

    model: bytes
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def cut(model: bytes, index: int, info: TfliteInfo | None = None) -> Cut:
    """The model that consists of operator `index` alone; `info` is inspect(model) where it is known.

    Raises ModelError for a damaged file and for an operator that does not exist.
    """
    info = info or inspect(model)
    if not 0 <= index < len(info.operators):
        raise ModelError(f"the model has no operator {index}, its last is {len(info.operators) - 1}")
    operator = info.operators[index]
    computed = [tensor for tensor in operator.inputs if tensor >= 0 and not info.tensors[tensor].constant]
    inputs = tuple(dict.fromkeys(computed))  # ADD(x, x) reads one tensor twice
    file = bytearray(model) + bytes(-len(model) % 4)
    graph = _subgraph(model)
    offsets = [graph.Offset(slot) for slot in (INPUTS, OUTPUTS, OPERATORS)]
    if 0 in offsets or len(set(offsets)) < len(offsets):
        raise ModelError("the model's subgraph is damaged: its lists overlap; copy or export it again")
    _append_vector(file, graph.Pos + offsets[0], inputs)
    _append_vector(file, graph.Pos + offsets[1], operator.outputs)
    _keep_one(file, graph.Vector(offsets[2]), index)
    return Cut(bytes(file), inputs, operator.outputs)


def _subgraph(model: bytes) -> Any:
    from tflite.Model import Model

    return Model.GetRootAs(model).Subgraphs(0)._tab


def _append_vector(file: bytearray, field: int, values: tuple[int, ...]) -> None:
    """Let the field at `field` point to a new vector of int32 at the end of the file."""
    struct.pack_into("<I", file, field, len(file) - field)
    file += struct.pack(f"<{len(values) + 1}i", len(values), *values)


def _keep_one(file: bytearray, vector: int, index: int) -> None:
    """Shorten the vector of tables at `vector` to its element `index`; offsets count from their own place."""
    element = vector + 4 * index
    (offset,) = struct.unpack_from("<I", file, element)
    struct.pack_into("<I", file, vector - 4, 1)
    struct.pack_into("<I", file, vector, element + offset - vector)
