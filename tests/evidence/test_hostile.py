"""A report from somebody else names files as it likes: nothing outside of it is read, and no link is followed.

Reference: the folder itself. Each report below is consistent in all its hashes, as its maker can make it; a report
that verifies must be one whose every file lies in it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from edgeval import store
from edgeval.errors import EdgevalError, StoreError
from edgeval.evidence.evidence import EVIDENCE_JSON, read_evidence, write_evidence
from edgeval.evidence.verify import verify
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

INSIDE = PREDICTIONS.removeprefix("evidence/")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("original") / "report")


@pytest.fixture
def report(original: Path, tmp_path: Path) -> Path:
    return shutil.copytree(original, tmp_path / "a" / "report")


def change_evidence(report: Path, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads((report / EVIDENCE_JSON).read_bytes())
    change(document)
    rewritten(report / EVIDENCE_JSON, store.json_bytes(document))


def named(report: Path, name: str) -> None:
    """Let one prediction file be called `name`, with its right hash."""

    def change(document: dict[str, Any]) -> None:
        document["models"][1]["seeds"]["1"]["int8"] = name
        document["files"][name] = document["files"].pop(INSIDE)

    change_evidence(report, change)
    manifest = json.loads((report / "manifest.json").read_bytes())
    manifest["files"][EVIDENCE_JSON]["sha256"] = sha256(report / EVIDENCE_JSON)
    rewritten(report / "manifest.json", store.json_bytes(manifest))


@pytest.mark.parametrize("kind", ["parents", "hidden parents", "absolute", "a null byte", "nothing"])
def test_a_name_that_leads_out_of_the_evidence_is_not_read(kind: str, report: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.npz"
    shutil.move(report / PREDICTIONS, outside)
    named(report, {
        "parents": "../../../outside.npz", "hidden parents": "predictions/../../../../outside.npz",
        "absolute": str(outside), "a null byte": "a\0.npz", "nothing": "",
    }[kind])  # fmt: skip
    found = verify(report)
    assert not found.verified
    assert "is not below it" in said(found)
    with pytest.raises(StoreError, match="is not below it"):
        read_evidence(report)


def test_a_name_of_the_manifest_that_leads_out_is_not_read(report: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of somebody")
    manifest = json.loads((report / "manifest.json").read_bytes())
    manifest["files"]["../../secret"] = {"sha256": sha256(tmp_path / "secret"), "bytes": 11}
    rewritten(report / "manifest.json", store.json_bytes(manifest))
    found = verify(report)
    assert not found.verified and "is not below it" in said(found)
    for read in (store.verified, store.is_finished):
        with pytest.raises(StoreError, match="is not below it"):
            read(report, "../../secret")
    with pytest.raises(StoreError, match="is not below it"):
        store.publish(report, "../../secret", b"")
    assert (tmp_path / "secret").read_text() == "of somebody"


@pytest.mark.parametrize(
    "name", ["evidence", "evidence/predictions", PREDICTIONS, EVIDENCE_JSON, "manifest.json"]
)
def test_a_link_is_not_followed(name: str, report: Path, tmp_path: Path) -> None:
    shutil.move(report / name, tmp_path / "elsewhere")
    (report / name).symlink_to(tmp_path / "elsewhere")
    try:
        text = said(verify(report))
    except StoreError as error:
        text = str(error)
    assert "is a symbolic link" in text


def test_the_report_as_a_whole_may_be_a_link(report: Path, tmp_path: Path) -> None:
    """Its owner names it; nobody else can have put the link there."""
    (tmp_path / "link").symlink_to(report)
    assert verify(tmp_path / "link").verified


@pytest.mark.parametrize("name", ["evidence", "predictions"])
def test_nothing_is_written_through_a_link(name: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept").write_text("of somebody")
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / name).symlink_to(tmp_path / "elsewhere")
    cases, artifacts = stored_cases(tmp_path / "store")
    with pytest.raises(StoreError, match="is a symbolic link"):
        if name == "evidence":
            write_evidence(tmp_path / "report", cases, SETTINGS, {}, artifacts)
        else:
            store.publish(tmp_path / "report", "predictions/int8.npz", b"")
    assert os.listdir(tmp_path / "elsewhere") == ["kept"]


def test_predictions_without_a_hash_are_named(report: Path) -> None:
    """Consistent everywhere, but one file is tied by nothing."""
    hashes_made_to_match(report)
    change_evidence(report, lambda document: document["files"].pop(INSIDE))
    manifest = json.loads((report / "manifest.json").read_bytes())
    manifest["files"][EVIDENCE_JSON]["sha256"] = sha256(report / EVIDENCE_JSON)
    rewritten(report / "manifest.json", store.json_bytes(manifest))
    found = verify(report)
    assert not found.verified and "has no hash in evidence/evidence.json" in said(found)


def test_a_profile_that_is_not_there_is_named(report: Path) -> None:
    profile = next((report / "evidence/profiles").iterdir()).name

    change_evidence(report, lambda document: document["files"].pop(f"profiles/{profile}"))
    manifest = json.loads((report / "manifest.json").read_bytes())
    manifest["files"][EVIDENCE_JSON]["sha256"] = sha256(report / EVIDENCE_JSON)
    rewritten(report / "manifest.json", store.json_bytes(manifest))
    found = verify(report)
    assert not found.verified and "the profile of" in said(found)


def test_a_document_nested_too_deeply_is_refused(report: Path) -> None:
    deep = b'{"schema_version":1,"files":' + b'{"a":' * 200_000 + b"1" + b"}" * 200_001
    for name in ("manifest.json", EVIDENCE_JSON):
        (report / name).write_bytes(deep)
        with pytest.raises(StoreError, match="nested too deeply"):
            store.read_json(report / name)


def test_a_document_that_is_too_large_is_refused_unread(report: Path) -> None:
    with (report / "manifest.json").open("wb") as file:
        file.truncate(store.LARGEST_JSON_BYTES + 1)  # sparse: it takes no space
    with pytest.raises(StoreError, match="at most 268,435,456"):
        verify(report)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 10**20)
    | st.floats()
    | st.text(max_size=4)
    | st.just("../../x"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def paths_of(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = document.items() if isinstance(document, dict) else enumerate(document)
    found = [path]
    for key, value in pairs if isinstance(document, dict | list) else ():
        found += paths_of(value, (*path, key)) if isinstance(value, dict | list) else [(*path, key)]
    return found


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_value_anywhere_is_a_finding_or_one_error(original: Path, data: st.DataObject) -> None:
    """evidence.json with one value replaced by any other, its hash made right: never a pass, never a traceback."""
    before = {name: (original / name).read_bytes() for name in (EVIDENCE_JSON, "manifest.json")}
    document = json.loads(before[EVIDENCE_JSON])
    *way, last = data.draw(st.sampled_from(paths_of(document)[1:]))
    place = document
    for key in way:
        place = place[key]
    old, place[last] = place[last], data.draw(VALUES)
    if old == place[last]:
        return
    try:
        rewritten(original / EVIDENCE_JSON, json.dumps(document).encode())
        manifest = json.loads(before["manifest.json"])
        manifest["files"][EVIDENCE_JSON]["sha256"] = sha256(original / EVIDENCE_JSON)
        rewritten(original / "manifest.json", store.json_bytes(manifest))
        try:
            verify(original)
        except EdgevalError as error:
            assert "\n" not in str(error)
    finally:
        for name, content in before.items():
            rewritten(original / name, content)
