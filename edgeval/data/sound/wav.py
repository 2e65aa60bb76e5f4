"""`wav:PATH`: sounds in one folder a class under PATH/train and PATH/test, as features of one second."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np

from edgeval import store
from edgeval.data.dataset import Dataset, Split, checked
from edgeval.data.readers.tree import PARTS, Tree, read_tree
from edgeval.data.sound import features as sound
from edgeval.errors import DataError, StoreError
from edgeval.inputs import LARGEST_DATA_BYTES, read_arrays
from edgeval.progress import progress, say

VERSION = 1  # counts changes of the features; part of the cached file's name
BATCH = 64  # clips whose features are computed at once


def load_wav(argument: str, spec: str) -> Dataset:
    """Read `PATH` or `PATH@FORM`: every .wav becomes the mfcc (49, 10, 1), or the logmel (49, 40, 1), of one second.

    Other rates than 16 kHz are resampled, several channels averaged, longer sounds cut to their middle second and
    shorter ones followed by silence; what was changed is said once, with numbers. The features are cached by the
    names, sizes and times of the files. The folders are those of `edgeval.data.readers.tree`. Raises DataError.
    """
    root, form = _root_and_form(argument)
    tree = read_tree(root, {".wav"}, "sounds")
    _check_bytes(tree, form)
    kept = store.cache_folder() / f"wav-{_key(tree, form)}.npz"
    found = _cached(kept, tree)
    if found is None:
        found = _computed(tree, form)
        with contextlib.suppress(StoreError):  # a cache that cannot be written only costs time
            store.write_bytes(kept, store.npz_bytes(**found))
    for note in found["notes"].tolist():
        say(f"note: {note}")
    train, test = (Split(found[part], tree.labels(part), tree.groups(part)) for part in PARTS)
    name = root.resolve().name
    return checked(Dataset(name, spec, train, test, tree.classes, mirrored=False), str(root))


def clips_behind(dataset: Dataset) -> tuple[np.ndarray, str]:
    """float32 (n, samples): the sounds of one second behind the test features of a `wav:` data set, and its form.

    DataError where the files are no longer those of its features.
    """
    root, form = _root_and_form(str(Path(dataset.spec.removeprefix("wav:")).expanduser()))
    tree = read_tree(root, {".wav"}, "sounds")
    told = _Told()
    clips = [_clip(path, told) for path, _ in tree.files["test"]]
    whole = np.stack(clips) if clips else np.zeros((0, sound.CLIP), np.float32)
    first = sound.features(whole[:1], form)
    if len(whole) != len(dataset.test) or not np.array_equal(first, dataset.test.samples[:1]):
        raise DataError(f"the sounds of {root} changed since they were read; run the command again")
    return whole, form


def _root_and_form(argument: str) -> tuple[Path, str]:
    path, at, form = argument.rpartition("@")
    if not at or Path(argument).is_dir():
        return Path(argument), "mfcc"
    if form not in sound.FORMS:
        raise DataError(
            f"'{form}' is none of the forms of a sound, {', '.join(sound.FORMS)}; for example wav:PATH@mfcc"
        )
    return Path(path), form


def _check_bytes(tree: Tree, form: str) -> None:
    sounds = sum(map(len, tree.files.values()))
    needed = sounds * int(np.prod(sound.FORMS[form])) * 4
    if needed > LARGEST_DATA_BYTES:
        raise DataError(
            f"{tree.root} has {sounds:,} sounds, {needed:,} bytes of features; at most {LARGEST_DATA_BYTES:,} are read"
        )


def _key(tree: Tree, form: str) -> str:
    """A short name for everything that the features depend on."""
    import scipy

    files = []
    for part in PARTS:
        for path, _ in tree.files[part]:
            stat = path.stat()
            files.append((path.relative_to(tree.root).as_posix(), stat.st_size, stat.st_mtime_ns))
    made_with = (VERSION, form, str(tree.root.resolve()), np.__version__, scipy.__version__)
    return store.sha256_bytes(repr((made_with, files)).encode())[:16]


def _cached(path: Path, tree: Tree) -> dict[str, np.ndarray] | None:
    """None where there is none, or a damaged one: then the features are computed again."""
    try:
        found = read_arrays(path)
    except (OSError, ValueError):
        return None
    whole = {*PARTS, "notes"} <= found.keys() and all(
        len(found[part]) == len(tree.files[part]) for part in PARTS
    )
    return found if whole else None


def _computed(tree: Tree, form: str) -> dict[str, np.ndarray]:
    told = _Told()
    count = sum(map(len, tree.files.values()))
    with progress(count, f"features of {tree.root.name}", unit="sound") as bar:
        made = {}
        for part in PARTS:
            paths = [path for path, _ in tree.files[part]]
            made[part] = np.zeros((len(paths), *sound.FORMS[form]), np.float32)
            for start in range(0, len(paths), BATCH):
                clips = np.stack([_clip(path, told) for path in paths[start : start + BATCH]])
                made[part][start : start + BATCH] = sound.features(clips, form)
                bar.update(len(clips))
    return {**made, "notes": np.array(told.notes(tree.root), np.str_)}


def _clip(path: Path, told: _Told) -> np.ndarray:
    read, rate = sound.read_wav(path)
    told.rates[rate] = told.rates.get(rate, 0) + (rate != sound.RATE)
    whole = sound.resampled(read, rate)
    told.longer += len(whole) > sound.CLIP
    told.shorter += len(whole) < sound.CLIP
    told.silent += not whole.any()
    return sound.one_second(whole)


class _Told:
    """What was changed on the way to one second at 16 kHz."""

    def __init__(self) -> None:
        self.rates: dict[int, int] = {}
        self.longer = self.shorter = self.silent = 0

    def notes(self, root: Path) -> list[str]:
        other = {rate: count for rate, count in sorted(self.rates.items()) if count}
        seen = ", ".join(f"{count:,} of {rate:,} Hz" for rate, count in other.items())
        notes = [f"{root}: sounds resampled to {sound.RATE:,} Hz: {seen}"] if other else []
        if self.longer:
            notes.append(
                f"{root}: {self.longer:,} sounds are longer than one second; their middle second counts"
            )
        if self.shorter:
            notes.append(f"{root}: {self.shorter:,} sounds are shorter than one second; silence follows them")
        if self.silent:
            notes.append(f"{root}: {self.silent:,} sounds are silent throughout")
        return notes
