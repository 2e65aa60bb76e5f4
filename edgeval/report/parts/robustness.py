"""Corrupted images (docs/ROBUSTNESS.md): the answers, then what each size, corruption and stage loses."""

from __future__ import annotations

from edgeval.documents.robustness import RobustnessDocument, ShiftedStage
from edgeval.report.blocks import Block, Folded, Paragraph, Part, Pictures, Sentences, captioned
from edgeval.report.tables import robustness as tables
from edgeval.report.words import robustness as words

PRINTED = 20  # rows of a long table on paper


def robustness_part(document: RobustnessDocument) -> Part:
    """The judged stage in full, the other stages folded away."""
    judged = words.judged_stage(document)
    stages = {entry["stage"]: _stage(document, entry) for entry in document["stages"]}
    return Part(
        "Corrupted images",
        [
            *(Paragraph(text, strong=True) for text in words.class_verdicts(document)),
            Sentences(words.robustness_findings(document)),
            Paragraph(words.robustness_scope(document)),
            Pictures("robustness"),
            *captioned(
                "Whether the classes that lose by corruption (the large net) are those that lose by shrinking (clean "
                "images). A correlation cannot be expected to exceed what a loss repeats of itself.",
                tables.class_table(document),
                PRINTED,
            ),
            *captioned(
                "What later stages lose to corruption on top of the first one.",
                tables.later_table(document),
                PRINTED,
            ),
            *stages.pop(judged),
            *(Folded(f"Corrupted images at stage {stage}", blocks) for stage, blocks in stages.items()),
        ],
    )


def _stage(document: RobustnessDocument, entry: ShiftedStage) -> list[Block]:
    stage, severities = entry["stage"], " / ".join(map(str, document["severities"]))
    return [
        *captioned(f"What each size loses to corruption, stage {stage}.", tables.size_table(entry)),
        *captioned(
            f"Accuracy by corruption, at severity {severities}, stage {stage}.",
            tables.corruption_table(document, entry),
        ),
        *(
            block
            for caption, table in tables.overlap_tables(document, stage)
            for block in captioned(caption, table, PRINTED)
        ),
    ]
