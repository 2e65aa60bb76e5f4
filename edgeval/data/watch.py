"""`watch7`: seven shoulder exercises under a smartwatch, real windows of six axes that need no network.

Recorded by D. Burns and others ("Shoulder physiotherapy exercise recognition", 2018, arXiv 1802.01489): ten people, 20
repetitions of each exercise, 50 Hz. The PyPI package seglearn (BSD) carries them.
"""

from __future__ import annotations

import importlib.util
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from edgeval.data.dataset import Dataset, Split, checked
from edgeval.errors import DataError, ToolError

NAME = "watch7"
WINDOW = 128  # samples: 2.56 s
TRAIN_STEP = 64  # samples between the starts of two windows; those of the test set do not overlap
TRAIN_PART = 0.6  # of each recording, from its start
UNITS = (
    1.0,
    1.0,
    1.0,
    4.0,
    4.0,
    4.0,
)  # what the accelerations (g) and the rates of turn (rad/s) are divided by


def load_watch() -> Dataset:
    """features float32 (n, 128, 6): accelerations and rates of turn of one window, both near 1.

    Training and test windows come from the beginning and the end of the same 140 recordings, and `groups` has the
    recording: ten people are too few for a verdict on new people. Raises ToolError where seglearn is not installed.
    """
    told = _recordings()
    classes = tuple(str(name) for name in told["y_labels"])
    parts: dict[str, list[tuple[np.ndarray, int, int]]] = {"train": [], "test": []}
    for number, (signal, label) in enumerate(zip(told["X"], told["y"], strict=True)):
        scaled = np.asarray(signal, np.float32) / np.array(UNITS, np.float32)
        middle = int(TRAIN_PART * len(scaled))
        for part, piece, step in (("train", scaled[:middle], TRAIN_STEP), ("test", scaled[middle:], WINDOW)):
            starts = range(0, len(piece) - WINDOW + 1, step)
            parts[part] += [(piece[start : start + WINDOW], int(label), number) for start in starts]
    return checked(
        Dataset(NAME, NAME, _split(parts["train"]), _split(parts["test"]), classes, mirrored=False), NAME
    )


def _split(windows: list[tuple[np.ndarray, int, int]]) -> Split:
    samples, labels, groups = zip(*windows, strict=True)
    return Split(np.stack(samples), np.array(labels, np.int64), np.array(groups, np.int64))


def _recordings() -> dict[str, Any]:
    """What seglearn's load_watch returns, without importing it: its other parts want other versions of libraries."""
    spec = importlib.util.find_spec("seglearn")
    if spec is None or spec.origin is None:
        raise ToolError(f"{NAME} is in the package seglearn: pip install 'edgeval[sensors]'")
    path = Path(spec.origin).parent / "data" / "watch_dataset.npy"
    try:
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
            np.lib.format.read_array_header_1_0(file)
            found = _Arrays(file).load().item()
    except (OSError, ValueError, pickle.UnpicklingError, EOFError) as error:
        raise DataError(f"{path} cannot be read ({error}); install seglearn again") from error
    return dict(found)


class _Arrays(pickle.Unpickler):
    """Arrays of arrays, which seglearn keeps as a pickle; nothing else is made, so nothing is run."""

    def find_class(self, module: str, name: str) -> Any:
        made = ("_reconstruct", "ndarray", "dtype", "scalar")
        if (module.partition(".")[0] == "numpy" and name in made) or (module, name) == ("_codecs", "encode"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"it holds a {module}.{name}")
