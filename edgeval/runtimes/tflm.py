"""Stage `tflm`: the .tflite file under TensorFlow Lite Micro's reference kernels on the PC."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgeval.devices.tflm import open_tflm
from edgeval.records import Preprocessing
from edgeval.runtimes.base import Outputs
from edgeval.runtimes.int8_io import Int8Model
from edgeval.runtimes.versions import library


class TflmRuntime(Int8Model):
    """The tflite-micro wheel: what the device computes with TFLM's own kernels."""

    def __init__(self, path: Path, preprocessing: Preprocessing | None) -> None:
        super().__init__(path, preprocessing)
        self.name = library("tflm")
        self._interpreter = open_tflm(self.file, str(path))

    def run(self, samples: np.ndarray) -> Outputs:
        """Scores of samples (n, ...)."""
        return self.run_each(samples, self._invoke)

    def _invoke(self, sample: np.ndarray) -> np.ndarray:
        self._interpreter.set_input(sample, 0)
        self._interpreter.invoke()
        output: np.ndarray = self._interpreter.get_output(0)
        return output
