"""Evidence: a fresh folder verifies; any one change to it is found and named.

Reference: the planted predictions themselves, and hashlib. Each change below is made with every hash in the folder
left as it was, and again with the hashes made to match, as somebody who covers traces would.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgeval import store
from edgeval.compare.document import compare
from edgeval.data.dataset import Dataset, Split
from edgeval.errors import StoreError
from edgeval.evidence.evidence import EVIDENCE_JSON, read_evidence, write_evidence
from edgeval.evidence.settings import Settings
from edgeval.evidence.verify import verify
from edgeval.gate.terms import quick_terms
from edgeval.records import predictions_bytes, read_predictions
from tests.evidence.reports import (
    PREDICTIONS,
    SETTINGS,
    hashes_made_to_match,
    made,
    rewritten,
    said,
    sha256,
    stored_cases,
)
from tests.planted import CIFAR10, grid, world


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("original") / "report")


@pytest.fixture
def report(original: Path, tmp_path: Path) -> Path:
    """A finished report for a test to damage, its files its own."""
    return shutil.copytree(original, tmp_path / "report")


def change_prediction(report: Path) -> None:
    seen = read_predictions(report / PREDICTIONS)
    right = int(np.flatnonzero(~seen.errors)[0])
    top1 = seen.top1.copy()
    top1[right] = (top1[right] + 1) % 10
    rewritten(report / PREDICTIONS, predictions_bytes(replace(seen, top1=top1)))


def change_label(report: Path) -> None:
    seen = read_predictions(report / PREDICTIONS)
    labels = seen.labels.copy()
    labels[5] = (labels[5] + 1) % 10
    rewritten(report / PREDICTIONS, predictions_bytes(replace(seen, labels=labels)))


def change_policy(report: Path) -> None:
    document = json.loads((report / EVIDENCE_JSON).read_bytes())
    document["settings"]["terms"]["policy"]["rules"][0]["allowance"] = 0.5
    rewritten(report / EVIDENCE_JSON, store.json_bytes(document))


def change_model_byte(report: Path) -> None:
    model = sorted((report / "evidence/models").iterdir())[0]
    data = bytearray(model.read_bytes())
    data[3] ^= 1
    rewritten(model, bytes(data))


def change_figure(report: Path) -> None:
    document = json.loads((report / "compare.json").read_bytes())
    document["models"][1]["stages"]["int8"]["accuracy"] += 1e-6
    rewritten(report / "compare.json", store.json_bytes(document))


def change_verdict(report: Path) -> None:
    document = json.loads((report / "compare.json").read_bytes())
    document["gate"]["passed"] = not document["gate"]["passed"]
    rewritten(report / "compare.json", store.json_bytes(document))


def change_instructions(report: Path) -> None:
    document = json.loads((report / EVIDENCE_JSON).read_bytes())
    document["models"][0]["device"]["instructions"] += 1
    rewritten(report / EVIDENCE_JSON, store.json_bytes(document))


CHANGES: dict[str, tuple[Callable[[Path], None], str, str]] = {  # change -> its file, what else must be said
    "prediction": (change_prediction, PREDICTIONS, "models[1].stages.int8.accuracy"),
    "label": (change_label, PREDICTIONS, "covers other samples or labels"),
    "policy": (change_policy, EVIDENCE_JSON, "gate."),
    "model byte": (change_model_byte, "evidence/models/", ""),
    "figure": (change_figure, "compare.json", "models[1].stages.int8.accuracy is"),
    "verdict": (change_verdict, "compare.json", "gate.passed is"),
    "instructions": (change_instructions, EVIDENCE_JSON, "instructions"),
}


def test_fresh_evidence_verifies(report: Path) -> None:
    found = verify(report)
    assert found.verified, said(found)
    assert found.passed is store.read_json(report / "compare.json")["gate"]["passed"]
    assert found.figures > 1000
    assert found.seal == sha256(report / EVIDENCE_JSON)


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("covered", [False, True], ids=["hashes left", "hashes follow"])
def test_one_change_fails_and_is_named(name: str, covered: bool, report: Path) -> None:
    seal = sha256(report / EVIDENCE_JSON)
    change, file, also = CHANGES[name]
    change(report)
    if covered:
        hashes_made_to_match(report)
    found = verify(report)
    assert not found.verified
    assert also in said(found)
    if not covered:
        assert f"{file}" in said(found) and "was changed: SHA-256" in said(found)
    sealed = f"the seal is {found.seal}, expected {seal}"
    assert (sealed in said(verify(report, seal))) == covered


@pytest.mark.parametrize("name", ["compare.md", "compare.json", PREDICTIONS, EVIDENCE_JSON])
def test_a_missing_or_cut_file_is_named(name: str, report: Path) -> None:
    whole = (report / name).read_bytes()
    rewritten(report / name, whole[: len(whole) // 2])
    cut = verify(report)
    assert not cut.verified and f"{name} was changed" in said(cut)
    if name != EVIDENCE_JSON:
        (report / name).unlink()
        assert f"{name} is missing" in said(verify(report))


def test_only_the_seal_finds_a_consistent_forgery(report: Path, tmp_path: Path) -> None:
    second = tmp_path / "b" / "report"
    seal = sha256(report / EVIDENCE_JSON)
    other = replace(SETTINGS, terms=quick_terms(50.0, 30.0))
    cases, artifacts = stored_cases(tmp_path / "store")
    document = compare(cases, other.reference, other.target, other.engine, other.terms)
    store.publish(second, "compare.json", store.json_bytes(document))
    write_evidence(second, cases, other, document, artifacts)
    assert verify(second).verified
    assert not verify(second, seal).verified
    assert verify(report, seal[:16]).verified


def test_labels_are_those_of_the_test_set(tmp_path: Path) -> None:
    """Labels changed alike in all stages, which no comparison of stages can show."""
    random = np.random.default_rng(0)
    images = Split(random.integers(0, 256, (40, 4, 4, 3), np.uint8), np.arange(40) % 10)
    dataset = Dataset("planted", "npz:planted.npz", images, images, CIFAR10)
    where = replace(world(samples=40), info=dataset.info())
    other = replace(where, labels=np.where(np.arange(40) == 7, 0, where.labels))
    for name, seen in (("right", where), ("wrong", other)):
        cases = grid(seen, seeds=(0,), stages=("float", "int8"))
        document = compare(cases)
        store.publish(tmp_path / name, "compare.json", store.json_bytes(document))
        write_evidence(tmp_path / name, cases, Settings(), document, {})
        assert verify(tmp_path / name).verified
    assert verify(tmp_path / "right", dataset=dataset).verified
    assert "1 labels are not the data set's, first sample 7: 0, not 7" in said(
        verify(tmp_path / "wrong", dataset=dataset)
    )
    moved = replace(dataset, classes=tuple(reversed(CIFAR10)))
    assert "is about the data set" in said(verify(tmp_path / "right", dataset=moved))


def test_half_written_evidence_is_not_read(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases, artifacts = stored_cases(tmp_path / "store")
    document = store.read_json(report / "compare.json")
    links = iter(range(4))

    def dies(source: Path, path: Path) -> None:
        if next(links, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "link", dies)
    with pytest.raises((KeyboardInterrupt, FileNotFoundError)):
        write_evidence(report, cases, SETTINGS, document, artifacts)
    for read in (read_evidence, verify):
        with pytest.raises(StoreError, match="no finished evidence"):
            read(report)
    monkeypatch.undo()
    write_evidence(report, cases, SETTINGS, document, artifacts)
    assert verify(report).verified


def test_predictions_are_linked_and_keep_their_content(tmp_path: Path) -> None:
    report = made(tmp_path / "report")
    kept, shelf = report / PREDICTIONS, tmp_path / "store/scalecnn-8/seed1"
    assert kept.stat().st_ino == (shelf / "predictions/int8.npz").stat().st_ino
    store.publish(shelf, "predictions/int8.npz", b"another comparison's")
    assert verify(report).verified


def test_a_users_own_file_is_copied(tmp_path: Path) -> None:
    """`cp new.tflite model.tflite` writes in place and would reach through a link."""
    own = tmp_path / "model.tflite"
    own.write_bytes(b"the user's model")
    cases, artifacts = stored_cases(tmp_path / "store")
    case = cases[0]
    digest = sha256(own)
    seeds = {
        0: {
            stage: replace(seen, provenance=replace(seen.provenance, model_sha256=digest), file=None)
            for stage, seen in case.seeds[0].items()
        }
    }
    cases = [replace(case, seeds=seeds)]
    document = compare(cases, terms=quick_terms())
    store.publish(tmp_path / "report", "compare.json", store.json_bytes(document))
    write_evidence(tmp_path / "report", cases, Settings(), document, {**artifacts, digest: own})
    own.write_bytes(b"another")
    assert verify(tmp_path / "report").verified


def test_what_nobody_holds_is_named(tmp_path: Path) -> None:
    """Predictions whose model file is gone: the evidence says so and still verifies the figures."""
    cases = grid(world(samples=60), seeds=(0,), stages=("float", "int8"))
    document = compare(cases)
    store.publish(tmp_path, "compare.json", store.json_bytes(document))
    write_evidence(tmp_path, cases, Settings(), document, {})
    found = verify(tmp_path)
    assert found.verified
    digest = cases[0].seeds[0]["float"].provenance.model_sha256
    assert any(digest in note and "does not hold" in note for note in found.notes)
