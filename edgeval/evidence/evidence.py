"""The evidence of a comparison: predictions, models, firmware and settings in one folder, tied by SHA-256.

`<report>/evidence/evidence.json` lists every file beside it with its hash and is itself listed in the report's
manifest. It is taken out of the manifest before anything changes and put in last, so a half-written folder is
never read as whole. Prediction and model files of the store are hard-linked: the store replaces files by renaming,
never in place, so a link keeps its content and costs no space until the store moves on.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from edgeval import __version__, store
from edgeval.cases.case import ModelCase, device_from_json
from edgeval.documents.files import COMPARE_JSON
from edgeval.errors import StoreError
from edgeval.evidence.settings import Settings, settings_from_json
from edgeval.records import Predictions, predictions_bytes, read_predictions
from edgeval.turns import turn

FOLDER, EVIDENCE_JSON = "evidence", "evidence/evidence.json"


@dataclass
class _Writing:
    """Files of an evidence folder as they are added: name below the folder -> {sha256, bytes}."""

    folder: Path
    artifacts: Mapping[str, Path]  # SHA-256 -> where a file with this content lies
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)

    def add(self, name: str, source: Path) -> str:
        """Link a finished file of the store, or copy any other; returns its SHA-256."""
        path = store.inside(self.folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not (_in_store(source) and _linked(source, path)):
            store.write_bytes(path, source.read_bytes())
        return self._list(name)

    def add_bytes(self, name: str, data: bytes) -> str:
        store.write_bytes(store.inside(self.folder, name), data)
        return self._list(name)

    def add_artifact(self, kind: str, sha256: str | None) -> None:
        """A model, firmware or profile by its hash; what nobody has the bytes of is named as absent."""
        if sha256 is None:
            return
        source = self.artifacts.get(sha256)
        if source is None:
            self.absent.append(f"{kind} {sha256}")
            return
        name = f"{kind}/{sha256}{source.suffix}"
        if name not in self.files and self.add(name, source) != sha256:
            raise StoreError(f"{source} changed while it was compared; run edgeval compare again")

    def _list(self, name: str) -> str:
        path = self.folder / name
        self.files[name] = {"sha256": store.sha256_file(path), "bytes": path.stat().st_size}
        return str(self.files[name]["sha256"])


def _in_store(source: Path) -> bool:
    """Whether a manifest lists the file: then it is replaced by renaming and may be linked."""
    return any(
        store.listed(folder, source.relative_to(folder).as_posix()) is not None
        for folder in (source.parent, source.parent.parent)
    )


def _linked(source: Path, path: Path) -> bool:
    try:
        os.link(source, path)
    except OSError:  # another file system, or one without links
        return False
    return True


def write_evidence(
    folder: Path,
    cases: Sequence[ModelCase],
    settings: Settings,
    document: Mapping[str, Any],
    artifacts: Mapping[str, Path],
) -> str:
    """Write the evidence of a report folder whose compare.json is finished; returns its seal, a SHA-256.

    `artifacts` says where models, firmware and profiles lie, by SHA-256. Raises StoreError where the folder cannot
    be written; where another process is writing it, waits.
    """
    with turn(folder / ".evidence.claim", f"writing {folder}"):
        store.retract(folder, EVIDENCE_JSON)
        shutil.rmtree(store.inside(folder, FOLDER), ignore_errors=True)
        writing = _Writing(folder / FOLDER, artifacts)
        models = [_written(case, writing) for case in cases]
        compared = store.listed(folder, COMPARE_JSON)
        return store.publish(
            folder,
            EVIDENCE_JSON,
            store.json_bytes(
                {
                    "schema_version": store.SCHEMA_VERSION,
                    "edgeval": __version__,
                    "compare_json_sha256": compared and compared["sha256"],
                    "passed": document["gate"]["passed"],
                    "dataset": {key: document["dataset"][key] for key in ("name", "sha256", "samples")},
                    "settings": settings.document(),
                    "models": models,
                    "absent": list(dict.fromkeys(writing.absent)),
                    "files": writing.files,
                }
            ),
        )


def _written(case: ModelCase, writing: _Writing) -> dict[str, Any]:
    """Add the files of one model; its entry in evidence.json."""
    seeds: dict[str, dict[str, str]] = {}
    for seed, stages in sorted(case.seeds.items()):
        for stage, predictions in stages.items():
            name = f"predictions/{case.id}/seed{seed}/{stage}.npz"
            _add_predictions(name, predictions, writing)
            seeds.setdefault(str(seed), {})[stage] = name
    if case.device is not None:
        writing.add_artifact("profiles", case.device.profile_sha256)
    return {
        "id": case.id,
        "family": case.family,
        "params": case.params,
        "macs": case.macs,
        "size_bytes": case.size_bytes,
        "device": None if case.device is None else asdict(case.device),
        "layers": {str(seed): list(documents) for seed, documents in sorted(case.layers.items())},
        "networks": {str(seed): sha256 for seed, sha256 in sorted(case.networks.items())},
        "notes": list(case.notes),
        "seeds": seeds,
    }


def _add_predictions(name: str, predictions: Predictions, writing: _Writing) -> None:
    if predictions.file is None:
        writing.add_bytes(name, predictions_bytes(predictions))
    else:
        writing.add(name, predictions.file)
    writing.add_artifact("models", predictions.provenance.model_sha256)
    writing.add_artifact("firmware", predictions.provenance.firmware_sha256)


@dataclass(frozen=True)
class Evidence:
    """An evidence folder as read: what a comparison is computed from, and the files that hold it."""

    cases: list[ModelCase]
    settings: Settings
    document: dict[str, Any]  # evidence.json


def read_evidence_json(folder: Path) -> dict[str, Any]:
    """The evidence.json of a report folder. Hashes are not checked here, see `verify`.

    Raises StoreError where it was never finished, is unreadable or has another form.
    """
    if store.listed(folder, EVIDENCE_JSON) is None:
        raise StoreError(
            f"{folder} has no finished evidence; run edgeval compare again, it writes {EVIDENCE_JSON}"
        )
    document = store.read_json(store.inside(folder, EVIDENCE_JSON))
    try:
        settings_from_json(document["settings"])
        hashes = [entry["sha256"] for entry in document["files"].values()]
        if not all(isinstance(sha256, str) for sha256 in hashes):
            raise TypeError("a SHA-256 is no text")
        _ = (
            document["compare_json_sha256"],
            [row["seeds"] for row in document["models"]],
            [*document["absent"]],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"{folder / EVIDENCE_JSON} has not the form of evidence: {error!r}") from error
    return document


def read_evidence(folder: Path) -> Evidence:
    """The cases and settings in a report's evidence.

    Raises StoreError where it was never finished, or a file of it is missing, unreadable or of another form.
    """
    document = read_evidence_json(folder)
    try:
        cases = [_case(row, store.inside(folder, FOLDER)) for row in document["models"]]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise StoreError(f"{folder / EVIDENCE_JSON} has not the form of evidence: {error!r}") from error
    return Evidence(cases, settings_from_json(document["settings"]), document)


def _case(row: dict[str, Any], folder: Path) -> ModelCase:
    seeds = {
        int(seed): {stage: read_predictions(store.inside(folder, name)) for stage, name in stages.items()}
        for seed, stages in row["seeds"].items()
    }
    layers = {int(seed): documents for seed, documents in row["layers"].items()}
    device = None if row["device"] is None else device_from_json(row["device"])
    networks = {int(seed): sha256 for seed, sha256 in row.get("networks", {}).items()}  # absent before 0.2
    notes = tuple(row.get("notes", ()))
    sizes = (row["params"], row["macs"], row["size_bytes"])
    return ModelCase(row["id"], row["family"], seeds, *sizes, device, layers, networks, notes)
