"""The comparison as a comment on a pull request: Markdown with a marker by which the next run finds and updates it."""

from __future__ import annotations

import re

from edgeval.documents.compare import ComparisonDocument
from edgeval.report.markdown.comparison import comparison_markdown

LONGEST = 65_000  # characters; GitHub refuses a comment of 65,536
CUT = "\n\n(cut here; compare.md has all)\n"


def marker(name: str) -> str:
    """The comment's first line. `name` tells the comparisons of one pull request apart."""
    return f"<!-- edgeval:{re.sub(r'[^A-Za-z0-9._]+', '-', name)} -->"


def comment_markdown(document: ComparisonDocument, name: str) -> str:
    """Marker and comparison, cut at a line where it is too long."""
    text = f"{marker(name)}\n{comparison_markdown(document)}"
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - len(CUT)].rpartition("\n")[0] + CUT
