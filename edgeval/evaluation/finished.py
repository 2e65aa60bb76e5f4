"""What was evaluated already, for commands that judge it again: a report folder, or a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgeval import runs
from edgeval.cases.case import ModelCase
from edgeval.documents.files import COMPARE_JSON
from edgeval.evaluation.chain import REPORTS, Request, cases_of
from edgeval.evidence.evidence import read_evidence
from edgeval.evidence.settings import Settings
from edgeval.gate.policy_file import find_policy
from edgeval.gate.terms import Terms
from edgeval.turns import report_reading


@dataclass(frozen=True)
class Finished:
    """Models with their predictions, and the settings they were compared with."""

    name: str
    cases: Sequence[ModelCase]
    settings: Settings


def finished(source: str | None = None) -> Finished:
    """The evidence of a report folder, or the finished stages of a grid; without a name the one grid's report.

    A grid's stages that are not evaluated yet are evaluated now. Raises StoreError where there is neither.
    """
    folder = Path(source) if source is not None else REPORTS / runs.only_grid()
    if not (folder / COMPARE_JSON).is_file() and source is not None:
        folder = REPORTS / source if (REPORTS / source / COMPARE_JSON).is_file() else folder
    if (folder / COMPARE_JSON).is_file():
        with report_reading(folder):
            evidence = read_evidence(folder)
        return Finished(folder.as_posix(), evidence.cases, evidence.settings)
    request = Request(grid=source or runs.only_grid())
    return Finished(request.folder.name, cases_of(request), Settings(terms=Terms(find_policy())))
