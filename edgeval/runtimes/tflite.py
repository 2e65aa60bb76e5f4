"""Stage `int8`: the .tflite file under the TensorFlow Lite interpreter on the PC."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edgeval.errors import ModelError
from edgeval.records import Preprocessing
from edgeval.runtimes.base import THREADS, Outputs
from edgeval.runtimes.int8_io import Int8Model
from edgeval.runtimes.interpreters import Interpreter, choose, load


class TfliteRuntime(Int8Model):
    """Runs one sample at a time, as the device does, on one thread."""

    def __init__(
        self, path: Path, preprocessing: Preprocessing | None, interpreter: str | None = None
    ) -> None:
        """`interpreter` is a name of edgeval.runtimes.interpreters, None the first that is installed."""
        super().__init__(path, preprocessing)
        chosen = choose(interpreter)
        self.name, self.delegate = chosen.described, chosen.delegate
        self._interpreter = open_interpreter(self.file, str(path), chosen)
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]

    def run(self, samples: np.ndarray) -> Outputs:
        """Scores of samples (n, ...)."""
        return self.run_each(samples, self._invoke)

    def _invoke(self, sample: np.ndarray) -> np.ndarray:
        self._interpreter.set_tensor(self._input, sample)
        self._interpreter.invoke()
        output: np.ndarray = self._interpreter.get_tensor(self._output)
        return output


def open_interpreter(file: bytes, where: str, chosen: Interpreter) -> Any:
    """The interpreter of a model, on one thread and ready to run; ModelError, with `where`, where it is refused."""
    try:
        return load(file, chosen, THREADS)
    except (ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(
            f"{where} is refused by {chosen.described}, delegate {chosen.delegate}: {reason}"
        ) from error
