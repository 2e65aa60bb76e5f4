"""Stage `tflm`: the .tflite file under TensorFlow Lite Micro's reference kernels on the PC."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edgeval.errors import ModelError
from edgeval.records import Preprocessing
from edgeval.runtimes.base import Outputs
from edgeval.runtimes.int8_io import Int8Model
from edgeval.runtimes.versions import library

FIRST_ARENA_BYTES = 1 << 20
LARGEST_ARENA_BYTES = 1 << 28


class TflmRuntime(Int8Model):
    """The tflite-micro wheel: what the device computes with TFLM's own kernels."""

    def __init__(self, path: Path, preprocessing: Preprocessing | None) -> None:
        super().__init__(path, preprocessing)
        self.name = library("tflm")
        self._interpreter = open_tflm(self.file, str(path))

    def run(self, images: np.ndarray) -> Outputs:
        """Scores of uint8 images (n, h, w, 3)."""
        return self.run_each(images, self._invoke)

    def _invoke(self, image: np.ndarray) -> np.ndarray:
        self._interpreter.set_input(image, 0)
        self._interpreter.invoke()
        output: np.ndarray = self._interpreter.get_output(0)
        return output


def open_tflm(file: bytes, where: str) -> Any:
    """The interpreter with the first arena that suffices; its size cannot be asked for beforehand."""
    from tflite_micro import runtime

    arena_bytes = max(FIRST_ARENA_BYTES, 4 * len(file))
    while True:
        try:
            return runtime.Interpreter.from_bytes(file, arena_size=arena_bytes)
        except (RuntimeError, ValueError) as error:
            if arena_bytes >= LARGEST_ARENA_BYTES:
                raise ModelError(f"{where} is refused by TensorFlow Lite Micro: {error}") from error
            arena_bytes *= 16
