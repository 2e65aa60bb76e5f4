"""`folder:PATH@SIZE`: images in one folder a class under PATH/train and PATH/test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgeval.data.dataset import Dataset, Split, checked, group_numbers
from edgeval.data.image import SUFFIXES, read_image
from edgeval.errors import DataError
from edgeval.inputs import LARGEST_DATA_BYTES
from edgeval.progress import say

DEFAULT_SIZE = 32  # pixels
SMALLEST_SIZE, LARGEST_SIZE = 8, 2048


@dataclass(frozen=True)
class _Found:
    """The images of a split in the order of its classes, and the files beside them that are none."""

    images: list[tuple[Path, int]]  # with the label
    others: list[Path]


def load_folder(argument: str, spec: str) -> Dataset:
    """Read `PATH` or `PATH@SIZE`: every image becomes RGB and SIZE x SIZE pixels (32 by default).

    The image is scaled so that its shorter side fits and cropped in the middle (`edgeval.data.image`). Classes are the
    folder names under test/, sorted; a missing train/ gives an empty training split. Images of one folder inside a
    class's folder (test/CLASS/GROUP/IMAGE) hang together, also with those of the same GROUP in another class; an image
    beside such folders stands alone. Hidden files and folders (.name) do not count. Files that are no images are left
    out, which is said. Raises DataError.
    """
    root, size = _root_and_size(argument)
    if not (root / "test").is_dir():
        raise DataError(
            f"{root} has no folder 'test' with one folder per class; expected PATH/test/CLASS/IMAGE"
        )
    classes = tuple(sorted(folder.name for folder in _shown(root / "test") if folder.is_dir()))
    if (root / "train").is_dir():
        _check_same_classes(root, classes)
    found = {part: _found(root / part, classes) for part in ("train", "test")}
    _check_bytes(root, size, sum(len(of.images) for of in found.values()))
    _tell_others(root, [path for of in found.values() for path in of.others])
    splits, transparent = {}, 0
    for part, of in found.items():
        splits[part], hidden = _read_split(root / part, of.images, size)
        transparent += hidden
    if transparent:
        say(f"note: {transparent} images of {root} have transparent pixels; only their colours count")
    dataset = Dataset(root.resolve().name, spec, splits["train"], splits["test"], classes)
    return checked(dataset, str(root))


def _root_and_size(argument: str) -> tuple[Path, int]:
    path, at, size = argument.rpartition("@")
    if not at or Path(argument).is_dir():
        return Path(argument), DEFAULT_SIZE
    if not size.isdecimal() or not SMALLEST_SIZE <= int(size) <= LARGEST_SIZE:
        raise DataError(
            f"folder size '{size}' is not a number of pixels from {SMALLEST_SIZE} to {LARGEST_SIZE}; "
            "for example folder:PATH@96"
        )
    return Path(path), int(size)


def _shown(folder: Path) -> list[Path]:
    """What a folder holds, sorted; hidden files and folders are the system's or an editor's."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _check_same_classes(root: Path, classes: tuple[str, ...]) -> None:
    train = {folder.name for folder in _shown(root / "train") if folder.is_dir()}
    for name in sorted(train.symmetric_difference(classes)):
        part, other = ("train", "test") if name in train else ("test", "train")
        twins = [twin for twin in train.union(classes) if twin != name and twin.casefold() == name.casefold()]
        hint = f"; there it is '{twins[0]}'" if twins else ""
        raise DataError(f"class folder '{name}' is in {root / part} but not in {root / other}{hint}")


def _found(folder: Path, classes: tuple[str, ...]) -> _Found:
    found = _Found([], [])
    for label, name in enumerate(classes if folder.is_dir() else ()):
        for path in _files(folder / name):
            if path.suffix.lower() in SUFFIXES:
                found.images.append((path, label))
            else:
                found.others.append(path)
    return found


def _files(folder: Path) -> Iterator[Path]:
    """The files of a class and of the groups in it, sorted."""
    for path in _shown(folder):
        if not path.is_dir():
            yield path
            continue
        for inside in _shown(path):
            if inside.is_dir():
                raise DataError(f"{inside} is a folder inside a group; expected PATH/test/CLASS/GROUP/IMAGE")
            yield inside


def _groups(folder: Path, images: list[tuple[Path, int]]) -> np.ndarray | None:
    """int64 (n,), or None where no class has a group."""
    parts = [path.relative_to(folder).parts for path, _ in images]
    if all(len(inside) == 2 for inside in parts):
        return None
    return group_numbers(["group " + inside[1] if len(inside) > 2 else "/".join(inside) for inside in parts])


def _check_bytes(root: Path, size: int, images: int) -> None:
    needed = images * size * size * 3
    if needed > LARGEST_DATA_BYTES:
        raise DataError(
            f"{root} has {images:,} images, {needed:,} bytes at {size} x {size} pixels, at most {LARGEST_DATA_BYTES:,} "
            "are read; give a smaller folder:PATH@SIZE"
        )


def _tell_others(root: Path, others: list[Path]) -> None:
    if others:
        known = ", ".join(sorted(SUFFIXES))
        say(
            f"note: {len(others)} files of {root} are left out, the first is {others[0]!s:.200}; images end in {known}"
        )


def _read_split(folder: Path, images: list[tuple[Path, int]], size: int) -> tuple[Split, int]:
    """The split, and how many of its images have transparent pixels."""
    pixels = np.zeros((len(images), size, size, 3), np.uint8)
    transparent = 0
    for row, (path, _) in enumerate(images):
        pixels[row], hidden = read_image(path, size)
        transparent += hidden
    labels = np.array([label for _, label in images], np.int64)
    return Split(pixels, labels, _groups(folder, images)), transparent
