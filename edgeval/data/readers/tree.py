"""Files in one folder a class under ROOT/train and ROOT/test: what pictures and sounds have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgeval.data.dataset import group_numbers
from edgeval.errors import DataError
from edgeval.progress import say

PARTS = ("train", "test")


@dataclass(frozen=True)
class Tree:
    """`files` has the paths with their labels of `train` and `test`, in the order of the classes."""

    root: Path
    classes: tuple[str, ...]
    files: dict[str, list[tuple[Path, int]]]

    def labels(self, part: str) -> np.ndarray:
        """int64 (n,)."""
        return np.array([label for _, label in self.files[part]], np.int64)

    def groups(self, part: str) -> np.ndarray | None:
        """int64 (n,): files of one folder inside a class have one number, also across classes; None without any."""
        inside = [path.relative_to(self.root / part).parts for path, _ in self.files[part]]
        if all(len(parts) == 2 for parts in inside):
            return None
        return group_numbers(["group " + parts[1] if len(parts) > 2 else "/".join(parts) for parts in inside])


def read_tree(root: Path, suffixes: set[str], noun: str) -> Tree:
    """The files of ROOT/test/CLASS/FILE and ROOT/train/CLASS/FILE that end in `suffixes`, sorted.

    Classes are the folder names under test/, sorted; a missing train/ gives no training files. Files of one folder
    inside a class's folder (test/CLASS/GROUP/FILE) hang together; one beside such folders stands alone. Hidden files
    and folders (.name) do not count. Files of another kind are left out, which is said, as is a class without files.
    Raises DataError; `noun` is what the files are: "images".
    """
    if not (root / "test").is_dir():
        raise DataError(
            f"{root} has no folder 'test' with one folder per class; expected PATH/test/CLASS/{noun.upper()[:-1]}"
        )
    classes = tuple(sorted(folder.name for folder in _shown(root / "test") if folder.is_dir()))
    if (root / "train").is_dir():
        _check_same_classes(root, classes)
    files: dict[str, list[tuple[Path, int]]] = {part: [] for part in PARTS}
    others: list[Path] = []
    for part in PARTS:
        for label, name in enumerate(classes if (root / part).is_dir() else ()):
            for path in _files(root / part / name, noun):
                if path.suffix.lower() in suffixes:
                    files[part].append((path, label))
                else:
                    others.append(path)
    if others:
        known = ", ".join(sorted(suffixes))
        say(
            f"note: {len(others)} files of {root} are left out, the first is {others[0]!s:.200}; {noun} end in {known}"
        )
    return Tree(root, classes, files)


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


def _files(folder: Path, noun: str) -> Iterator[Path]:
    """The files of a class and of the groups in it, sorted."""
    for path in _shown(folder):
        if not path.is_dir():
            yield path
            continue
        for inside in _shown(path):
            if inside.is_dir():
                raise DataError(
                    f"{inside} is a folder inside a group; expected PATH/test/CLASS/GROUP/{noun.upper()[:-1]}"
                )
            yield inside
