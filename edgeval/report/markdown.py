"""The comparison in Markdown, short enough for a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from edgeval.report.tables.comparison import Table, loser_table, model_table, transition_table
from edgeval.report.tables.steps import looked_into, split_table
from edgeval.report.words.comparison import scope, title, verdict, violation_texts

VIOLATIONS, WARNINGS, LOOKED = 10, 5, 5  # shown; the page has all
ONLY_IN_PAGE = ("MACs", "stage", "top-5", "by chance", "chance to most", "other seed")
SIGNS = {"pass": "✅", "fail": "❌", "none": "ℹ️"}


def comparison_markdown(document: dict[str, Any]) -> str:
    """Verdict, violations, warnings, who lost, and the table of models; every step behind a fold."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: dict[str, Any]) -> Iterator[str]:
    judged = verdict(document)
    yield f"## {SIGNS[judged.state]} edgeval: {judged.word.lower()} · {escaped(title(document))}"
    yield from ("", f"{escaped(judged.sentence)} {escaped(judged.rule)}", "", escaped(scope(document)), "")
    yield from _bullets(violation_texts(document), VIOLATIONS, "violations")
    yield from _bullets([f"Warning: {text}" for text in document["warnings"]], WARNINGS, "warnings")
    losers = loser_table(document)
    if losers.rows:
        yield from ("### Classes that lost most", "", *_table(losers), "")
    yield from ("### Models", "", *_table(model_table(document).without(*ONLY_IN_PAGE)), "")
    split = split_table(document)
    if split.rows:
        yield from ("### What the change of accuracy comes from", "", *_table(split), "")
    steps = transition_table(document)
    if steps.rows:
        yield from ("<details><summary>Every step</summary>", "", *_table(steps), "")
        yield from _bullets(
            [f"{where}: {step['layers']['text']}" for where, step, _ in looked_into(document)],
            LOOKED,
            "steps",
        )
        yield from ("</details>", "")
    dataset = document["dataset"]
    yield f"<sub>edgeval {document['edgeval']}, data set {escaped(dataset['name'])} {dataset['sha256'][:12]}</sub>"


def _bullets(texts: list[str], limit: int, kind: str) -> Iterator[str]:
    yield from (f"- {escaped(text)}" for text in texts[:limit])
    if len(texts) > limit:
        yield f"- {len(texts) - limit} more {kind} in report.html"
    if texts:
        yield ""


def _table(table: Table) -> Iterator[str]:
    yield _row([column.heading for column in table.columns])
    yield "|" + "|".join("---:" if column.numeric else ":---" for column in table.columns) + "|"
    yield from (_row([cell.text for cell in row]) for row in table.rows)


def _row(texts: list[str]) -> str:
    return "| " + " | ".join(escaped(text) for text in texts) + " |"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, also inside a table."""
    return re.sub(r"([\\`*_|<>\[\]#])", r"\\\1", text.replace("\n", " "))
