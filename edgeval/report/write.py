"""The folder of a report: compare.json, compare.md, report.html, and a manifest with their hashes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgeval import store
from edgeval.compare.evidence import COMPARE_JSON, EVIDENCE_JSON
from edgeval.report.html import comparison_page
from edgeval.report.markdown import comparison_markdown

COMPARE_MD, REPORT_HTML = "compare.md", "report.html"


def write_report(document: dict[str, Any], folder: Path) -> Path:
    """Write a comparison document and its reports; returns the page. Equal documents give equal bytes.

    Everything is rendered before the first file is written, so a failure leaves an older report whole.
    """
    compare_json = store.json_bytes(document)
    page = comparison_page(document, store.sha256_bytes(compare_json))
    markdown = comparison_markdown(document)
    before = store.listed(folder, COMPARE_JSON)
    if before is not None and before["sha256"] != store.sha256_bytes(compare_json):
        store.retract(folder, EVIDENCE_JSON)  # it is of the comparison that is replaced
    store.publish(folder, COMPARE_JSON, compare_json)
    store.publish(folder, COMPARE_MD, markdown.encode())
    store.publish(folder, REPORT_HTML, page.encode())
    return folder / REPORT_HTML


def read_comparison(folder: Path) -> dict[str, Any]:
    """The verified comparison document of a report folder; StoreError where it is missing or was changed."""
    return store.read_json(store.verified(folder, COMPARE_JSON))
