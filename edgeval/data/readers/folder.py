"""`folder:PATH@SIZE`: images in one folder a class under PATH/train and PATH/test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgeval.data.dataset import Dataset, Split, checked
from edgeval.data.readers.image import COLOURS, SUFFIXES, read_image
from edgeval.data.readers.tree import PARTS, Tree, read_tree
from edgeval.errors import DataError
from edgeval.inputs import LARGEST_DATA_BYTES
from edgeval.progress import say

DEFAULT_SIZE = 32  # pixels
SMALLEST_SIZE, LARGEST_SIZE = 8, 2048


@dataclass(frozen=True)
class _Wanted:
    """Side in pixels, and `grey`, `rgb` or `rgba`; None takes grey where no picture has a colour, else rgb."""

    root: Path
    size: int
    colours: str | None


def load_folder(argument: str, spec: str) -> Dataset:
    """Read `PATH`, `PATH@SIZE` or `PATH@SIZE,COLOURS`: every image becomes SIZE x SIZE pixels (32 by default).

    The image is scaled so that its shorter side fits and cropped in the middle (edgeval.data.readers.image). A set
    without any colour has one channel, another three; COLOURS (grey, rgb, rgba) asks for its own. The folders are
    those of edgeval.data.readers.tree. Raises DataError.
    """
    wanted = _wanted(argument)
    tree = read_tree(wanted.root, SUFFIXES, "images")
    _check_bytes(tree, wanted)
    read = {part: _read(tree, part, wanted) for part in PARTS}
    transparent, grey = sum(of.transparent for of in read.values()), all(of.grey for of in read.values())
    if transparent and wanted.colours != "rgba":
        say(f"note: {transparent} images of {tree.root} have transparent pixels; only their colours count")
    one = wanted.colours is None and grey
    train, test = (
        _split(tree, part, read[part].pixels[..., :1] if one else read[part].pixels) for part in PARTS
    )
    return checked(Dataset(wanted.root.resolve().name, spec, train, test, tree.classes), str(wanted.root))


def _wanted(argument: str) -> _Wanted:
    path, at, asked = argument.rpartition("@")
    if not at or Path(argument).is_dir():
        return _Wanted(Path(argument), DEFAULT_SIZE, None)
    size, comma, colours = asked.partition(",")
    if not size.isdecimal() or not SMALLEST_SIZE <= int(size) <= LARGEST_SIZE:
        raise DataError(
            f"folder size '{size}' is not a number of pixels from {SMALLEST_SIZE} to {LARGEST_SIZE}; "
            "for example folder:PATH@96"
        )
    if comma and colours not in COLOURS:
        raise DataError(
            f"folder colours '{colours}' are none of {', '.join(COLOURS)}; for example folder:PATH@96,grey"
        )
    return _Wanted(Path(path), int(size), colours or None)


def _check_bytes(tree: Tree, wanted: _Wanted) -> None:
    images = sum(map(len, tree.files.values()))
    needed = images * wanted.size**2 * COLOURS[wanted.colours or "rgb"][1]
    if needed > LARGEST_DATA_BYTES:
        raise DataError(
            f"{tree.root} has {images:,} images, {needed:,} bytes at {wanted.size} x {wanted.size} pixels, at most "
            f"{LARGEST_DATA_BYTES:,} are read; give a smaller folder:PATH@SIZE"
        )


@dataclass(frozen=True)
class _Read:
    """The pixels of a split, how many of its images are transparent, and whether none has a colour."""

    pixels: np.ndarray
    transparent: int
    grey: bool


def _read(tree: Tree, part: str, wanted: _Wanted) -> _Read:
    mode, channels = COLOURS[wanted.colours or "rgb"]
    files = tree.files[part]
    pixels = np.zeros((len(files), wanted.size, wanted.size, channels), np.uint8)
    transparent, grey = 0, True
    for row, (path, _) in enumerate(files):
        pixels[row], hidden = read_image(path, wanted.size, mode)
        transparent += hidden
        grey = grey and channels == 3 and bool((pixels[row] == pixels[row, ..., :1]).all())
    return _Read(pixels, transparent, grey)


def _split(tree: Tree, part: str, pixels: np.ndarray) -> Split:
    return Split(np.ascontiguousarray(pixels), tree.labels(part), tree.groups(part))
