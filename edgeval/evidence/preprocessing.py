"""Whether the preprocessing that the predictions name is the one that was asked for, or that fits their model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from edgeval.errors import ModelError
from edgeval.records import IMAGE, Predictions, Preprocessing
from edgeval.runtimes.preprocess import covers_pixels
from edgeval.runtimes.tflite_file import classifier, read_tflite


def other_preprocessing(
    predictions: Iterable[tuple[str, Predictions]], models: dict[str, Path], asked: Preprocessing | None
) -> Iterator[tuple[str, Preprocessing, str]]:
    """(stage, its preprocessing, what is wrong) for each prediction whose preprocessing cannot be right.

    `asked` is that of --mean and --std. Without it an int8 model's pixels must spread over its whole input range, as
    export and inference both demand. `models` are the files of the evidence by SHA-256. Imported predictions name none.
    """
    for where, seen in predictions:
        told, origin = seen.provenance.preprocessing, seen.provenance
        if told is None:
            continue
        if asked is not None:
            wanted = replace(asked, kind=told.kind)  # --mean and --std are numbers alone
            if told != wanted:
                yield where, told, f"{where} was made with {told} as preprocessing, asked for was {wanted}"
            continue
        path = models.get(origin.model_sha256 or "")
        if path is not None and path.suffix == ".tflite" and not _fits(told, path):
            yield (
                where,
                told,
                f"{where} was made with {told} as preprocessing, which is not what its model takes",
            )


def _fits(preprocessing: Preprocessing, path: Path) -> bool:
    """Whether the pixels spread over the model's input; True where the samples are no images, and where the file is no
    int8 classifier to check."""
    if preprocessing.kind != IMAGE:
        return True
    try:
        form = classifier(read_tflite(path), str(path))
    except ModelError:
        return True
    return covers_pixels(preprocessing, form.input_scale, form.input_zero_point)
