"""Whether the values of a data set are those that an int8 model's input is made for; else its scale is another."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgeval.errors import DataError
from edgeval.records import FEATURES, Preprocessing
from edgeval.runtimes.int8_core import read_int8
from edgeval.runtimes.preprocess import normalised
from edgeval.runtimes.tflite_file import classifier

MOST_CUT = 0.5  # of the values; beyond it the data have another scale than the model's
FEWEST_STEPS = 4  # of the input's 256 that the values have to reach over
LOOKED_AT = 2000  # samples, evenly spaced


def cut_share(path: Path, samples: np.ndarray, preprocessing: Preprocessing) -> float:
    """The fraction of the values of features that lie beyond an int8 model's input and are cut there; 0 for samples of
    another kind.

    DataError where half of them do, or where all lie within a few steps: the model learned from other values.
    """
    if preprocessing.kind != FEATURES or not len(samples):
        return 0.0
    form = classifier(read_int8(path), str(path))
    values = normalised(samples[:: max(1, len(samples) // LOOKED_AT)], preprocessing)
    low, high = ((end - form.input_zero_point) * form.input_scale for end in (-128, 127))
    smallest, largest = float(values.min()), float(values.max())
    cut = float(np.mean((values < low - form.input_scale / 2) | (values > high + form.input_scale / 2)))
    steps = (largest - smallest) / form.input_scale
    if cut > MOST_CUT or 0 < steps < FEWEST_STEPS:
        raise DataError(
            f"the samples run from {smallest:.4g} to {largest:.4g}, the input of {path} from {low:.4g} to "
            f"{high:.4g}: they have another scale; give --mean and --std of (value - mean) / std"
        )
    return cut
