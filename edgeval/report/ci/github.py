"""What GitHub Actions reads: annotations as workflow commands, and the step summary."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edgeval.documents.compare import ComparisonDocument
from edgeval.errors import StoreError
from edgeval.report.ci.cases import FAIL, MISSING, WARN, gate_cases
from edgeval.report.markdown.comparison import comparison_markdown
from edgeval.report.words.comparison import doubts, other_warnings, verdict

MOST = 10  # of a level in one step: GitHub shows no more


def in_actions(environment: Mapping[str, str]) -> bool:
    """Whether this runs in a step of GitHub Actions."""
    return environment.get("GITHUB_ACTIONS") == "true"


def annotation_lines(document: ComparisonDocument) -> list[str]:
    """Lines for standard output: an error a regression, a warning a warning, and the verdict as a notice.

    With record_only a regression is a warning. Beyond MOST of a level the last one says how many are left out.
    """
    cases = gate_cases(document)
    failed = "warning" if document.get("record_only") else "error"
    levels = {FAIL: failed, MISSING: "error", WARN: "warning"}
    found = [(levels[case.status], case) for case in cases if case.status in levels]
    errors = [_line("error", f"{case.judged}: {case.title}", case.message)
              for level, case in found if level == "error"]  # fmt: skip
    if not errors:
        errors = [_line("error", "edgeval: nothing judged", text) for text in _reasons(document)]
    warnings = [_line("warning", "edgeval: suspicious", text) for text in doubts(document)]
    warnings += [_line("warning", f"{case.judged}: {case.title}", case.message)
                for level, case in found if level == "warning"]  # fmt: skip
    warnings += [_line("warning", "edgeval", text) for text in other_warnings(document)]
    judged = verdict(document)
    return [
        *_most("error", errors),
        *_most("warning", warnings),
        _line("notice", f"edgeval: {judged.word}", judged.sentence),
    ]


def _reasons(document: ComparisonDocument) -> list[str]:
    gate = document["gate"]
    return list(gate.get("reasons", [])) if gate["verdict"] == "incomplete" else []


def _most(level: str, lines: list[str]) -> list[str]:
    if len(lines) <= MOST:
        return lines
    rest = len(lines) - MOST + 1
    return [*lines[: MOST - 1], _line(level, "edgeval", f"{rest} more {level}s; the report has all")]


def _line(level: str, title: str, message: str) -> str:
    return f"::{level} title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def add_step_summary(document: ComparisonDocument, environment: Mapping[str, str]) -> None:
    """Append the comparison to the step's summary, where GITHUB_STEP_SUMMARY names its file."""
    name = environment.get("GITHUB_STEP_SUMMARY")
    if not name:
        return
    try:
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(comparison_markdown(document) + "\n")
    except OSError as error:
        raise StoreError(f"cannot append to {name} (GITHUB_STEP_SUMMARY): {error.strerror}") from error
