"""Small reports with evidence, and ways to change them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from edgeval import store
from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.evidence.evidence import EVIDENCE_JSON, write_evidence
from edgeval.evidence.settings import Settings
from edgeval.evidence.verify import Verification
from edgeval.gate.terms import quick_terms
from edgeval.records import predictions_bytes, read_predictions
from tests.planted import grid, world

SETTINGS = Settings(None, "stm32f746", "builtin", quick_terms(60.0, 30.0))


PREDICTIONS = "evidence/predictions/scalecnn-8/seed1/int8.npz"


def made(report: Path) -> Path:
    """A small report with models and profiles in a store beside it."""
    shelf = report.parent / "store"
    cases, artifacts = stored_cases(shelf)
    document = compare(cases, SETTINGS.reference, SETTINGS.target, SETTINGS.engine, SETTINGS.terms)
    store.publish(report, "compare.json", store.json_bytes(document))
    store.publish(report, "compare.md", b"what compare.json says\n")
    write_evidence(report, cases, SETTINGS, document, artifacts)
    return report


def stored_cases(shelf: Path) -> tuple[list[ModelCase], dict[str, Path]]:
    """Planted cases whose predictions, models and profiles lie in a store, as those of a grid do."""
    artifacts: dict[str, Path] = {}
    cases = []
    for case in grid(world(samples=120), device=True, stages=("float", "int8", "emulated")):
        seeds = {
            seed: {
                stage: shelved(shelf / case.id / f"seed{seed}", stage, seen, artifacts)
                for stage, seen in of.items()
            }
            for seed, of in case.seeds.items()
        }
        assert case.device is not None and case.device.peak_ram_bytes and case.device.flash_bytes
        profile = {
            "schema_version": 1,
            "instructions": case.device.instructions,
            "peak_ram_bytes": vars(case.device.peak_ram_bytes),
            "flash_bytes": vars(case.device.flash_bytes),
            "fits": case.device.fits,
        }
        sha256 = store.publish(shelf / case.id, "profile.json", store.json_bytes(profile))
        artifacts[sha256] = shelf / case.id / "profile.json"
        cases.append(replace(case, seeds=seeds, device=replace(case.device, profile_sha256=sha256)))
    return cases, artifacts


def shelved(folder: Path, stage: str, seen: Any, artifacts: dict[str, Path]) -> Any:
    sha256 = store.publish(
        folder, f"{stage}.bin", f"model {folder.parent.name}/{folder.name} {stage}".encode()
    )
    artifacts[sha256] = folder / f"{stage}.bin"
    made = replace(seen, provenance=replace(seen.provenance, model_sha256=sha256))
    store.publish(folder, f"predictions/{stage}.npz", predictions_bytes(made))
    return read_predictions(folder / f"predictions/{stage}.npz")


def rewritten(path: Path, data: bytes) -> None:
    """Replace a file by renaming, so that the store's link keeps its content."""
    store.write_bytes(path, data)


def hashes_made_to_match(report: Path) -> None:
    """What a careful forger does: every hash in evidence.json and in the manifest follows the changed files."""
    document = json.loads((report / EVIDENCE_JSON).read_bytes())
    for name, entry in document["files"].items():
        entry["sha256"] = sha256(report / "evidence" / name)
    document["compare_json_sha256"] = sha256(report / "compare.json")
    rewritten(report / EVIDENCE_JSON, store.json_bytes(document))
    manifest = json.loads((report / "manifest.json").read_bytes())
    for name, entry in manifest["files"].items():
        entry["sha256"] = sha256(report / name)
    rewritten(report / "manifest.json", store.json_bytes(manifest))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def said(found: Verification) -> str:
    return "\n".join(problem.message for problem in found.problems)
