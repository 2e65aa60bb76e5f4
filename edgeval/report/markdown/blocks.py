"""Blocks and tables of a report as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from edgeval.report.blocks import Block, Captioned, Folded, Paragraph, Part, Sentences
from edgeval.report.tables.table import Cell, Column, Table


def parts_lines(parts: Sequence[Part]) -> Iterator[str]:
    """Every part under a heading of its own."""
    for part in parts:
        yield from (f"## {escaped(part.heading)}", "", *blocks_lines(part.blocks))


def blocks_lines(blocks: Sequence[Block]) -> Iterator[str]:
    """Each block and an empty line; figures are left out, what stands beside them is not."""
    for block in blocks:
        if isinstance(block, Paragraph):
            text = escaped(block.text)
            yield from (f"**{text}**" if block.strong else text, "")
        elif isinstance(block, Sentences):
            yield from bullet_lines(block.texts)
        elif isinstance(block, Captioned):
            yield from (escaped(block.caption), "", *table_lines(block.table), "")
        elif isinstance(block, Folded):
            yield from (f"### {escaped(block.summary)}", "", *blocks_lines(block.blocks))
        else:
            yield from blocks_lines(block.beside)


def bullet_lines(texts: Sequence[str], limit: int | None = None, kind: str = "") -> Iterator[str]:
    """One bullet per text and an empty line; beyond `limit` how many more of which kind the page has."""
    shown = texts if limit is None else texts[:limit]
    yield from (f"- {escaped(text)}" for text in shown)
    if len(texts) > len(shown):
        yield f"- {len(texts) - len(shown)} more {kind} in report.html"
    if texts:
        yield ""


def table_lines(table: Table) -> Iterator[str]:
    """A table with its headings and units; numbers stand on the right, a bad word is bold."""
    yield _row([escaped(column.heading) for column in table.columns])
    yield "|" + "|".join("---:" if column.numeric else ":---" for column in table.columns) + "|"
    for row in table.rows:
        yield _row([_marked(cell, column) for cell, column in zip(row, table.columns, strict=True)])


def _row(texts: Iterable[str]) -> str:
    return "| " + " | ".join(texts) + " |"


def _marked(cell: Cell, column: Column) -> str:
    bold = cell.tone == "bad" and not column.numeric
    return f"**{escaped(cell.text)}**" if bold else escaped(cell.text)


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, also inside a table; `@name` notifies nobody on GitHub."""
    plain = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).replace("&", "&amp;")
    return re.sub(r"([\\`*_|<>\[\]#~$])", r"\\\1", plain).replace("@", "@&#8203;")
