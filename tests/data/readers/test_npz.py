"""Reference: the arrays that were written, and the README of ../shared/data for the real subset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from edgeval.data import load_dataset
from edgeval.errors import DataError

RNG = np.random.default_rng(0)
WHOLE = {
    "x_train": RNG.integers(0, 256, (6, 8, 10, 3), np.uint8),
    "y_train": np.array([0, 1, 2, 0, 1, 2], np.uint8),
    "x_test": RNG.integers(0, 256, (4, 8, 10, 3), np.uint8),
    "y_test": np.array([2, 1, 0, 0], np.uint8),
    "class_names": np.array(["cat", "dog", "bird"]),
}


def written(folder: Path, **changes: Any) -> str:
    arrays = {key: value for key, value in (WHOLE | changes).items() if value is not None}
    np.savez(folder / "pets.npz", **arrays)
    return f"npz:{folder / 'pets.npz'}"


def test_arrays_come_back_as_they_were(tmp_path: Path) -> None:
    spec = written(tmp_path)
    dataset = load_dataset(spec)
    assert (dataset.name, dataset.spec, dataset.sample_shape) == ("pets", spec, (8, 10, 3))
    assert dataset.classes == ("cat", "dog", "bird")
    assert dataset.mirrored
    for part, images, labels in (("train", "x_train", "y_train"), ("test", "x_test", "y_test")):
        split = getattr(dataset, part)
        np.testing.assert_array_equal(split.samples, WHOLE[images])
        np.testing.assert_array_equal(split.labels, WHOLE[labels])
        assert split.labels.dtype == np.int64


def test_a_test_split_alone_is_enough_to_compare(tmp_path: Path) -> None:
    dataset = load_dataset(written(tmp_path, x_train=None, y_train=None, class_names=None))
    assert (len(dataset.train), len(dataset.test), dataset.classes) == (0, 4, ("0", "1", "2"))


def test_the_hash_names_test_images_labels_and_classes(tmp_path: Path) -> None:
    whole = load_dataset(written(tmp_path)).info().sha256
    assert load_dataset(written(tmp_path, x_train=None, y_train=None)).info().sha256 == whole
    for change in ({"x_test": 255 - WHOLE["x_test"]}, {"class_names": np.array(["cat", "dog", "owl"])}):
        assert load_dataset(written(tmp_path, **change)).info().sha256 != whole


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_test": None}, "x_test is missing"),
        ({"y_train": None}, "no y_train"),
        ({"x_test": WHOLE["x_test"][..., :2]}, "with 1, 3 or 4 channels"),
        ({"x_test": WHOLE["x_test"] / 255}, "features samples are uint8"),
        ({"y_test": np.array([0, 1, 2])}, "expected 4 integers"),
        ({"y_test": np.array([0, 1, 2, 3])}, "labels run from 0 to 3, expected 0 to 2"),
        ({"y_test": np.array([0, 1, 2, -1])}, "labels run from -1"),
        ({"y_test": np.array([0.0, 1, 2, 0])}, "expected 4 integers"),
        ({"x_test": WHOLE["x_test"][:0], "y_test": WHOLE["y_test"][:0]}, "no test samples"),
        ({"x_test": np.array([{}], dtype=object)}, "plain arrays"),
        ({"class_names": np.array(None)}, "Python objects"),
        ({"class_names": np.array("cat")}, r"class_names is <U3 \(\), expected one text or integer each"),
        ({"class_names": np.array([b"cat", b"dog", b"owl"])}, "expected one text or integer each"),
        ({"class_names": np.array(["cat", "", "owl"])}, "the name of class 1, '', is empty"),
        ({"class_names": np.array(["cat", "dog", "cat"])}, "classes 0 and 2 have the same name, 'cat'"),
        ({"class_names": np.array(["cat", "dog", "cat "])}, "classes 0 and 2 have the same name"),
        ({"class_names": np.array(["caf\u00e9", "dog", "cafe\u0301"])}, "classes 0 and 2 have the same name"),
        ({"class_names": np.array(["cat", "dog", "\n::error::owl"])}, r"'\\n::error::owl', has characters"),
        ({"class_names": np.array(["cat", "dog", "\x1b[2J"])}, "cannot be shown in one line"),
        ({"class_names": np.array(["cat", "dog", "\ud800"])}, r"'\\ud800', has characters"),
        ({"class_names": np.array(["cat", "dog", "\u202eowl"])}, "cannot be shown in one line"),
        ({"class_names": np.array(["cat", "dog", "o" * 201])}, "longer than 200"),
        ({"class_names": np.array([99, 100, 0x110000], "<u4").view("<U1")}, "no text"),
        ({"class_names": None, "y_test": np.array([0, 1, 2, 2**62])}, "at most 100,000 classes"),
        ({"mirrored": np.array([True, False])}, "expected one truth value"),
    ],
)
def test_another_form_is_refused_in_one_line(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        load_dataset(written(tmp_path, **changes))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(DataError, match=r"nowhere\.npz does not exist"):
        load_dataset("npz:nowhere.npz")


@settings(max_examples=60)
@given(data=st.data())
def test_a_damaged_file_is_refused_or_read_whole(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    spec = written(folder)
    path = folder / "pets.npz"
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    cut = data.draw(st.booleans())
    damaged = content[:at] if cut else content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]
    path.write_bytes(damaged)
    try:
        dataset = load_dataset(spec)
    except DataError:
        return
    np.testing.assert_array_equal(dataset.test.samples, WHOLE["x_test"])


def test_the_real_subset_is_what_its_readme_says(cifar10_subset: Path) -> None:
    dataset = load_dataset(f"npz:{cifar10_subset}")
    assert (len(dataset.train), len(dataset.test), len(dataset.classes)) == (5085, 1017, 10)
    assert dataset.sample_shape == (32, 32, 3)


def test_groups_are_numbers_and_part_of_the_hash(tmp_path: Path) -> None:
    plain = load_dataset(written(tmp_path))
    names = np.array([f"p{index // 2}" for index in range(len(plain.test))])
    named = load_dataset(written(tmp_path, group_test=names))
    assert plain.test.groups is None
    np.testing.assert_array_equal(named.test.groups, np.arange(len(names)) // 2)
    assert named.info().sha256 != plain.info().sha256
    other = load_dataset(written(tmp_path, group_test=names[::-1].copy()))
    assert other.info().sha256 == named.info().sha256  # the same samples hang together
    with pytest.raises(DataError, match="groups are"):
        load_dataset(written(tmp_path, group_test=names[1:]))
    with pytest.raises(DataError, match="group_test is float64"):
        load_dataset(written(tmp_path, group_test=np.ones(len(names))))
