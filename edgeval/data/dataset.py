"""The form of every dataset: uint8 images and integer labels in memory, and a hash that names them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from edgeval.data.class_names import checked_names
from edgeval.errors import DataError
from edgeval.records import DatasetInfo


@dataclass(frozen=True)
class Split:
    """images uint8 (n, height, width, 3), labels int64 (n,).

    groups int64 (n,): samples of one recording, patient, scene or burst have one number; None: each stands alone.
    """

    images: np.ndarray
    labels: np.ndarray
    groups: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Dataset:
    """A training and a test split with the names of their classes.

    `spec` is what a user types to get it again (`cifar10`, `npz:PATH`); `mirrored` says whether a mirrored
    image keeps its class, so that training may flip it.
    """

    name: str
    spec: str
    train: Split
    test: Split
    classes: tuple[str, ...]
    mirrored: bool = True

    def info(self) -> DatasetInfo:
        """Name, hash, size and classes of the test split, as stored with every figure; hashed at the first call."""
        return self._info

    @cached_property
    def _info(self) -> DatasetInfo:
        return DatasetInfo(self.name, split_sha256(self.test, self.classes), len(self.test), self.classes)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        height, width, channels = self.test.images.shape[1:]
        return height, width, channels


def split_sha256(split: Split, classes: tuple[str, ...]) -> str:
    """SHA-256 over shape, images, labels and class names, and the groups where there are any."""
    digest = hashlib.sha256(repr((split.images.shape, classes)).encode())
    digest.update(np.ascontiguousarray(split.images).tobytes())
    digest.update(np.ascontiguousarray(split.labels.astype("<i8")).tobytes())
    if split.groups is not None:
        digest.update(b"groups" + np.ascontiguousarray(split.groups.astype("<i8")).tobytes())
    return digest.hexdigest()


def checked(dataset: Dataset, where: str) -> Dataset:
    """The dataset itself; DataError where its arrays do not have the promised form."""
    checked_names(dataset.classes, where)
    for part, split in (("train", dataset.train), ("test", dataset.test)):
        _check_split(split, len(dataset.classes), f"{where} ({part})")
    if len(dataset.test) == 0:
        raise DataError(f"{where} has no test images; nothing could be compared")
    return dataset


def _check_split(split: Split, classes: int, where: str) -> None:
    images, labels = split.images, split.labels
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
        raise DataError(
            f"{where}: images are {images.dtype} {images.shape}, expected uint8 (n, height, width, 3)"
        )
    if labels.shape != (len(images),) or labels.dtype.kind not in "iu":
        raise DataError(f"{where}: labels are {labels.dtype} {labels.shape}, expected {len(images)} integers")
    if split.groups is not None and split.groups.shape != labels.shape:
        raise DataError(
            f"{where}: groups are {split.groups.shape}, expected one for each of {len(images)} images"
        )
    if len(labels) and not (labels.min() >= 0 and labels.max() < classes):
        raise DataError(
            f"{where}: labels run from {labels.min()} to {labels.max()}, expected 0 to {classes - 1}"
        )


def check_fits(
    where: str,
    input_shape: tuple[int, int, int],
    outputs: int,
    info: DatasetInfo,
    image_shape: tuple[int, int, int],
) -> None:
    """DataError where a model, named `where`, takes other images or has other classes than the data set."""
    if tuple(input_shape) != tuple(image_shape):
        raise DataError(
            f"{where} takes images of {_times(input_shape)}, {info.name} has {_times(image_shape)}; "
            + _other_size(input_shape)
        )
    if outputs != len(info.classes):
        raise DataError(
            f"{where} has {outputs} outputs, {info.name} has {len(info.classes)} classes; "
            "give the dataset it was trained on"
        )


def _other_size(shape: tuple[int, int, int]) -> str:
    height, width, channels = shape
    if height == width and channels == 3:
        return f"folder:PATH@{height} resizes images to that size (without @SIZE to 32), or give a data set that has it"
    return "give a data set of that size (folder:PATH@SIZE makes squares of 3 colours)"


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(str(size) for size in shape)


def group_numbers(names: Sequence[str]) -> np.ndarray:
    """int64 (n,): equal names have equal numbers, in the order of their first appearance."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(name, len(known)) for name in names], np.int64)
