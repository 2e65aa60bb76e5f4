"""The form of every dataset: samples of one kind and integer labels in memory, and a hash that names them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from edgeval.data.class_names import checked_names
from edgeval.data.kinds import as_samples, kind_of
from edgeval.errors import DataError
from edgeval.records import FEATURES, IMAGE, QUANTIZED, DatasetInfo


@dataclass(frozen=True)
class Split:
    """samples (n, ...) of one of the kinds of edgeval.data.kinds, in TFLite's order of axes; labels int64 (n,).

    groups int64 (n,): samples of one recording, patient, scene or burst have one number; None: each stands alone.
    """

    samples: np.ndarray
    labels: np.ndarray
    groups: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Dataset:
    """A training and a test split with the names of their classes.

    `spec` is what a user types to get it again (`cifar10`, `npz:PATH`); `mirrored` says whether a mirrored
    image keeps its class, so that training may flip it. `declared_kind` is the kind where it does not follow from the
    samples' dtype (edgeval.data.kinds).
    """

    name: str
    spec: str
    train: Split
    test: Split
    classes: tuple[str, ...]
    mirrored: bool = True
    declared_kind: str | None = None

    @property
    def kind(self) -> str:
        """`image`, `features` or `quantized`."""
        return self.declared_kind or kind_of(self.test.samples, self.spec)

    def info(self) -> DatasetInfo:
        """Name, hash, size and classes of the test split, as stored with every figure; hashed at the first call."""
        return self._info

    @cached_property
    def _info(self) -> DatasetInfo:
        sha256 = split_sha256(self.test, self.classes, self.kind)
        return DatasetInfo(self.name, sha256, len(self.test), self.classes, self.kind)

    @property
    def train_sha256(self) -> str:
        """The hash of the training split, as `info().sha256` is that of the test split."""
        return split_sha256(self.train, self.classes, self.kind)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The shape of one sample in TFLite's order: (height, width, channels), (time, channels) or (features,)."""
        return tuple(self.test.samples.shape[1:])


def split_sha256(split: Split, classes: tuple[str, ...], kind: str) -> str:
    """SHA-256 over kind, shape, samples, labels and class names, and the groups where there are any.

    Colour pictures have the hash that they had before there were kinds.
    """
    samples = split.samples
    head: tuple[object, ...] = (samples.shape, classes)
    if kind != IMAGE or samples.shape[3:] != (3,):
        head = (kind, samples.dtype.name, *head)
    digest = hashlib.sha256(repr(head).encode())
    digest.update(np.ascontiguousarray(samples.astype(samples.dtype.newbyteorder("<"), copy=False)).tobytes())
    digest.update(np.ascontiguousarray(split.labels.astype("<i8")).tobytes())
    if split.groups is not None:
        digest.update(b"groups" + np.ascontiguousarray(split.groups.astype("<i8")).tobytes())
    return digest.hexdigest()


def checked(dataset: Dataset, where: str) -> Dataset:
    """The dataset itself, float samples as float32; DataError where its arrays do not have the promised form."""
    checked_names(dataset.classes, where)
    kind = dataset.declared_kind or kind_of(dataset.test.samples, f"{where} (test)")
    train, test = (
        _checked_split(split, kind, len(dataset.classes), f"{where} ({part})")
        for part, split in (("train", dataset.train), ("test", dataset.test))
    )
    if len(test) == 0:
        raise DataError(f"{where} has no test samples; nothing could be compared")
    if len(train) and train.samples.shape[1:] != test.samples.shape[1:]:
        raise DataError(
            f"{where}: training samples are {_times(train.samples.shape[1:])}, test samples "
            f"{_times(test.samples.shape[1:])}; make them equal"
        )
    return replace(dataset, train=train, test=test)


def _checked_split(split: Split, kind: str, classes: int, where: str) -> Split:
    samples, labels = as_samples(split.samples, kind, where), split.labels
    if labels.shape != (len(samples),) or labels.dtype.kind not in "iu":
        raise DataError(
            f"{where}: labels are {labels.dtype} {labels.shape}, expected {len(samples)} integers"
        )
    if split.groups is not None and split.groups.shape != labels.shape:
        raise DataError(
            f"{where}: groups are {split.groups.shape}, expected one for each of {len(samples)} samples"
        )
    if len(labels) and not (labels.min() >= 0 and labels.max() < classes):
        raise DataError(
            f"{where}: labels run from {labels.min()} to {labels.max()}, expected 0 to {classes - 1}"
        )
    return replace(split, samples=samples)


def check_fits(
    where: str,
    input_shape: tuple[int, ...],
    outputs: int,
    info: DatasetInfo,
    sample_shape: tuple[int, ...],
    kind: str = IMAGE,
) -> None:
    """DataError where a model, named `where`, takes other samples or has other classes than the data set."""
    if tuple(input_shape) != tuple(sample_shape):
        what = {IMAGE: "images", FEATURES: "features", QUANTIZED: "inputs"}[kind]
        raise DataError(
            f"{where} takes {what} of {_times(input_shape)}, {info.name} has {_times(sample_shape)}; "
            + _other_size(tuple(input_shape), tuple(sample_shape), kind)
        )
    if outputs != len(info.classes):
        raise DataError(
            f"{where} has {outputs} outputs, {info.name} has {len(info.classes)} classes; "
            "give the dataset it was trained on"
        )


def _other_size(shape: tuple[int, ...], seen: tuple[int, ...], kind: str) -> str:
    if kind == IMAGE and len(shape) == 3 and shape[0] == shape[1] and shape[2] == seen[2]:
        size = f"folder:PATH@{shape[0]}"
        return f"{size} resizes images to that size (without @SIZE to 32), or give a data set that has it"
    if int(np.prod(shape)) == int(np.prod(seen)):
        return f"both have {int(np.prod(shape)):,} values: store the samples as {_times(shape)}, in the model's order"
    if kind == IMAGE:
        return "give a data set of that size (folder:PATH@SIZE makes squares of the pictures' own colours)"
    return "give the data set with the samples that the model was trained on"


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(str(size) for size in shape)


def group_numbers(names: Sequence[str]) -> np.ndarray:
    """int64 (n,): equal names have equal numbers, in the order of their first appearance."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(name, len(known)) for name in names], np.int64)
