"""Which images calibrate and prove; reference: counting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edgeval import store
from edgeval.data import Dataset, Split, calibration_subset
from edgeval.errors import DataError
from edgeval.export.material import prepare


def test_subset_is_recorded_and_balanced(dataset: Dataset) -> None:
    material = prepare(dataset, 100)
    positions = calibration_subset(dataset.train, 100, material.calibration.seed)
    assert material.calibration.samples == 100
    assert material.calibration.sha256 == store.sha256_bytes(positions.astype("<i8").tobytes())
    assert np.bincount(dataset.train.labels[positions]).tolist() == [25, 25, 25, 25]


def test_the_whole_pixel_range_is_shown(dataset: Dataset) -> None:
    assert (dataset.train.samples.min(), dataset.train.samples.max()) == (10, 245)
    before = dataset.train.samples.copy()
    material = prepare(dataset, 100)
    assert (material.calibration_samples.min(), material.calibration_samples.max()) == (0, 255)
    positions = calibration_subset(dataset.train, 100, material.calibration.seed)
    changed = (material.calibration_samples != dataset.train.samples[positions]).any(axis=-1)
    assert changed.sum() == 2, "one pixel each for black and white"
    assert np.array_equal(dataset.train.samples, before), "the dataset itself stays as it is"


def test_more_wanted_than_there_are(dataset: Dataset) -> None:
    assert prepare(dataset, 10_000).calibration.samples == len(dataset.train)


def test_no_training_images(dataset: Dataset) -> None:
    empty = Split(dataset.train.samples[:0], dataset.train.labels[:0])
    with pytest.raises(DataError, match="has no training samples"):
        prepare(replace(dataset, train=empty))


def test_other_training_images_show_in_the_record(dataset: Dataset) -> None:
    images = dataset.train.samples.copy()
    images[0, 0, 0, 0] ^= 1
    changed = replace(dataset, train=Split(images, dataset.train.labels))
    assert prepare(changed).calibration.train_sha256 != prepare(dataset).calibration.train_sha256
