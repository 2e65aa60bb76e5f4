"""The size to ship: what the user's floors choose, and what each size offers (docs/ANALYSIS.md)."""

from __future__ import annotations

from edgeval.documents.analysis import AnalysisDocument, Choice
from edgeval.report.blocks import Block, Paragraph, Part, Pictures, Sentences, captioned
from edgeval.report.tables import ship as tables
from edgeval.report.words import analysis as words


def ship_part(analysis: AnalysisDocument) -> Part:
    """The choice where floors were set, and the table of offers."""
    stage = analysis["frontier"]["stage"]
    offers: list[Block] = [
        *captioned(
            f"What each size offers at stage {stage}, smallest first.", tables.frontier_table(analysis)
        ),
        *(Paragraph(text) for text in [" · ".join(tables.frontier_sources(analysis))] if text),
        *captioned(
            "The costs for which no other size is as cheap and as good: by accuracy, by the class that fares worst, "
            "by ECE.",
            tables.frontiers_table(analysis),
        ),
    ]
    return Part("The size to ship", [*_choice(analysis["size_to_ship"]), Pictures("ship", offers)])


def _choice(choice: Choice | None) -> list[Block]:
    if choice is None:
        return [Paragraph(words.NO_FLOOR)]
    return [
        Paragraph(words.choice_in_words(choice), strong=True),
        Sentences([*words.budget_in_words(choice), *choice["cautions"], *words.refusals(choice)]),
    ]
