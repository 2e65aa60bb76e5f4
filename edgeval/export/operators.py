"""The operators that the device's built-in engine runs, the one list of them on the host's side."""

from __future__ import annotations

from collections import Counter

from edgeval.errors import ModelError
from edgeval.runtimes.tflite_file import TfliteInfo

SUPPORTED = frozenset(
    {
        "ADD",
        "AVERAGE_POOL_2D",
        "BATCH_MATMUL",
        "CONCATENATION",
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "DEQUANTIZE",
        "EXPAND_DIMS",
        "FULLY_CONNECTED",
        "GATHER",
        "HARD_SWISH",
        "LEAKY_RELU",
        "LOGISTIC",
        "LOG_SOFTMAX",
        "MAXIMUM",
        "MAX_POOL_2D",
        "MEAN",
        "MINIMUM",
        "MUL",
        "PACK",
        "PAD",
        "PADV2",
        "PRELU",
        "QUANTIZE",
        "RELU",
        "RELU6",
        "RESHAPE",
        "RESIZE_NEAREST_NEIGHBOR",
        "SLICE",
        "SOFTMAX",
        "SPLIT",
        "SPLIT_V",
        "SQUEEZE",
        "STRIDED_SLICE",
        "SUB",
        "SUM",
        "SVDF",
        "TANH",
        "TRANSPOSE",
        "TRANSPOSE_CONV",
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        "UNPACK",
    }
)
CONSTANT_DTYPES = ("int8", "int32")  # weights; biases, shapes and axes


def check_operators(info: TfliteInfo, where: str) -> dict[str, int]:
    """How often each operator occurs, in order of first use.

    Raises ModelError where the device engine lacks one of them, a tensor is not int8, or a shape is not fixed.
    """
    counts = Counter(operator.name for operator in info.operators)
    lacking = [name for name in counts if name not in SUPPORTED]
    if lacking:
        raise ModelError(
            f"{where} needs {', '.join(lacking)}, which the device engine does not have; replace these layers "
            f"(it has {', '.join(sorted(SUPPORTED))})"
        )
    for tensor in info.tensors:
        allowed = CONSTANT_DTYPES if tensor.constant else ("int8",)
        if tensor.dtype not in allowed:
            raise ModelError(
                f"{where} has the {tensor.dtype} tensor '{tensor.name}', expected {' or '.join(allowed)}; "
                "a layer of it cannot be quantized to int8"
            )
    return dict(counts)
