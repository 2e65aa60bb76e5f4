"""A folder of imported predictions: one test set, any number of models, seeds and stages.

<folder>/testset.json                                       ids, labels and class names; the first file sets them
<folder>/<model>/seed<k>/predictions/<stage>.npz            as edgeval's own prediction files
<folder>/<model>/seed<k>/models/<stage>.<suffix>            the model file, where one was given
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from edgeval import store
from edgeval.cases.case import DEVICE_STAGES, ModelCase
from edgeval.data.dataset import group_numbers
from edgeval.errors import DataError, StoreError, UsageError, unknown
from edgeval.imports.classes import Labelled, labelled
from edgeval.imports.table import Table, read_table
from edgeval.imports.vendors import is_runner_log, is_validation, runner_table, validation_table
from edgeval.inputs import read_arrays, read_input
from edgeval.records import STAGES, DatasetInfo, Predictions, Provenance, predictions_bytes, read_predictions
from edgeval.turns import turn

TESTSET = "testset.json"
SEED_FOLDER = re.compile(r"seed\d+")
PREDICTION_FILE = re.compile(rf"predictions/({'|'.join(STAGES)})\.npz")


@dataclass(frozen=True)
class Origin:
    """What the imported predictions are of, as the user says: model, stage, seed, and the tool that made them."""

    model: str
    stage: str
    seed: int = 0
    tool: str = "imported"
    model_file: Path | None = None


@dataclass(frozen=True)
class Reading:
    """How to read a file: what it calls its columns, class names where they are known."""

    columns: Mapping[str, str] = field(default_factory=dict)
    classes: Sequence[str] = ()
    labels: Path | None = None  # the true classes, where the file does not have them


def import_predictions(
    path: Path | Table, folder: Path, origin: Origin, reading: Reading | None = None
) -> Predictions:
    """Add a file or table of predictions to a folder; the first one's samples and classes are the folder's test set.

    A later file must have the same ids and labels, in any order; a device stage may have a part of them. Raises
    DataError where the file is wrong or about other samples, UsageError for an unknown stage or a bad name.
    """
    reading = reading or Reading()
    _check(origin)
    with turn(folder / ".import.claim", f"importing into {folder}"):
        known = read_testset(folder) if store.is_finished(folder, TESTSET) else None
        classes = known["classes"] if known and not reading.classes else reading.classes
        table = path if isinstance(path, Table) else _table(path, reading)
        seen = labelled(table, classes)
        if known is None:
            known = _testset(seen, folder)
            store.publish(folder, TESTSET, store.json_bytes(known))
        predictions = _predictions(seen, known, folder, origin)
        home = folder / origin.model / f"seed{origin.seed}"
        if origin.model_file is not None:
            name = f"models/{origin.stage}{origin.model_file.suffix}"
            store.publish(home, name, read_input(origin.model_file))
        store.publish(home, f"predictions/{origin.stage}.npz", predictions_bytes(predictions))
    return predictions


def _table(path: Path, reading: Reading) -> Table:
    """A file of edgeval's forms or of a vendor's runner."""
    try:
        data = read_input(path)
    except OSError:
        return read_table(path, reading.columns)  # which says so
    if path.suffix == ".npz":
        with contextlib.suppress(ValueError):
            arrays = read_arrays(data)
            if is_validation(arrays):
                return validation_table(path, arrays, reading.labels, reading.columns.get("scores"))
    elif is_runner_log(data):
        return runner_table(path, data, reading.labels)
    if reading.labels is not None:
        raise UsageError(
            f"{path} has its own labels, or is of no runner that edgeval knows; leave --labels out"
        )
    return read_table(path, reading.columns)


def _check(origin: Origin) -> None:
    if origin.stage not in STAGES:
        raise unknown("stage", origin.stage, STAGES, "--stage")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", origin.model):
        raise UsageError(f"model name '{origin.model}' is a folder name too; use letters, digits and . _ -")
    if origin.model_file is not None and not origin.model_file.is_file():
        raise DataError(f"{origin.model_file} does not exist; check the path of --model-file")


def _testset(seen: Labelled, folder: Path) -> dict[str, Any]:
    ids, labels = list(seen.table.ids), seen.labels.tolist()
    hashed = [ids, labels, list(seen.classes)]
    groups = seen.table.groups
    if groups is not None:
        hashed.append(list(groups))
    digest = store.sha256_bytes(store.json_bytes(hashed))
    return {
        "schema_version": store.SCHEMA_VERSION,
        "name": folder.resolve().name,
        "sha256": digest,  # of what follows: the images were never seen
        "classes": list(seen.classes),
        "ids": ids,
        "labels": labels,
        **({} if groups is None else {"groups": list(groups)}),
    }


def read_testset(folder: Path) -> dict[str, Any]:
    """The test set of a folder of imported predictions; StoreError where it is missing or was changed."""
    return store.read_json(store.verified(folder, TESTSET))


def _predictions(seen: Labelled, testset: dict[str, Any], folder: Path, origin: Origin) -> Predictions:
    rows, positions = _matched(seen, testset, folder, origin.stage in DEVICE_STAGES)
    info = DatasetInfo(testset["name"], testset["sha256"], len(testset["ids"]), tuple(testset["classes"]))
    model_sha256 = None if origin.model_file is None else store.sha256_file(origin.model_file)
    return Predictions(
        provenance=Provenance(origin.stage, model_sha256, info, origin.tool),
        ids=positions,
        labels=seen.labels[rows],
        top1=seen.top1[rows],
        scores=seen.scores[rows],
        score_kind=seen.table.score_kind,
        notes={"imported_from": Path(seen.table.where).name},
        groups=_groups(seen, rows, positions, testset, folder),
    )


def _groups(
    seen: Labelled, rows: np.ndarray, positions: np.ndarray, testset: dict[str, Any], folder: Path
) -> np.ndarray | None:
    """The test set's groups of the rows, as numbers; a later file may leave them out, but not have others."""
    mine, known = seen.table.groups, testset.get("groups")
    if mine is not None and (known is None or [mine[r] for r in rows] != [known[p] for p in positions]):
        raise DataError(
            f"{seen.table.where} has other groups than the test set of {folder}; import the file that has them first, "
            "or use another --out"
        )
    if known is None:
        return None
    # A sample without a group stands alone.
    return group_numbers([name or f"\0{index}" for index, name in enumerate(known)])[positions]


def _matched(
    seen: Labelled, testset: dict[str, Any], folder: Path, part: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the file and positions in the test set, both int64 (n,), in the order of the test set."""
    table, where = seen.table, f"the test set of {folder}"
    if tuple(testset["classes"]) != seen.classes:
        raise DataError(
            f"{table.where} has other classes than {where}; leave --classes out, or use another --out"
        )
    position = {sample: index for index, sample in enumerate(testset["ids"])}
    row_of = {sample: row for row, sample in enumerate(table.ids)}
    extra = [sample for sample in table.ids if sample not in position]
    if extra:
        raise DataError(
            f"{table.place(row_of[extra[0]])}: id '{extra[0]}' is not in {where} ({len(extra)} such ids); "
            "import the file with all samples first, or use another --out"
        )
    missing = [sample for sample in testset["ids"] if sample not in row_of]
    if missing and not part:
        raise DataError(
            f"{table.where} lacks {len(missing)} of {len(position)} ids of {where}, first '{missing[0]}'"
        )
    rows = np.array([row_of[sample] for sample in testset["ids"] if sample in row_of], np.int64)
    positions = np.array([position[table.ids[row]] for row in rows], np.int64)
    _check_labels(seen, rows, np.array(testset["labels"])[positions], where)
    return rows, positions


def _check_labels(seen: Labelled, rows: np.ndarray, labels: np.ndarray, where: str) -> None:
    other = seen.labels[rows] != labels
    if other.any():
        first = int(np.argmax(other))
        mine, theirs = seen.classes[seen.labels[rows][first]], seen.classes[labels[first]]
        raise DataError(
            f"{seen.table.place(int(rows[first]), 'label')}: '{mine}', but {where} says '{theirs}' for id "
            f"'{seen.table.ids[rows[first]]}' ({int(other.sum())} labels differ)"
        )


def imported_cases(folder: Path) -> list[ModelCase]:
    """The models of a folder of imported predictions; StoreError where there is none or one is damaged."""
    read_testset(folder)
    homes: dict[str, dict[int, Path]] = {}
    for home in imported_homes(folder):
        homes.setdefault(home.parent.name, {})[int(home.name.removeprefix("seed"))] = home
    if not homes:
        raise StoreError(f"{folder} has no finished predictions; run edgeval import first")
    return [_case(model, seeds) for model, seeds in homes.items()]


def imported_homes(folder: Path) -> list[Path]:
    """The folders <model>/seed<k> that have finished predictions."""
    homes = [home for home in sorted(folder.glob("*/seed*")) if SEED_FOLDER.fullmatch(home.name)]
    return [home for home in homes if list(_stages(home))]


def _case(model: str, homes: Mapping[int, Path]) -> ModelCase:
    seeds = {
        seed: {stage: read_predictions(store.verified(home, name)) for stage, name in _stages(home)}
        for seed, home in sorted(homes.items())
    }
    last = list(next(iter(seeds.values())).values())[-1].provenance
    entries = [store.listed(home, name) for home in homes.values() for name in store.names(home)]
    sizes = [entry["bytes"] for entry in entries if entry and entry["sha256"] == last.model_sha256]
    return ModelCase(model, model, seeds, size_bytes=sizes[0] if sizes else None)


def _stages(home: Path) -> Iterator[tuple[str, str]]:
    """(stage, file) of the finished predictions, in the order of the chain."""
    found = {match[1]: name for name in store.names(home) if (match := PREDICTION_FILE.fullmatch(name))}
    yield from ((stage, found[stage]) for stage in STAGES if stage in found)
