"""What all runtimes of an int8 .tflite file share: samples to int8 input, int8 output to scores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from edgeval.errors import ModelError
from edgeval.records import Preprocessing
from edgeval.runtimes.base import Outputs
from edgeval.runtimes.int8_core import read_int8, taken_type
from edgeval.runtimes.preprocess import infer_preprocessing, quantized_input
from edgeval.runtimes.tflite_file import classifier


class Int8Model:
    """A checked int8 classifier: shapes, quantization and the way from samples to int8."""

    delegate: str | None = None

    def __init__(self, path: Path, preprocessing: Preprocessing | None) -> None:
        """Read and check the file; `preprocessing` None infers it from the input's quantization.

        Raises ModelError where the file is damaged or not a classifier with int8 in and out.
        """
        self.file = read_int8(path)
        form = classifier(self.file, str(path))
        self.input_shape, self.classes = form.input_shape, form.classes
        self.score_kind = "probabilities" if form.ends_in_softmax else "logits"
        self.output_scale, self.output_zero_point = form.output_scale, form.output_zero_point
        self._preprocessing = preprocessing or infer_preprocessing(form.input_scale, form.input_zero_point)
        self._quantization = form.input_scale, form.input_zero_point, taken_type(path)

    def run_each(self, samples: np.ndarray, invoke: Callable[[np.ndarray], np.ndarray]) -> Outputs:
        """Run samples one by one; a sample whose inference raises is marked as failed, never dropped."""
        quantized = quantized_input(samples, self._preprocessing, *self._quantization)
        output = np.zeros((len(samples), self.classes), np.int8)
        failed = np.zeros(len(samples), bool)
        for index in range(len(samples)):
            try:
                output[index] = invoke(quantized[index : index + 1]).reshape(-1)
            except (RuntimeError, ValueError):
                failed[index] = True
        if failed.all() and len(samples):
            raise ModelError("no inference of the model succeeded; try the model in its own interpreter")
        scores = (output.astype(np.float32) - self.output_zero_point) * np.float32(self.output_scale)
        scores[failed] = 0.0
        return Outputs(scores, output, failed)
