"""Stage `onnx`: an ONNX file under onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edgeval.data.order import torch_shape
from edgeval.errors import ModelError, ToolError
from edgeval.inputs import read_input
from edgeval.records import IMAGE, Preprocessing
from edgeval.runtimes.base import THREADS, Outputs
from edgeval.runtimes.preprocess import normalised, to_float
from edgeval.runtimes.versions import DELEGATES, library

COLOURS = (1, 3, 4)
TORCH_ORDER = {4: "NCHW", 3: "NCT", 2: "NF"}  # by the number of axes
TFLITE_ORDER = ("NHWC", "NTC")


class OnnxRuntime:
    """An ONNX file with one float32 input and one (n, classes) output, on one thread.

    `layout` is torch's order (NCHW, NCT) or TFLite's (NHWC, NTC), told by the shape of a sample, else by where the
    colours are; NF has no order. The batch may be of any size or fixed.
    """

    delegate: str | None = DELEGATES["onnx"]
    output_scale = 0.0
    output_zero_point = 0

    def __init__(
        self, path: Path, preprocessing: Preprocessing, sample_shape: tuple[int, ...] | None = None
    ) -> None:
        """`sample_shape` is that of the data set, in TFLite's order; None where it is not known.

        Raises ModelError where the file is damaged or has another form of input or output.
        """
        self._session, self.name = _session(path), library("onnx")
        self._path, self._preprocessing = path, preprocessing
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1:
            raise ModelError(
                f"{path} has {len(inputs)} inputs and {len(outputs)} outputs, one of each is needed: "
                "return one output, the scores, and export it again"
            )
        self._input_name = inputs[0].name
        self.layout, self.input_shape, self._batch = _form(
            inputs[0].type, inputs[0].shape, sample_shape, path
        )
        self.classes, self.score_kind = self._probe()

    def run(self, samples: np.ndarray) -> Outputs:
        """Scores of samples (n, ...)."""
        prepare = normalised if self.layout in TFLITE_ORDER else to_float
        scores = self._scores(prepare(samples, self._preprocessing))
        return Outputs(scores, None, np.zeros(len(samples), bool))

    def _scores(self, floats: np.ndarray) -> np.ndarray:
        size = self._batch or len(floats)
        missing = -len(floats) % size
        padded = np.concatenate([floats, np.zeros((missing, *floats.shape[1:]), np.float32)])
        batches = [self._invoke(padded[start : start + size]) for start in range(0, len(padded), size)]
        return np.concatenate(batches)[: len(floats)].astype(np.float32)

    def _invoke(self, batch: np.ndarray) -> np.ndarray:
        try:
            (scores,) = self._session.run(None, {self._input_name: np.ascontiguousarray(batch)})
        except _refusals() as error:
            raise ModelError(
                f"{self._path} does not run on the samples: {str(error).splitlines()[0]}"
            ) from error
        return np.asarray(scores)

    def _probe(self) -> tuple[int, str]:
        """The number of classes, and whether the scores of a sample of zeros are probabilities."""
        zeros = np.zeros(
            (1, *self.input_shape), np.uint8 if self._preprocessing.kind == IMAGE else np.float32
        )
        scores = self.run(zeros).scores
        if scores.ndim != 2:
            raise ModelError(f"{self._path} yields scores of shape {scores.shape}, expected (n, classes)")
        is_distribution = scores.min() >= 0 and abs(scores.sum() - 1) < 1e-4
        return int(scores.shape[1]), "probabilities" if is_distribution else "logits"


def _session(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ToolError("stage onnx needs onnxruntime: pip install 'edgeval[runtimes]'") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = THREADS
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(read_input(path), options, [DELEGATES["onnx"]])
    except _refusals() as error:
        raise ModelError(f"{path} is not a whole ONNX model: {str(error).splitlines()[0]}") from error
    return session


def _refusals() -> tuple[type[Exception], ...]:
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return (
        OSError,
        RuntimeError,
        ValueError,
        state.Fail,
        state.InvalidArgument,
        state.InvalidGraph,
        state.InvalidProtobuf,
        state.NotImplemented,
        state.RuntimeException,
    )


def _form(
    dtype: str, shape: list[Any], sample: tuple[int, ...] | None, path: Path
) -> tuple[str, tuple[int, ...], int | None]:
    """Layout, the shape of a sample in TFLite's order, and the fixed batch size, if there is one."""
    sizes = tuple(shape[1:])
    if (
        dtype != "tensor(float)"
        or len(shape) not in TORCH_ORDER
        or not all(type(size) is int for size in sizes)
    ):
        raise ModelError(
            f"{path} takes {dtype} {shape}, expected tensor(float) [n, channels, height, width] or [n, height, width, "
            "channels], [n, channels, time], [n, time, channels] or [n, features] with fixed sizes but n"
        )
    batch = shape[0] if isinstance(shape[0], int) else None
    if _has_tflite_order(sizes, sample):
        return {4: "NHWC", 3: "NTC"}[len(shape)], sizes, batch
    return TORCH_ORDER[len(shape)], (*sizes[1:], sizes[0]), batch


def _has_tflite_order(sizes: tuple[int, ...], sample: tuple[int, ...] | None) -> bool:
    if len(sizes) == 1 or (sample is not None and sizes == torch_shape(sample)):
        return False
    return sizes == sample or (len(sizes) == 3 and sizes[0] not in COLOURS and sizes[2] in COLOURS)
