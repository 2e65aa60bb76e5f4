"""From ONNX to a full-int8 TFLite model.

onnx2tf gives a channels-last Keras model, TensorFlow's converter quantizes it. Both run in the worker process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edgeval.errors import ModelError, ToolError
from edgeval.export.affine import affine_as_convolution

if TYPE_CHECKING:
    import onnx

LIBRARIES = ("onnx", "onnxsim", "onnx2tf", "tensorflow")


def versions() -> dict[str, str]:
    """The converter's libraries, imported; ToolError where one is missing."""
    import importlib
    from importlib import metadata

    try:
        for name in LIBRARIES:
            importlib.import_module(name)
    except ImportError as error:
        raise ToolError(
            f"export --backend tensorflow needs {error.name}: pip install 'edgeval[tensorflow]'"
        ) from error
    return {name: metadata.version(name) for name in LIBRARIES}


def to_int8(model: bytes, layout: str, calibration: np.ndarray, where: str) -> bytes:
    """A TFLite model with int8 input and output, per-channel weights, batch 1 and fixed shapes.

    `model` is ONNX with one float32 input in `layout` NCHW or NHWC; `calibration` float32 (n, height, width,
    channels) has the network's preprocessing applied. The same arguments give the same bytes. Raises
    ModelError where the network cannot be converted.
    """
    try:
        return _quantized(_to_keras(model, layout), calibration)
    except (Exception, SystemExit) as error:  # the libraries raise all kinds, and exit
        lines = str(error).strip().splitlines() or ["no message"]
        raise ModelError(
            f"{where} cannot be converted to TFLite: {type(error).__name__}: {lines[0]}"
        ) from None


def _to_keras(model: bytes, layout: str) -> Any:
    import onnx
    import onnx2tf
    import onnxsim
    import tf_keras

    tf_keras.backend.clear_session()  # layer names, and so bytes, must not depend on earlier conversions
    loaded = affine_as_convolution(onnx.load_from_string(model))
    simplified, _ = onnxsim.simplify(_with_dynamic_batch(loaded))
    name = simplified.graph.input[0].name
    return onnx2tf.convert(
        onnx_graph=simplified,
        output_folder_path=".",
        disable_model_save=True,
        not_use_onnxsim=True,
        not_use_opname_auto_generate=True,
        keep_shape_absolutely_input_names=[name] if layout == "NHWC" else None,
        verbosity="error",
    )


def _with_dynamic_batch(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with a batch of any size; onnx2tf downloads images for a fixed batch of colour images."""
    del model.graph.value_info[:]
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "n"
    return model


def _quantized(keras_model: Any, calibration: np.ndarray) -> bytes:
    """Post-training quantization of one batch-1 function.

    The function is handed over without the Keras model behind it: saving that takes most of the time.
    """
    import tensorflow as tf

    signature = tf.TensorSpec((1, *calibration.shape[1:]), tf.float32, name="image")
    function = tf.function(lambda image: keras_model(image, training=False)).get_concrete_function(signature)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], None)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([image[np.newaxis]] for image in calibration)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return bytes(converter.convert())
