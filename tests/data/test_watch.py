"""`watch7`. Reference: the recordings as seglearn carries them."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from edgeval.data import load_dataset, watch
from edgeval.errors import ToolError

installed = pytest.mark.skipif(
    importlib.util.find_spec("seglearn") is None,
    reason="seglearn is not installed: pip install 'edgeval[sensors]'",
)


@installed
def test_windows_are_pieces_of_the_recordings_and_no_moment_is_in_both_splits() -> None:
    told, dataset = watch._recordings(), load_dataset("watch7")
    train, test = dataset.train, dataset.test
    assert train.groups is not None and test.groups is not None
    for group in (0, 77, 139):
        signal = np.asarray(told["X"][group], np.float32) / np.float32([1, 1, 1, 4, 4, 4])
        begin, end = train.samples[train.groups == group], test.samples[test.groups == group]
        middle = int(watch.TRAIN_PART * len(signal))
        assert np.array_equal(begin[0], signal[: watch.WINDOW])
        assert np.array_equal(end[0], signal[middle : middle + watch.WINDOW])
        assert len(begin) == (middle - watch.WINDOW) // watch.TRAIN_STEP + 1
        assert len(end) == (len(signal) - middle) // watch.WINDOW
        assert set(train.labels[train.groups == group]) == {told["y"][group]}


@installed
def test_seven_classes_of_real_windows() -> None:
    dataset = load_dataset("watch7")
    assert dataset.sample_shape == (128, 6) and len(dataset.classes) == 7
    assert np.bincount(dataset.test.labels).min() >= 70  # enough for a verdict on each class


def test_without_the_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ToolError, match=r"pip install 'edgeval\[sensors\]'"):
        load_dataset("watch7")
