"""The comparison as a comment on a pull request: three sentences, one picture, the rest folded.

Its first line is a marker by which the next run finds and updates it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from edgeval.documents.compare import ComparisonDocument
from edgeval.report.figures.decision import picture_text, picture_title
from edgeval.report.markdown.blocks import escaped
from edgeval.report.markdown.comparison import comparison_markdown, heading_lines
from edgeval.report.words.decision import is_it_real, what_changed, what_next
from edgeval.terminal import safe_line

LONGEST = 65_000  # characters; GitHub refuses a comment of 65,536
CUT = "\n\n(cut here; compare.md has all)\n"
ACKNOWLEDGED = ("class '", "the acknowledgement of ")  # how such warnings begin (edgeval.gate.acknowledged)
PICTURE = "<!-- edgeval:picture -->"  # whoever can show change.png puts it here


def marker(name: str) -> str:
    """The comment's first line. `name` tells the comparisons of one pull request apart."""
    return f"<!-- edgeval:{re.sub(r'[^A-Za-z0-9._]+', '-', name)} -->"


def comment_markdown(document: ComparisonDocument, name: str) -> str:
    """Marker, decision and comparison, cut at a line where it is too long. `name` is that of the report's folder."""
    text = "\n".join(_lines(document, name)) + "\n"
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - len(CUT)].rpartition("\n")[0] + CUT


def _lines(document: ComparisonDocument, name: str) -> Iterator[str]:
    yield marker(name)
    yield from heading_lines(document)
    sentence, command = what_next(document, name)
    yield from ("", f"**What changed.** {escaped(what_changed(document))}", "")
    yield from (f"**Is it real?** {escaped(is_it_real(document))}", "")
    yield f"**What next?** {escaped(sentence)}"
    if command:
        yield from ("", "```sh", safe_line(command), "```")
    if document["record_only"]:
        yield from ("", "This run is recorded only: the exit code is 0 whatever the verdict.")
    yield from ("", *(f"> {escaped(text)}" for text in _known(document)), "")
    picture = picture_text(document)
    if picture:
        yield from (
            PICTURE,
            escaped(f"{picture_title(document)}: change of each class, 95 % interval; ┊ what may be lost"),
        )
        yield from ("", "```text", *picture, "```", "")
    yield from ("<details><summary>The whole comparison</summary>", "")
    yield from (comparison_markdown(document, heading=False).rstrip("\n"), "", "</details>")


def _known(document: ComparisonDocument) -> list[str]:
    """What is acknowledged, and what was."""
    return [text for text in document["warnings"] if text.startswith(ACKNOWLEDGED)]
