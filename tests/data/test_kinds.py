"""The three kinds of sample. References: numpy's dtypes, and the hash that colour pictures had before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as arrays

from edgeval.data import Dataset, Split, load_dataset, split_sha256
from edgeval.data.dataset import checked
from edgeval.data.kinds import as_samples, kind_of
from edgeval.data.order import from_torch_order, to_torch_order, torch_axes, torch_shape
from edgeval.errors import DataError

LABELS = np.array([1, 0])
PIXELS = (np.arange(2 * 4 * 5 * 3) % 251).astype(np.uint8).reshape(2, 4, 5, 3)
# Computed by edgeval 0.1 at fd3614d, which knew colour pictures alone.
BEFORE = "cac12dd76c6ecbdb3047e096f405784169b1229ca8e8a4e162fb9e7412030906"
BEFORE_WITH_GROUPS = "d27e189c385cb8f498c8689d0e8b030bfe63b34860b9cdd5c05d5dd76df63301"


def dataset(samples: np.ndarray, kind: str | None = None) -> Dataset:
    split = Split(samples, np.arange(len(samples)) % 2)
    return checked(
        Dataset("planted", "npz:planted.npz", split, split, ("a", "b"), declared_kind=kind), "planted"
    )


def test_colour_pictures_keep_their_hash() -> None:
    assert split_sha256(Split(PIXELS, LABELS), ("a", "b"), "image") == BEFORE
    grouped = Split(PIXELS, LABELS, np.array([0, 0]))
    assert split_sha256(grouped, ("a", "b"), "image") == BEFORE_WITH_GROUPS


def test_the_hash_covers_the_kind_and_the_dtype() -> None:
    grey = PIXELS[..., :1]
    hashes = [
        split_sha256(Split(samples, LABELS), ("a", "b"), kind)
        for samples, kind in [
            (PIXELS, "image"),
            (PIXELS, "quantized"),
            (grey, "image"),
            (grey, "quantized"),
            (grey.view(np.int8), "quantized"),
            (grey.astype(np.int16), "quantized"),
            (grey.astype(np.float32), "features"),
        ]
    ]
    assert len(set(hashes)) == len(hashes)


@pytest.mark.parametrize(
    ("dtype", "shape", "kind"),
    [
        (np.uint8, (2, 4, 5, 1), "image"),
        (np.uint8, (2, 4, 5, 4), "image"),
        (np.float32, (2, 49, 10, 1), "features"),
        (np.float64, (2, 128, 6), "features"),
        (np.float16, (2, 640), "features"),
        (np.int8, (2, 49, 10, 1), "quantized"),
        (np.int16, (2, 7), "quantized"),
    ],
)
def test_the_kind_follows_from_the_array(dtype: type, shape: tuple[int, ...], kind: str) -> None:
    made = dataset(np.ones(shape, dtype))
    assert (made.kind, made.sample_shape) == (kind, shape[1:])
    assert made.test.samples.dtype == (np.float32 if kind == "features" else dtype)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros((2, 4, 5), np.uint8), "grey pictures need a last axis"),
        (np.zeros((2, 4), np.uint8), "kind='quantized'"),
        (np.zeros((2, 4, 5, 2), np.uint8), "with 1, 3 or 4 channels"),
        (np.zeros((2, 4, 5, 5, 1), np.float32), "one to three dimensions"),
        (np.zeros(2, np.float32), "one to three dimensions"),
        (np.zeros((2, 0, 3), np.float32), r"samples of shape \(0, 3\) are empty"),
        (np.zeros((2, 4), np.int32), "samples are int32"),
        (np.zeros((2, 4), bool), "samples are bool"),
    ],
)
def test_another_form_is_refused_in_one_line(samples: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        dataset(samples)
    assert "\n" not in str(caught.value)


@given(st.integers(0, 5000), st.sampled_from([np.nan, np.inf, -np.inf, 1e39]))
def test_a_value_that_is_no_number_is_named_by_its_sample(row: int, value: float) -> None:
    samples = np.zeros((5001, 2, 1), np.float64)
    samples[row, 1, 0] = value
    with pytest.raises(
        DataError, match=rf"planted: sample {row} has the value .+ at \(1, 0\); features are finite"
    ):
        as_samples(samples, "features", "planted")


def test_a_said_kind_takes_the_place_of_the_dtypes() -> None:
    assert dataset(PIXELS, "quantized").kind == "quantized"
    assert kind_of(PIXELS, "x") == "image"
    with pytest.raises(DataError, match="features samples are uint8"):
        dataset(PIXELS, "features")


def test_an_npz_file_says_its_kind(tmp_path: Path) -> None:
    path = tmp_path / "q.npz"
    np.savez(path, x_test=PIXELS, y_test=LABELS, kind=np.array("quantized"))
    assert load_dataset(f"npz:{path}").kind == "quantized"
    np.savez(path, x_test=PIXELS, y_test=LABELS, kind=np.array("sound"))
    with pytest.raises(DataError, match="kind is sound, expected one of image, features, quantized"):
        load_dataset(f"npz:{path}")


def test_training_and_test_samples_are_of_one_shape(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x_train=PIXELS[:, :3], y_train=LABELS, x_test=PIXELS, y_test=LABELS)
    with pytest.raises(DataError, match="training samples are 3 x 5 x 3, test samples 4 x 5 x 3"):
        load_dataset(f"npz:{tmp_path / 'x.npz'}")


@given(arrays.arrays(np.int8, arrays.array_shapes(min_dims=2, max_dims=4, max_side=4)))
def test_torchs_order_has_the_channels_first(samples: np.ndarray) -> None:
    turned = to_torch_order(samples)
    np.testing.assert_array_equal(turned, np.moveaxis(samples, -1, 1))
    np.testing.assert_array_equal(from_torch_order(turned), samples)
    assert turned.shape[1:] == torch_shape(samples.shape[1:])
    assert turned.shape == tuple(samples.shape[axis] for axis in torch_axes(samples.ndim))
