"""What a part of a report consists of, independent of how it is written down: the page and Markdown render the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgeval.report.tables.table import Table


@dataclass(frozen=True)
class Paragraph:
    """A sentence of its own; `strong` for the answer to the part's question."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Sentences:
    """Findings, one sentence each; empty shows nothing."""

    texts: Sequence[str]


@dataclass(frozen=True)
class Captioned:
    """A table with its caption; on paper the page shows the first `printed` rows, None for all."""

    caption: str
    table: Table
    printed: int | None = None


@dataclass(frozen=True)
class Pictures:
    """The figures of a section of the page (edgeval.report.figures.all), `beside` other blocks or alone.

    Markdown has no figures and shows the blocks beside them.
    """

    section: str
    beside: Sequence[Block] = ()


@dataclass(frozen=True)
class Folded:
    """What only some readers want: folded away in the page, under a heading in Markdown."""

    summary: str
    blocks: Sequence[Block]


Block = Paragraph | Sentences | Captioned | Pictures | Folded


@dataclass(frozen=True)
class Part:
    """One question of a report and what answers it."""

    heading: str
    blocks: Sequence[Block]


def captioned(caption: str, table: Table | None, printed: int | None = None) -> list[Block]:
    """A table where there is one with rows, else nothing."""
    return [Captioned(caption, table, printed)] if table is not None and table.rows else []
