"""Every Python reader of files that somebody else made, with a good file each: `READERS`.

Whatever the bytes are, a reader returns or raises EdgevalError.
"""

from __future__ import annotations

import io
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from edgeval import store
from edgeval.compare.document import compare
from edgeval.data import load_dataset
from edgeval.devices.wire.replay import ReplayLink, recording
from edgeval.errors import EdgevalError
from edgeval.evidence.evidence import EVIDENCE_JSON, read_evidence, write_evidence
from edgeval.evidence.settings import Settings
from edgeval.gate.baseline import accepted, baseline_bytes, read_baseline
from edgeval.gate.policy_file import read_policy
from edgeval.gate.terms import quick_terms
from edgeval.imports.classes import labelled
from edgeval.imports.table import read_table
from edgeval.records import predictions_bytes, read_predictions
from edgeval.runtimes.tflite_file import classifier, inspect, read_tflite
from edgeval.training.config import load_grid
from tests.planted import grid, world

POLICY = b"""level = 0.05
[rules.class_accuracy]
allowance = 5
[rules.class_accuracy.classes.cat]
allowance = 2
[rules.flipped_labels]
limit = 2
severity = "warn"
"""
GRID = b"""dataset = "glyphs100"
models = ["scalecnn-4", "mobilenetv2-0.35"]
seeds = [0, 1]
[recipe]
epochs = 12
batch_size = 128
"""
CSV = b"id,label,top1,prob_cat,prob_dog\n0,cat,cat,0.9,0.1\n1,dog,cat,0.6,0.4\n2,dog,dog,0.25,0.75\n"
HELLO, REPLY = (
    "45560101443322110000000042071f9842071f98",
    "455601870700000000000600cfb977f200000000807fdaac3af7",
)


@dataclass(frozen=True)
class Reader:
    """`read` takes the file at a path whose name is `name`; `seed` makes the bytes of a good one."""

    name: str
    read: Callable[[Path], object]
    seed: Callable[[], bytes]


@cache
def _cases() -> tuple:
    return tuple(grid(world(classes=4, samples=40), seeds=(0,), stages=("float", "int8"))[:2])


def _npz() -> bytes:
    rng = np.random.default_rng(1)
    arrays = {
        f"{kind}_{part}": rng.integers(0, high, shape).astype(dtype)
        for part, count in (("train", 6), ("test", 6))
        for kind, high, shape, dtype in (("x", 256, (count, 4, 4, 3), "u1"), ("y", 3, (count,), "i8"))
    }
    return _saved(**arrays, class_names=np.array(["cat", "dog", "frog"]))


def _table_npz() -> bytes:
    scores = np.array([[0.9, 0.1], [0.6, 0.4], [0.25, 0.75]], np.float32)
    names = np.array(["cat", "dog"])
    return _saved(
        ids=np.arange(3),
        labels=np.array([0, 1, 1]),
        top1=scores.argmax(1),
        probabilities=scores,
        class_names=names,
    )


def _saved(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def _tflite() -> bytes:
    from tests.firmware.cases import make_case

    return make_case(3).model


def _baseline() -> bytes:
    return baseline_bytes(accepted(_cases(), "0" * 64))


def _predictions() -> bytes:
    return predictions_bytes(_cases()[0].seeds[0]["int8"])


@cache
def _report() -> dict[str, bytes]:
    """The files of a report with evidence."""
    with tempfile.TemporaryDirectory() as place:
        folder, terms = Path(place) / "report", quick_terms(60.0, 30.0)
        document = compare(_cases(), terms=terms)
        store.publish(folder, "compare.json", store.json_bytes(document))
        write_evidence(folder, _cases(), Settings(terms=terms), document, {})
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }


def _read_evidence(path: Path) -> object:
    """With the other files of a report beside it, as its maker would lay them."""
    folder = path.parent / "report"
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in (_report() | {EVIDENCE_JSON: path.read_bytes()}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return read_evidence(folder)


def _session() -> bytes:
    """A recorded session: its first line, and a frame in each direction (docs/PROTOCOL.md)."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "session.jsonl"
        recording(_Echo(), path, "board", "stm32f407").close()
        lines = [
            {"time_s": 0.1, "direction": "out", "hex": HELLO},
            {"time_s": 0.2, "direction": "in", "hex": REPLY},
        ]
        return path.read_bytes() + "".join(json.dumps(line) + "\n" for line in lines).encode()


class _Echo:
    def close(self) -> None:
        return None


def _read_tflite(path: Path) -> object:
    data = read_tflite(path)
    inspect(data)
    return classifier(data)


READERS = {
    "npz": Reader("data.npz", lambda path: load_dataset(f"npz:{path}"), _npz),
    "table-csv": Reader("table.csv", lambda path: labelled(read_table(path, {})), lambda: CSV),
    "table-npz": Reader("table.npz", lambda path: labelled(read_table(path, {})), _table_npz),
    "tflite": Reader("model.tflite", _read_tflite, _tflite),
    "policy": Reader("gate.toml", read_policy, lambda: POLICY),
    "grid": Reader("grid.toml", lambda path: load_grid(str(path)), lambda: GRID),
    "baseline": Reader("baseline.json", read_baseline, _baseline),
    "predictions": Reader("int8.npz", read_predictions, _predictions),
    "evidence": Reader("evidence.json", _read_evidence, lambda: _report()[EVIDENCE_JSON]),
    "session": Reader("session.jsonl", ReplayLink, _session),
}  # fmt: skip


def try_reader(kind: str, data: bytes, folder: Path) -> bool:
    """Whether the reader took it; anything but a result and an EdgevalError is raised."""
    path = folder / READERS[kind].name
    path.write_bytes(data)
    try:
        READERS[kind].read(path)
    except EdgevalError as error:
        if "\n" in str(error).strip() and kind != "policy":
            raise AssertionError(f"more than one line: {error}") from error
        return False
    return True


OTHERS = (
    None,
    True,
    -1,
    0,
    2**63,
    1e308,
    "",
    "\ud800",
    "a\nb",
    "../x",
    [],
    [[]],
    {},
    [None],
    {"": 0},
    "x" * 5000,
)


def with_another_value(document: bytes, choose: Callable[[int], int]) -> bytes:
    """A JSON document with one value replaced by another kind or an extreme one; `choose(n)` is below n."""
    table = json.loads(document)
    paths = [path for path in _paths(table) if path]
    if not paths:
        return document
    *way, last = paths[choose(len(paths))]
    holder = table
    for key in way:
        holder = holder[key]
    holder[last] = OTHERS[choose(len(OTHERS))]
    return json.dumps(table).encode()


def _paths(value: object, at: tuple = ()) -> list[tuple]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, one in inner for path in _paths(one, (*at, key)))]
