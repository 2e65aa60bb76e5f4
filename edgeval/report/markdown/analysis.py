"""An analysis and corrupted images in Markdown: the same sentences and tables as in the page."""

from __future__ import annotations

from collections.abc import Iterator

from edgeval.documents.analysis import AnalysisDocument
from edgeval.documents.robustness import RobustnessDocument
from edgeval.report.markdown.blocks import bullet_lines, escaped, parts_lines
from edgeval.report.parts.analysis import analysis_parts
from edgeval.report.parts.robustness import robustness_part
from edgeval.report.parts.ship import ship_part
from edgeval.report.words.analysis import analysis_scope


def analysis_markdown(document: AnalysisDocument) -> str:
    """Readable on its own; analysis.json has every figure."""
    return "\n".join(_analysis(document))


def robustness_markdown(document: RobustnessDocument) -> str:
    """Readable on its own; robustness.json has every figure."""
    return "\n".join(_robustness(document))


def _analysis(document: AnalysisDocument) -> Iterator[str]:
    yield from (
        f"# Analysis of {escaped(document['source']['name'])}",
        "",
        escaped(analysis_scope(document)),
        "",
    )
    yield from bullet_lines([f"Warning: {text}" for text in document["warnings"]])
    yield from parts_lines([ship_part(document), *analysis_parts(document)])


def _robustness(document: RobustnessDocument) -> Iterator[str]:
    dataset = document["dataset"]
    yield f"# Robustness of {escaped(document['source']['name'])}"
    yield from ("", f"Data set {escaped(dataset['name'])} {dataset['sha256'][:12]}.", "")
    yield from parts_lines([robustness_part(document)])
