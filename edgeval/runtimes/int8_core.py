"""The int8 core of a model whose input or output is float32 or uint8.

Converters leave such edges where the caller asked for them: a QUANTIZE after the input, a DEQUANTIZE or QUANTIZE before
the output. What they do is what every int8 stage of edgeval does with pixels and scores anyway, so the operators are
left out and the tensors behind them become input and output. Only fields of the subgraph change, as in
edgeval.localise.cut.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from edgeval.errors import ModelError
from edgeval.flatbuffer import external_buffers
from edgeval.runtimes.tflite_file import Operator, TfliteInfo, inspect, read_file, read_tflite

# Offsets in the vtable of table SubGraph of TensorFlow Lite's schema, version 3.
INPUTS, OUTPUTS, OPERATORS = 6, 8, 10
EDGES = ("float32", "uint8")


def read_int8(path: Path) -> bytes:
    """The bytes of a model file, constants inside (`read_tflite`), edges left out (`int8_core`)."""
    return int8_core(read_tflite(path), str(path))


def int8_core(data: bytes, where: str = "the model") -> bytes:
    """The model without the conversions at its one input and one output; the same bytes where it has none.

    Raises ModelError for a damaged file, and for an edge that is more than a shift of uint8 to int8.
    """
    info = inspect(data, where)
    if len(info.inputs) != 1 or len(info.outputs) != 1:
        return data
    first, last = _first(info), _last(info)
    if first is None and last is None:
        return data
    for operator in (first, last):
        if operator is not None:
            _check_shift(info, operator, where)
    inputs = info.inputs if first is None else first.outputs
    outputs = info.outputs if last is None else last.inputs[:1]
    keep = [index for index, operator in enumerate(info.operators) if operator not in (first, last)]
    return _rewired(data, inputs, outputs, keep)


def taken_type(path: Path) -> str:
    """The type that the file's own input has: int8, or uint8 or float32 around an int8 core."""
    info = inspect(read_tflite(path), str(path))
    return info.tensors[info.inputs[0]].dtype


def told(path: Path) -> tuple[str, ...]:
    """What a reader of a report must know of how a model file was run; a sentence each."""
    data = read_file(path)
    sentences = []
    if external := external_buffers(data, str(path)):
        size = sum(buffer.size for buffer in external)
        sentences.append(
            f"{path.name} keeps {size:,} bytes of constants behind its flatbuffer, which TensorFlow Lite Micro "
            "cannot read; every stage ran a copy with them inside, so ship such a copy"
        )
    whole = read_tflite(path)
    if int8_core(whole, str(path)) != whole:
        info = inspect(whole)
        kinds = (info.tensors[info.inputs[0]].dtype, info.tensors[info.outputs[0]].dtype)
        sentences.append(
            f"{path.name} takes {kinds[0]} and yields {kinds[1]} around an int8 core; the stages ran the core, and the "
            "conversions at its edges were done outside"
        )
    return tuple(sentences)


def _first(info: TfliteInfo) -> Operator | None:
    """The QUANTIZE that alone reads the input and makes it int8."""
    users = [operator for operator in info.operators if info.inputs[0] in operator.inputs]
    found = len(users) == 1 and users[0].name == "QUANTIZE"
    return users[0] if found and _types(info, users[0]) in [(kind, "int8") for kind in EDGES] else None


def _last(info: TfliteInfo) -> Operator | None:
    """The DEQUANTIZE or QUANTIZE that makes the output of an int8 tensor that is not the input itself."""
    makers = [operator for operator in info.operators if info.outputs[0] in operator.outputs]
    found = len(makers) == 1 and makers[0].name in ("DEQUANTIZE", "QUANTIZE")
    if not found or any(info.outputs[0] in operator.inputs for operator in info.operators):
        return None
    source = makers[0].inputs[0]
    computed = any(source in operator.outputs and operator.name != "QUANTIZE" for operator in info.operators)
    return makers[0] if computed and _types(info, makers[0]) in [("int8", kind) for kind in EDGES] else None


def _types(info: TfliteInfo, operator: Operator) -> tuple[str, str]:
    return info.tensors[operator.inputs[0]].dtype, info.tensors[operator.outputs[0]].dtype


def _check_shift(info: TfliteInfo, operator: Operator, where: str) -> None:
    before, after = info.tensors[operator.inputs[0]], info.tensors[operator.outputs[0]]
    if "float32" in (before.dtype, after.dtype):
        return
    if before.scale != after.scale or abs(before.zero_point - after.zero_point) != 128:
        raise ModelError(
            f"{where}: QUANTIZE from {before.dtype} to {after.dtype} also changes the scale ({before.scale:.6g} to "
            f"{after.scale:.6g}), which loses steps; convert the model with int8 input and output"
        )


def _rewired(data: bytes, inputs: tuple[int, ...], outputs: tuple[int, ...], keep: list[int]) -> bytes:
    from tflite.Model import Model

    graph: Any = Model.GetRootAs(data).Subgraphs(0)._tab
    offsets = [graph.Offset(slot) for slot in (INPUTS, OUTPUTS, OPERATORS)]
    if 0 in offsets or len(set(offsets)) < len(offsets):
        raise ModelError("the model's subgraph is damaged: its lists overlap; copy or export it again")
    file = bytearray(data) + bytes(-len(data) % 4)
    for offset, tensors in zip(offsets, (inputs, outputs), strict=False):
        struct.pack_into("<I", file, graph.Pos + offset, len(file) - graph.Pos - offset)
        file += struct.pack(f"<{len(tensors) + 1}i", len(tensors), *tensors)
    vector = graph.Vector(offsets[2])
    for place, index in enumerate(keep):  # an offset counts from its own place
        (offset,) = struct.unpack_from("<I", data, vector + 4 * index)
        struct.pack_into("<I", file, vector + 4 * place, offset + 4 * (index - place))
    struct.pack_into("<I", file, vector - 4, len(keep))
    return bytes(file)
