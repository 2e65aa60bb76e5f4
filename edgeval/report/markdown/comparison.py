"""The comparison in Markdown, short enough for a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from edgeval.documents.compare import ComparisonDocument
from edgeval.report.markdown.blocks import bullet_lines, escaped, table_lines
from edgeval.report.tables.comparison import loser_table, model_table, transition_table
from edgeval.report.tables.detection import detection_table
from edgeval.report.tables.steps import looked_into, split_table
from edgeval.report.view import view
from edgeval.report.words.comparison import doubts, other_warnings, scope, title, verdict
from edgeval.report.words.gate import violation_texts
from edgeval.report.words.preprocessing import preprocessing_words

VIOLATIONS, WARNINGS, LOOKED = 10, 5, 5  # shown; the page has all
ONLY_IN_PAGE = ("MACs", "stage", "top-5", "by chance", "chance to most", "other seed")
SIGNS = {"pass": "✅", "doubt": "⚠️", "fail": "❌", "none": "ℹ️"}


def comparison_markdown(document: ComparisonDocument) -> str:
    """Verdict, violations, warnings, who lost, and the table of models; every step behind a fold."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: ComparisonDocument) -> Iterator[str]:
    judged = verdict(document)
    yield f"## {SIGNS[judged.state]} edgeval: {judged.word.lower()} · {escaped(title(document))}"
    yield from (line for text in doubts(document) for line in ("", f"> **Suspicious: {escaped(text)}**"))
    yield from ("", f"{escaped(judged.sentence)} {escaped(judged.rule)}", "", escaped(scope(document)), "")
    yield from bullet_lines(violation_texts(document), VIOLATIONS, "violations")
    yield from bullet_lines([f"Warning: {text}" for text in other_warnings(document)], WARNINGS, "warnings")
    losers = loser_table(document)
    if losers.rows:
        yield from ("### Classes that lost most", "", *table_lines(losers), "")
    yield from ("### Models", "", *table_lines(model_table(view(document)).without(*ONLY_IN_PAGE)), "")
    split = split_table(document)
    if split.rows:
        yield from ("### What the change of accuracy comes from", "", *table_lines(split), "")
    detection = detection_table(document)
    if detection.rows:
        yield from ("### Alarm and no alarm", "", *table_lines(detection), "")
    steps = transition_table(document)
    if steps.rows:
        yield from ("<details><summary>Every step</summary>", "", *table_lines(steps), "")
        yield from bullet_lines(
            [f"{where}: {layers['text']}" for where, layers, _ in looked_into(document)],
            LOOKED,
            "steps",
        )
        yield from ("</details>", "")
    dataset = document["dataset"]
    source = f"edgeval {document['edgeval']}, data set {dataset['name']} {dataset['sha256'][:12]}"
    yield f"<sub>{escaped(f'{source}, input {preprocessing_words(document)}')}</sub>"
