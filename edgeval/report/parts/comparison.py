"""A comparison in short: the verdict, who lost, the models, the steps. The page has more."""

from __future__ import annotations

from edgeval.documents.compare import ComparisonDocument
from edgeval.documents.gate import Gate
from edgeval.report.blocks import Paragraph, Part, Sentences, captioned
from edgeval.report.tables.comparison import loser_table, model_table, transition_table
from edgeval.report.tables.gate import check_table
from edgeval.report.view import view
from edgeval.report.words import comparison as words
from edgeval.report.words.gate import violation_texts


def comparison_part(document: ComparisonDocument) -> Part:
    """The verdict first, then what it rests on."""
    judged = words.verdict(document)
    return Part(
        f"{judged.word}: {words.title(document)}",
        [
            Paragraph(judged.sentence, strong=True),
            Paragraph(judged.rule),
            Sentences([*words.doubts(document), *violation_texts(document)]),
            *captioned("Classes that lost most.", loser_table(document)),
            *captioned("Models.", model_table(view(document))),
            *captioned("Every step.", transition_table(document)),
        ],
    )


def gate_part(gate: Gate) -> Part:
    """The gate's checks."""
    return Part(
        f"The gate's verdict: {gate['verdict']}",
        [
            Sentences(gate.get("reasons", [])),
            *captioned("Every rule on every judged model.", check_table(gate)),
        ],
    )
