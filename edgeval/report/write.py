"""The folder of a report: compare.json, samples.json, analysis.json, robustness.json; report.html made from them.

A manifest has their hashes. One page shows all that lies in the folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgeval import store
from edgeval.documents.analysis import AnalysisDocument
from edgeval.documents.compare import ComparisonDocument
from edgeval.documents.files import (
    ANALYSIS_JSON,
    COMPARE_JSON,
    ROBUSTNESS_JSON,
    publish,
    read_analysis,
    read_comparison,
    read_robustness,
)
from edgeval.documents.robustness import RobustnessDocument
from edgeval.errors import StoreError
from edgeval.evidence.evidence import EVIDENCE_JSON
from edgeval.progress import say
from edgeval.report.ci.comment import comment_markdown
from edgeval.report.ci.junit import junit_xml
from edgeval.report.figures.decision import picture_png
from edgeval.report.fresh import same_models
from edgeval.report.markdown.analysis import analysis_markdown, robustness_markdown
from edgeval.report.markdown.comparison import comparison_markdown
from edgeval.report.page import report_page

COMPARE_MD, REPORT_HTML = "compare.md", "report.html"
JUNIT_XML, COMMENT_MD = "junit.xml", "comment.md"
CHANGE_PNG = "change.png"  # the comment's picture
ANALYSIS_MD = "analysis.md"
ROBUSTNESS_MD = "robustness.md"
SAMPLES_JSON = "samples.json"
Samples = dict[str, Any]  # docs/REPORT.md


def write_report(document: ComparisonDocument, folder: Path, samples: Samples | None = None) -> Path:
    """Write a comparison document and its reports; returns the page. Equal documents give equal bytes.

    `samples` are the images that it shows (edgeval.report.images.samples). Everything is rendered before the first file
    is written, so a failure leaves an older report whole.
    """
    compare_json = store.json_bytes(document)
    digest = store.sha256_bytes(compare_json)
    page = report_page(
        document, _analysis_of(folder, document), samples, digest, _robustness_of(folder, document, None)
    )
    rendered = {
        COMPARE_MD: comparison_markdown(document).encode(),
        JUNIT_XML: junit_xml(document),
        COMMENT_MD: comment_markdown(document, folder.resolve().name).encode(),
    }
    picture = picture_png(document)
    rendered |= {} if picture is None else {CHANGE_PNG: picture}
    before = store.listed(folder, COMPARE_JSON)
    if before is not None and before["sha256"] != digest:
        store.retract(folder, EVIDENCE_JSON)  # it is of the comparison that is replaced
    store.publish(folder, COMPARE_JSON, compare_json)
    for name, data in rendered.items():
        store.publish(folder, name, data)
    if samples is not None:
        store.publish(folder, SAMPLES_JSON, store.json_bytes(samples))
    store.publish(folder, REPORT_HTML, page.encode())
    return folder / REPORT_HTML


def write_analysis(document: AnalysisDocument, folder: Path) -> Path:
    """Write an analysis and its Markdown; returns the page that shows all that lies in the folder."""
    _write_both(folder, ANALYSIS_JSON, document, ANALYSIS_MD, analysis_markdown(document))
    return render_folder(folder)


def write_robustness(document: RobustnessDocument, folder: Path) -> Path:
    """Write corrupted images and their Markdown; returns the page, or the Markdown where there is nothing to show
    them beside."""
    _write_both(folder, ROBUSTNESS_JSON, document, ROBUSTNESS_MD, robustness_markdown(document))
    return render_folder(folder) if has_page(folder) else folder / ROBUSTNESS_MD


def _write_both(folder: Path, name: str, document: Mapping[str, object], page: str, markdown: str) -> None:
    """Both were rendered before the first is written, so a failure leaves an older report whole."""
    publish(folder, name, document)
    store.publish(folder, page, markdown.encode())


def has_page(folder: Path) -> bool:
    """Whether a folder has what a page can be made of."""
    return any(store.listed(folder, name) is not None for name in (COMPARE_JSON, ANALYSIS_JSON))


def render_folder(folder: Path) -> Path:
    """Make report.html again from the documents that lie in a folder; returns the page.

    Raises StoreError where there is neither a comparison nor an analysis, or one was changed.
    """
    comparison = read_comparison(folder) if store.listed(folder, COMPARE_JSON) else None
    if comparison is None:
        analysis = _analysis_there(folder)
        if analysis is None:
            raise StoreError(
                f"{folder} has neither {COMPARE_JSON} nor {ANALYSIS_JSON}; run edgeval compare or edgeval analyze"
            )
        page = report_page(None, analysis, robustness=_robustness_of(folder, None, analysis))
    else:
        digest = store.sha256_file(folder / COMPARE_JSON)
        page = report_page(
            comparison,
            _analysis_of(folder, comparison),
            samples_of(folder, digest),
            digest,
            _robustness_of(folder, comparison, None),
        )
    store.publish(folder, REPORT_HTML, page.encode())
    return folder / REPORT_HTML


def _analysis_there(folder: Path) -> AnalysisDocument | None:
    return read_analysis(folder) if store.listed(folder, ANALYSIS_JSON) else None


def _analysis_of(folder: Path, comparison: ComparisonDocument) -> AnalysisDocument | None:
    """The analysis beside a comparison, where both are of the same predictions."""
    analysis = _analysis_there(folder)
    if analysis is None or same_models(comparison, analysis):
        return analysis
    say(
        f"{folder / ANALYSIS_JSON} was made from other predictions than {COMPARE_JSON} and is left out; "
        "run edgeval analyze again"
    )
    return None


def _robustness_of(
    folder: Path, comparison: ComparisonDocument | None, analysis: AnalysisDocument | None
) -> RobustnessDocument | None:
    """The corrupted images beside a comparison or an analysis alone, where they are of the same models."""
    beside = comparison or analysis
    if beside is None or store.listed(folder, ROBUSTNESS_JSON) is None:
        return None
    robustness = read_robustness(folder)
    if same_models(beside, robustness):
        return robustness
    say(
        f"{folder / ROBUSTNESS_JSON} was made from other models or data than "
        f"{COMPARE_JSON if comparison else ANALYSIS_JSON} and is left out; run edgeval robustness again"
    )
    return None


def samples_of(folder: Path, compare_sha256: str) -> Samples | None:
    """The images beside a comparison, where they belong to it."""
    if store.listed(folder, SAMPLES_JSON) is None:
        return None
    samples = store.read_json(store.verified(folder, SAMPLES_JSON))
    return samples if samples["compare_sha256"] == compare_sha256 else None
