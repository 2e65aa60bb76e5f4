"""Prediction files: what is written is read back, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from edgeval.errors import StoreError
from edgeval.records import DatasetInfo, Predictions, Provenance, predictions_bytes, read_predictions


def some_predictions(count: int = 6, classes: int = 3, seed: int = 0) -> Predictions:
    rng = np.random.default_rng(seed)
    output = rng.integers(-128, 128, (count, classes), dtype=np.int8)
    names = tuple(f"class {index}" for index in range(classes))
    return Predictions(
        provenance=Provenance(
            "int8", "ab" * 32, DatasetInfo("tiny", "cd" * 32, count, names), "reference 1.0"
        ),
        ids=np.arange(count),
        labels=rng.integers(0, classes, count),
        top1=output.argmax(axis=1),
        scores=(output.astype(np.float32) + 128) / 256,
        score_kind="probabilities",
        output_int8=output,
        output_scale=1 / 256,
        output_zero_point=-128,
    )


def test_round_trip(tmp_path: Path) -> None:
    written = some_predictions()
    path = tmp_path / "int8.npz"
    path.write_bytes(predictions_bytes(written))
    read = read_predictions(path)
    assert read.provenance == written.provenance
    for name in ("ids", "labels", "top1", "scores", "output_int8"):
        np.testing.assert_array_equal(getattr(read, name), getattr(written, name))
    assert predictions_bytes(read) == predictions_bytes(written)


@given(st.data())
def test_truncated_files_are_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    whole = predictions_bytes(some_predictions())
    path = tmp_path_factory.mktemp("npz") / "x.npz"
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(StoreError, match="not a whole prediction file"):
        read_predictions(path)


def test_failed_samples_are_errors() -> None:
    predictions = some_predictions()
    predictions.top1[:] = predictions.labels
    predictions.top1[2] = -1
    assert predictions.errors.tolist() == [False, False, True, False, False, False]
