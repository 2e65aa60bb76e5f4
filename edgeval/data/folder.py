"""`folder:PATH`: images in one folder a class under PATH/train and PATH/test."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgeval.data.dataset import Dataset, Split, checked, group_numbers
from edgeval.errors import DataError

DEFAULT_SIZE = 32  # pixels
SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".ppm", ".pgm", ".tif", ".tiff"}


def load_folder(argument: str, spec: str) -> Dataset:
    """Read `PATH` or `PATH@SIZE`: every image becomes RGB and SIZE x SIZE pixels (32 by default).

    The image is scaled so that its shorter side fits and cropped in the middle. Classes are the folder names
    under test/, sorted; a missing train/ gives an empty training split. Images of one folder inside a class's folder
    (test/CLASS/GROUP/IMAGE) hang together, also with those of the same GROUP in another class; an image beside such
    folders stands alone. Raises DataError.
    """
    root, size = _root_and_size(argument)
    if not (root / "test").is_dir():
        raise DataError(
            f"{root} has no folder 'test' with one folder a class; expected PATH/test/CLASS/IMAGE"
        )
    classes = tuple(sorted(folder.name for folder in (root / "test").iterdir() if folder.is_dir()))
    if (root / "train").is_dir():
        _check_same_classes(root, classes)
        train = _read_split(root / "train", classes, size)
    else:
        train = Split(np.zeros((0, size, size, 3), np.uint8), np.zeros(0, np.int64))
    dataset = Dataset(root.resolve().name, spec, train, _read_split(root / "test", classes, size), classes)
    return checked(dataset, str(root))


def _root_and_size(argument: str) -> tuple[Path, int]:
    path, at, size = argument.rpartition("@")
    if not at or Path(argument).is_dir():
        return Path(argument), DEFAULT_SIZE
    if not size.isdigit() or int(size) < 8:
        raise DataError(
            f"folder size '{size}' is not a number of pixels of at least 8; for example folder:PATH@96"
        )
    return Path(path), int(size)


def _check_same_classes(root: Path, classes: tuple[str, ...]) -> None:
    train = {folder.name for folder in (root / "train").iterdir() if folder.is_dir()}
    for name in sorted(train.symmetric_difference(classes)):
        part, other = ("train", "test") if name in train else ("test", "train")
        raise DataError(f"class folder '{name}' is in {root / part} but not in {root / other}")


def _read_split(folder: Path, classes: tuple[str, ...], size: int) -> Split:
    images, labels, groups = [], [], []
    for label, name in enumerate(classes):
        for path in sorted(path for path in (folder / name).glob("**/*") if path.suffix.lower() in SUFFIXES):
            images.append(_read_image(path, size))
            labels.append(label)
            inside = path.relative_to(folder / name).parts
            groups.append(f"group {inside[0]}" if len(inside) > 1 else f"image {name}/{inside[0]}")
    shape = (len(images), size, size, 3)
    grouped = any(group.startswith("group ") for group in groups)
    return Split(
        np.array(images, np.uint8).reshape(shape),
        np.array(labels, np.int64),
        group_numbers(groups) if grouped else None,
    )


def _read_image(path: Path, size: int) -> np.ndarray:
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            return np.asarray(ImageOps.fit(image.convert("RGB"), (size, size), Image.Resampling.BILINEAR))
    except OSError as error:
        raise DataError(f"{path} is not a readable image ({error}); remove or replace it") from error
