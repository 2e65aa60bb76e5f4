"""The names of the documents, and reading and writing them: verified against their folder's manifest, typed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from edgeval import store
from edgeval.documents.analysis import AnalysisDocument
from edgeval.documents.compare import ComparisonDocument
from edgeval.documents.export import ExportDocument
from edgeval.documents.profile import ProfileDocument, UnfitProfile
from edgeval.documents.robustness import RobustnessDocument
from edgeval.documents.run import RunDocument

COMPARE_JSON = "compare.json"
ANALYSIS_JSON = "analysis.json"
ROBUSTNESS_JSON = "robustness.json"
RUN_JSON = "run.json"
EXPORT_JSON = "export.json"


def profile_json(target: str, engine: str, measured: bool = False) -> str:
    """The file in which a run keeps its profile; `measured`: with the latency of a board."""
    return f"profile-{target}-{engine}{'-serial' if measured else ''}.json"


def publish(folder: Path, name: str, document: Mapping[str, object]) -> str:
    """Write a document and list it in the folder's manifest; returns its SHA-256."""
    return store.publish(folder, name, store.json_bytes(document))


# Each of these raises StoreError where the document is missing, was changed, or has another schema version.


def read_comparison(folder: Path) -> ComparisonDocument:
    """The comparison of a report folder."""
    return cast(ComparisonDocument, store.read_json(store.verified(folder, COMPARE_JSON)))


def read_analysis(folder: Path) -> AnalysisDocument:
    """The analysis of a report folder."""
    return cast(AnalysisDocument, store.read_json(store.verified(folder, ANALYSIS_JSON)))


def read_robustness(folder: Path) -> RobustnessDocument:
    """The corrupted images of a report folder."""
    return cast(RobustnessDocument, store.read_json(store.verified(folder, ROBUSTNESS_JSON)))


def read_run(folder: Path) -> RunDocument:
    """What was trained in a run's folder."""
    return cast(RunDocument, store.read_json(store.verified(folder, RUN_JSON)))


def read_export(folder: Path) -> ExportDocument:
    """What was exported into a folder."""
    return cast(ExportDocument, store.read_json(store.verified(folder, EXPORT_JSON)))


def read_profile(folder: Path, name: str) -> ProfileDocument | UnfitProfile:
    """A kept profile of a run's folder, by `profile_json`."""
    return cast("ProfileDocument | UnfitProfile", store.read_json(store.verified(folder, name)))
