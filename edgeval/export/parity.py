"""Is the exported file the same network? Figures, and the limits beyond which it is not published."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeval.data import Split
from edgeval.errors import ModelError
from edgeval.runtimes import Outputs

ONNX_TOLERANCE = 1e-4  # of the largest score, at least of 1: float32 sums in another order
WARN_INT8_DROP = 0.03  # fraction of accuracy; more is rarely quantization alone
MAX_INT8_DROP = 0.10


@dataclass(frozen=True)
class OnnxParity:
    """`max_abs_difference` over all scores of all samples; `tolerance` in the same unit."""

    samples: int
    max_abs_difference: float
    tolerance: float
    flipped_labels: int


@dataclass(frozen=True)
class Int8Parity:
    """Accuracies are fractions of the samples; `drop` is positive where int8 is worse."""

    samples: int
    float_accuracy: float
    int8_accuracy: float
    drop: float
    flipped_labels: int


def onnx_parity(reference: Outputs, onnx: Outputs, where: str) -> OnnxParity:
    """Compare torch's scores with onnxruntime's; ModelError beyond the tolerance."""
    difference = float(np.abs(reference.scores - onnx.scores).max())
    tolerance = ONNX_TOLERANCE * max(1.0, float(np.abs(reference.scores).max()))
    if not difference <= tolerance:
        raise ModelError(
            f"{where}: ONNX and torch differ by {difference:.3g}, tolerance {tolerance:.3g}; "
            "the network does something that tracing cannot follow (a branch on data, randomness, a fixed batch)"
        )
    flipped = int((reference.scores.argmax(1) != onnx.scores.argmax(1)).sum())
    return OnnxParity(len(reference.scores), difference, tolerance, flipped)


def int8_parity(reference: Outputs, int8: Outputs, shown: Split, max_drop: float, where: str) -> Int8Parity:
    """Compare float with int8 labels; ModelError where more than `max_drop` of the accuracy is lost."""
    if int8.output_int8 is None:
        raise ValueError("int8_parity needs the outputs of an int8 runtime")
    expected, seen = reference.scores.argmax(1), int8.output_int8.argmax(1)
    right, kept = int((expected == shown.labels).sum()), int((seen == shown.labels).sum())
    before, after, drop = right / len(shown), kept / len(shown), (right - kept) / len(shown)
    if drop > max_drop:
        raise ModelError(
            f"{where}: int8 loses {100 * drop:.1f} points of accuracy ({100 * before:.1f} to {100 * after:.1f} %), "
            f"the limit is {100 * max_drop:g}; check --mean and --std, calibrate on more images (--calibration), "
            "or accept it (--max-int8-drop)"
        )
    return Int8Parity(len(shown), before, after, drop, int((expected != seen).sum()))
