"""`glyphs100`: 100 characters drawn from the fonts that matplotlib ships; the dataset that needs no network."""

from __future__ import annotations

import contextlib
import io

import numpy as np

from edgeval import store
from edgeval.data import glyph_drawing
from edgeval.data.dataset import Dataset, Split, checked
from edgeval.data.readers.npz import load_npz
from edgeval.errors import DataError, StoreError

NAME = "glyphs100"
VERSION = 1  # counts changes of the drawing; part of the cached file's name
TRAIN_PER_CLASS, TEST_PER_CLASS = 100, 50
SEED = 20260  # any number; another one is another dataset
CLASSES = tuple(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    "αβγδεζηθκλμνξπρστφχψωΓΔΛΞΣΩ"  # Greek, many of them twins of Latin letters
    "ЖИЯШЩЮбжэюы"  # Cyrillic
)


def load_glyphs() -> Dataset:
    """The dataset, drawn on first use (some seconds) and then read from the user's cache folder.

    The same versions of matplotlib and Pillow draw the same pixels; `Dataset.info().sha256` names them.
    """
    path = store.cache_folder() / f"{NAME}-{_drawn_with()}.npz"
    with contextlib.suppress(DataError):  # absent, or damaged: then it is drawn again
        return load_npz(path, NAME, NAME)
    dataset = draw_glyphs(TRAIN_PER_CLASS, TEST_PER_CLASS)
    with contextlib.suppress(StoreError):  # a cache that cannot be written only costs time
        store.write_bytes(path, _npz(dataset))
    return dataset


def draw_glyphs(train_per_class: int, test_per_class: int) -> Dataset:
    """Draw the dataset with the given numbers of images a class."""
    rng = np.random.default_rng(SEED)
    table = glyph_drawing.shapes(CLASSES)
    train, test = (_split(table, per_class, rng) for per_class in (train_per_class, test_per_class))
    return checked(Dataset(NAME, NAME, train, test, CLASSES, mirrored=False), NAME)


def _split(table: np.ndarray, per_class: int, rng: np.random.Generator) -> Split:
    labels = rng.permutation(np.repeat(np.arange(len(CLASSES)), per_class)).astype(np.int64)
    return Split(glyph_drawing.draw(table, labels, glyph_drawing.Difficulty(), rng), labels)


def _drawn_with() -> str:
    """A short name for everything that the pixels depend on."""
    import matplotlib
    import PIL

    versions = (
        VERSION,
        TRAIN_PER_CLASS,
        TEST_PER_CLASS,
        matplotlib.__version__,
        PIL.__version__,
        np.__version__,
    )
    return store.sha256_bytes(repr(versions).encode())[:12]


def _npz(dataset: Dataset) -> bytes:
    buffer = io.BytesIO()  # not compressed: noise does not shrink
    np.savez(
        buffer,
        x_train=dataset.train.samples,
        y_train=dataset.train.labels,
        x_test=dataset.test.samples,
        y_test=dataset.test.labels,
        class_names=np.array(dataset.classes),
        mirrored=np.array(dataset.mirrored),
    )
    return buffer.getvalue()
