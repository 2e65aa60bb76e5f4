"""Recompute a comparison from its evidence and say what differs from what is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgeval import __version__, store
from edgeval.compare.document import compare
from edgeval.data.dataset import Dataset
from edgeval.documents.files import COMPARE_JSON
from edgeval.errors import EdgevalError, StoreError
from edgeval.evidence.evidence import (
    EVIDENCE_JSON,
    FOLDER,
    Evidence,
    read_evidence,
    read_evidence_json,
)
from edgeval.evidence.json_diff import differences
from edgeval.evidence.preprocessing import other_preprocessing
from edgeval.records import Predictions

# What computing raises where somebody has put other values, or values of another type, into the evidence.
OF_HOSTILE_VALUES = (
    ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, OSError, RecursionError, TypeError,
    ValueError,
)  # fmt: skip
PROFILE_FIGURES = ("instructions", "peak_ram_bytes", "flash_bytes", "fits")


@dataclass(frozen=True)
class Problem:
    """One thing that does not match: `kind` is file, figure, device or evidence; `where` a file or JSON path."""

    kind: str
    where: str
    stored: Any
    seen: Any
    message: str


@dataclass(frozen=True)
class Verification:
    """What verifying a report folder found. `seal` is the SHA-256 of evidence.json, which ties all the rest."""

    seal: str
    passed: bool | None  # the gate's verdict as recomputed; None where it could not be
    figures: int  # values of compare.json that were recomputed
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]

    @property
    def verified(self) -> bool:
        return not self.problems


def verify(folder: Path, seal: str | None = None, dataset: Dataset | None = None) -> Verification:
    """Check every file of a report folder by its hash, recompute every figure and the verdict.

    `seal` is the SHA-256 that evidence.json must have, from a place that nobody can have changed with the folder;
    `dataset` the test set that the labels must be of.
    Raises StoreError where there is no finished evidence, so that nothing could be said.
    """
    sealed = store.listed(folder, EVIDENCE_JSON)
    if sealed is None or not store.inside(folder, EVIDENCE_JSON).is_file():
        raise StoreError(
            f"{folder} has no finished evidence; run edgeval compare again, it writes {EVIDENCE_JSON}"
        )
    problems = list(_other_seal(sealed["sha256"], seal))
    problems += _changed_files(folder, {name: _sha256(folder, name) for name in store.names(folder)})
    try:
        problems += _changed_files(folder, _held(folder))
        evidence = read_evidence(folder)
        problems += _untied(evidence)
        problems += _other_preprocessing(evidence, folder)
        problems += [] if dataset is None else _other_labels(evidence, dataset)
        problems += _changed_profiles(evidence, folder)
        document = _recomputed(evidence)
        stored = _stored(folder)
        problems += _changed_figures(stored, document)
    except (EdgevalError, *OF_HOSTILE_VALUES) as error:
        cause = str(error) if isinstance(error, EdgevalError) else f"{type(error).__name__}: {error}"
        message = f"cannot be recomputed: {' '.join(cause.split())}"
        problems.append(Problem("evidence", FOLDER, None, None, message))
        return Verification(sealed["sha256"], None, 0, tuple(problems), ())
    passed = bool(document["gate"]["passed"])
    return Verification(
        sealed["sha256"], passed, _values(document), tuple(problems), tuple(_notes(evidence, stored))
    )


def verification_document(found: Verification) -> dict[str, Any]:
    """What `edgeval verify --json` prints."""
    return {"schema_version": store.SCHEMA_VERSION, "verified": found.verified, **asdict(found)}


def _other_seal(seen: str, seal: str | None) -> Iterator[Problem]:
    if seal is not None and (len(seal) < 12 or not seen.startswith(seal.lower())):
        yield Problem("evidence", EVIDENCE_JSON, seal, seen, f"the seal is {seen}, expected {seal}")


def _sha256(folder: Path, name: str) -> str:
    entry = store.listed(folder, name)
    return str(entry and entry["sha256"])


def _held(folder: Path) -> dict[str, str]:
    """The files that evidence.json ties, with their hashes: its own, and compare.json as it was written."""
    document = read_evidence_json(folder)
    files = {f"{FOLDER}/{name}": entry["sha256"] for name, entry in document["files"].items()}
    compared = document["compare_json_sha256"]
    return files if compared == _sha256(folder, COMPARE_JSON) else {**files, COMPARE_JSON: compared}


def _changed_files(folder: Path, expected: dict[str, str]) -> Iterator[Problem]:
    for name, sha256 in expected.items():
        try:
            path = store.inside(folder, name)
        except StoreError as error:
            yield Problem("file", name, sha256, None, str(error))
            continue
        seen = store.sha256_file(path) if path.is_file() else None
        if seen is None:
            yield Problem("file", name, sha256, None, f"{name} is missing")
        elif seen != sha256:
            yield Problem(
                "file", name, sha256, seen, f"{name} was changed: SHA-256 {seen[:12]}, stored {sha256[:12]}"
            )


def _untied(evidence: Evidence) -> Iterator[Problem]:
    """What the evidence names and neither holds nor says it lacks: predictions, models, firmware, profiles."""
    files = evidence.document["files"]
    for row in evidence.document["models"]:
        for name in (name for stages in row["seeds"].values() for name in stages.values()):
            if name not in files:
                message = f"{name!r} holds predictions of {row['id']} and has no hash in {EVIDENCE_JSON}"
                yield Problem("evidence", str(name), None, None, message)
    known = {entry["sha256"] for entry in files.values()}
    known |= {str(name).rpartition(" ")[2] for name in evidence.document["absent"]}
    named = {
        (sha256, where)
        for where, seen in _predictions(evidence)
        for sha256 in (seen.provenance.model_sha256, seen.provenance.firmware_sha256)
        if sha256 is not None
    }
    named |= {
        (case.device.profile_sha256, f"the profile of {case.id}")
        for case in evidence.cases
        if case.device is not None and case.device.profile_sha256 is not None
    }
    for sha256, where in sorted(named, key=lambda pair: pair[1]):
        if sha256 not in known:
            message = f"{where} comes from a file of SHA-256 {sha256[:12]}, which the evidence does not hold"
            yield Problem("evidence", where, sha256, None, message)


def _other_preprocessing(evidence: Evidence, folder: Path) -> Iterator[Problem]:
    models = {entry["sha256"]: folder / FOLDER / name for name, entry in evidence.document["files"].items()}
    asked = evidence.settings.preprocessing
    for where, told, message in other_preprocessing(_predictions(evidence), models, asked):
        yield Problem("evidence", where, str(told), asked and str(asked), message)


def _other_labels(evidence: Evidence, dataset: Dataset) -> Iterator[Problem]:
    """Predictions that are not about these test images, or have other labels than they."""
    info = dataset.info()
    for where, seen in _predictions(evidence):
        stored = seen.provenance.dataset.sha256
        if stored != info.sha256:
            message = f"{where} is about the data set {stored[:12]}, {dataset.spec} is {info.sha256[:12]}"
            yield Problem("evidence", where, stored, info.sha256, message)
            continue
        if not np.isin(seen.ids, np.arange(len(dataset.test))).all():
            yield Problem("evidence", where, None, None, f"{where} has samples that {dataset.spec} has not")
            continue
        right = dataset.test.labels[seen.ids]
        rows = np.flatnonzero(seen.labels != right)
        if len(rows):
            first, label, truth = (int(values[rows[0]]) for values in (seen.ids, seen.labels, right))
            message = f"{where}: {len(rows)} labels are not the data set's, first sample {first}: {label}, not {truth}"
            yield Problem("evidence", where, label, truth, message)


def _predictions(evidence: Evidence) -> Iterator[tuple[str, Predictions]]:
    for case in evidence.cases:
        for seed, stages in case.seeds.items():
            yield from ((f"{case.id} seed {seed} {stage}", seen) for stage, seen in stages.items())


def _changed_profiles(evidence: Evidence, folder: Path) -> Iterator[Problem]:
    """Device figures that differ from the profile they were read from, as far as both have them."""
    for case, row in zip(evidence.cases, evidence.document["models"], strict=True):
        sha256 = case.device.profile_sha256 if case.device else None
        names = [name for name, entry in evidence.document["files"].items() if entry["sha256"] == sha256]
        if sha256 is None or not names:
            continue
        profile = store.read_json(store.inside(folder / FOLDER, names[0]))
        for figure in PROFILE_FIGURES:
            for found in differences(row["device"][figure], profile.get(figure), figure):
                message = f"{case.id}: {found.path} is {found.stored}, its profile says {found.recomputed}"
                yield Problem("device", f"{case.id} {found.path}", found.stored, found.recomputed, message)


def _recomputed(evidence: Evidence) -> dict[str, Any]:
    asked = evidence.settings
    document = compare(
        evidence.cases, asked.reference, asked.target, asked.engine, asked.terms, asked.record_only
    )
    plain: dict[str, Any] = json.loads(store.json_bytes(document))
    return plain


def _stored(folder: Path) -> dict[str, Any]:
    try:
        return store.read_json(store.inside(folder, COMPARE_JSON))
    except StoreError:
        return {}


def _changed_figures(stored: dict[str, Any], document: dict[str, Any]) -> Iterator[Problem]:
    if not stored:
        yield Problem("file", COMPARE_JSON, None, None, f"{COMPARE_JSON} is missing or unreadable")
        return
    document = {**document, "edgeval": stored.get("edgeval")}  # the version that wrote it, see _notes
    for found in differences(stored, document):
        message = f"{COMPARE_JSON}: {found.path} is {found.stored!r}, recomputed {found.recomputed!r}"
        yield Problem("figure", found.path, found.stored, found.recomputed, message)


def _values(document: Any) -> int:
    """How many single values a JSON document has."""
    if isinstance(document, dict):
        return sum(_values(value) for value in document.values())
    if isinstance(document, list):
        return sum(_values(value) for value in document)
    return 1


def _notes(evidence: Evidence, stored: dict[str, Any]) -> Iterator[str]:
    if stored.get("edgeval") != __version__:
        yield f"written by edgeval {stored.get('edgeval')}, recomputed by {__version__}"
    for name in evidence.document["absent"]:
        yield f"the evidence names, but does not hold, {name}"
    if any(case.device is not None for case in evidence.cases):
        yield "device figures (instructions, latency, RAM, flash) are checked by the hash of their profile only"
    if any(case.layers for case in evidence.cases):
        yield "what was found layer by layer is checked by its hash only: it takes the models and the images"
