"""The one interface of all host runtimes: a batch of samples in, scores out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

THREADS = 1  # of every runtime on this PC: a result then never depends on the number of cores


@dataclass(frozen=True)
class Outputs:
    """scores float32 (n, classes); output_int8 int8 (n, classes) where the runtime has an int8 output;
    failed bool (n,): samples whose inference failed, with zero rows."""

    scores: np.ndarray
    output_int8: np.ndarray | None
    failed: np.ndarray


class Runtime(Protocol):
    """A loaded model. `run` takes samples (n, ...) of the data set, in TFLite's order of axes, and applies
    the preprocessing itself."""

    name: str  # library and version
    delegate: str | None  # what computes in place of the library's own kernels
    input_shape: tuple[int, ...]  # of one sample, in TFLite's order
    classes: int
    score_kind: str  # "logits" | "probabilities"
    output_scale: float
    output_zero_point: int

    def run(self, samples: np.ndarray) -> Outputs: ...
