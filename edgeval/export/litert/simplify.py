"""An ONNX graph of the operators that matter: batch 1, constants folded, batch normalization fused."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from edgeval.errors import ModelError
from edgeval.export.affine import affine_as_convolution
from edgeval.export.dense_norm import batch_norm_into_dense

if TYPE_CHECKING:
    import onnx


def simplify(model: bytes) -> onnx.ModelProto:
    """The model as onnxruntime's basic level leaves it, for one image.

    That level keeps to ONNX's own operators and to the network's values, up to float32 rounding. Raises ModelError
    for a model of several inputs or outputs.
    """
    import onnx

    loaded = onnx.load_from_string(model)
    initial = {tensor.name for tensor in loaded.graph.initializer}
    inputs = [value for value in loaded.graph.input if value.name not in initial]
    if len(inputs) != 1 or len(loaded.graph.output) != 1:
        raise ModelError(
            f"has {len(inputs)} inputs and {len(loaded.graph.output)} outputs, one of each is needed"
        )
    del loaded.graph.value_info[:]
    for value in (*inputs, *loaded.graph.output):
        if value.type.tensor_type.shape.dim:
            value.type.tensor_type.shape.dim[0].dim_value = 1
    # Once before fusing, for a Normalize at the input, and once after it, for batch normalization that stayed alone.
    optimized = batch_norm_into_dense(_optimized(affine_as_convolution(loaded)))
    return affine_as_convolution(optimized, batch_norm=True)


def _optimized(model: onnx.ModelProto) -> onnx.ModelProto:
    import onnx
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    with tempfile.TemporaryDirectory(prefix="edgeval-onnx-") as folder:
        path = Path(folder) / "model.onnx"
        options.optimized_model_filepath = str(path)
        onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
        return onnx.load(path)
