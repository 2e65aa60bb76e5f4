"""What one operator of a .tflite file computes with: its constants, quantization and options.

Read with the accessors of the `tflite` package from a file that `runtimes.tflite_file.inspect` has checked.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeval.errors import ModelError
from edgeval.runtimes.tflite_file import ITEM_BYTES

OPTIONS = {
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
}
RELU, RELU_N1_TO_1, RELU6 = 1, 2, 3  # ActivationFunctionType


@dataclass(frozen=True)
class TensorData:
    """`scales` float32 (channels,); `values` are the constant's, None for a computed tensor."""

    shape: tuple[int, ...]
    scales: np.ndarray
    zero_point: int
    values: np.ndarray | None


@dataclass(frozen=True)
class OperatorData:
    """`options` gives the fields of the operator's table by their name in the schema, as methods."""

    name: str
    inputs: tuple[TensorData | None, ...]
    output: TensorData
    options: Any

    def window(self) -> tuple[tuple[int, int], tuple[int, int], bool]:
        """Stride and dilation (height, width), and whether the padding is SAME."""
        table = self.options
        strides = (table.StrideH(), table.StrideW())
        return strides, (table.DilationHFactor(), table.DilationWFactor()), table.Padding() == 0

    def range(self) -> tuple[int, int]:
        """The lowest and highest int8 output under the fused activation."""
        scale, zero_point = float(self.output.scales[0]), self.output.zero_point
        activation = self.options.FusedActivationFunction()
        low = {RELU: 0.0, RELU6: 0.0, RELU_N1_TO_1: -1.0}.get(activation)
        high = {RELU6: 6.0, RELU_N1_TO_1: 1.0}.get(activation)
        return (
            -128 if low is None else max(-128, zero_point + round(low / scale)),
            127 if high is None else min(127, zero_point + round(high / scale)),
        )


def read_operators(model: bytes) -> list[OperatorData]:
    """All operators of the one subgraph, in order; `options` is None for kinds that OPTIONS does not name.

    Raises ModelError where the file is damaged.
    """
    from tflite.Model import Model

    try:
        file: Any = Model.GetRootAs(model)
        graph = file.Subgraphs(0)
        return [_operator(file, graph, graph.Operators(index)) for index in range(graph.OperatorsLength())]
    except (struct.error, ValueError, TypeError, IndexError, AttributeError, OverflowError) as error:
        cause = " ".join(str(error).split())
        raise ModelError(f"the model's operators are damaged ({cause}); copy or export it again") from error


def _operator(file: Any, graph: Any, operator: Any) -> OperatorData:
    from tflite.utils import BUILTIN_OPCODE2NAME

    code = file.OperatorCodes(operator.OpcodeIndex())
    name = str(BUILTIN_OPCODE2NAME.get(max(code.DeprecatedBuiltinCode(), code.BuiltinCode()), ""))
    inputs = tuple(_tensor(file, graph, int(tensor)) for tensor in operator.InputsAsNumpy())
    return OperatorData(
        name, inputs, _known(_tensor(file, graph, operator.Outputs(0))), _options(operator, name)
    )


def _tensor(file: Any, graph: Any, index: int) -> TensorData | None:
    if index < 0:
        return None
    tensor = graph.Tensors(index)
    shape = tuple(tensor.ShapeAsNumpy().tolist()) if not tensor.ShapeIsNone() else ()
    scales, zero_points = _quantization(tensor.Quantization())
    return TensorData(
        shape, scales, zero_points, _values(file.Buffers(tensor.Buffer()), tensor.Type(), shape)
    )


def _known(tensor: TensorData | None) -> TensorData:
    assert tensor is not None  # an operator's outputs exist: inspect() has checked
    return tensor


def _quantization(parameters: Any) -> tuple[np.ndarray, int]:
    if parameters is None or parameters.ScaleIsNone() or parameters.ZeroPointIsNone():
        return np.empty(0, np.float32), 0
    return parameters.ScaleAsNumpy(), int(parameters.ZeroPoint(0))


def _values(buffer: Any, number: int, shape: tuple[int, ...]) -> np.ndarray | None:
    from tflite.TensorType import TensorType

    if buffer.DataIsNone() or not buffer.DataLength():
        return None
    dtype = next(name.lower() for name, value in vars(TensorType).items() if value == number)
    return buffer.DataAsNumpy().view(dtype).reshape(shape) if dtype in ITEM_BYTES else None


def _options(operator: Any, name: str) -> Any:
    import tflite

    if name not in OPTIONS:
        return None
    table, fields = operator.BuiltinOptions(), getattr(tflite, OPTIONS[name])()
    fields.Init(table.Bytes, table.Pos)
    return fields
