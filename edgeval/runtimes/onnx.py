"""Stage `onnx`: the exported ONNX file under onnxruntime."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgeval.errors import ModelError
from edgeval.records import Preprocessing
from edgeval.runtimes.base import Outputs
from edgeval.runtimes.preprocess import to_float


class OnnxRuntime:
    """An ONNX file with one float32 NCHW input and one (n, classes) output, one thread."""

    score_kind = "logits"
    output_scale = 0.0
    output_zero_point = 0

    def __init__(self, path: Path, preprocessing: Preprocessing) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(path.read_bytes(), options, ["CPUExecutionProvider"])
        except (
            OSError,
            RuntimeError,
            ValueError,
            onnxruntime.capi.onnxruntime_pybind11_state.Fail,
            onnxruntime.capi.onnxruntime_pybind11_state.InvalidProtobuf,
            onnxruntime.capi.onnxruntime_pybind11_state.InvalidGraph,
        ) as error:
            raise ModelError(f"{path} is not a whole ONNX model: {str(error).splitlines()[0]}") from error
        self.name = f"onnxruntime {onnxruntime.__version__}"
        self._preprocessing = preprocessing
        self._input = self._session.get_inputs()[0]
        _, channels, height, width = self._input.shape
        self.input_shape = (height, width, channels)
        self.classes = self._session.get_outputs()[0].shape[-1]

    def run(self, images: np.ndarray) -> Outputs:
        """Logits of uint8 images (n, h, w, 3)."""
        (scores,) = self._session.run(None, {self._input.name: to_float(images, self._preprocessing)})
        return Outputs(scores.astype(np.float32), None, np.zeros(len(images), bool))
