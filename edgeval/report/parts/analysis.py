"""The parts of an analysis (docs/ANALYSIS.md): scaling, errors, classes, confidence, the paper's statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from edgeval.documents.analysis import AnalysisDocument
from edgeval.documents.errors import CalibrationStage, OverlapStage, TriageStage
from edgeval.report.blocks import Block, Captioned, Folded, Part, Sentences, captioned
from edgeval.report.tables import analysis as tables, confidence
from edgeval.report.tables.table import Table
from edgeval.report.words import analysis as words

PRINTED = 20  # rows of a long table on paper
Entry = TypeVar("Entry", OverlapStage, TriageStage, CalibrationStage)


def analysis_parts(analysis: AnalysisDocument) -> list[Part]:
    """Every question that the document answers, without the size to ship."""
    found = [
        _scaling(analysis),
        _of_stages(analysis, "Which errors", analysis["overlap"], words.overlap_findings, tables.overlap_table,
                   "Error sets of each size against its reference's, all seed pairs"),
        _of_stages(analysis, "Which classes", analysis["triage"], words.triage_findings, tables.triage_table,
                   "Inequality of the classes"),
        _of_stages(analysis, "How sure", analysis["calibration"], words.calibration_findings,
                   confidence.calibration_table, "Calibration, 15 equal bins of the top-1 confidence"),
        _steps(analysis),
        _paper(analysis),
    ]  # fmt: skip
    return [part for part in found if part.blocks]


def _scaling(analysis: AnalysisDocument) -> Part:
    judged = analysis["frontier"]["stage"]
    return Part(
        "Scaling",
        [
            Sentences(words.scaling_findings(analysis, judged)),
            *captioned(
                f"Power laws error ~ N^-alpha of each family and stage; sentences are about stage {judged}.",
                tables.scaling_table(analysis),
            ),
            Sentences(words.spectrum_findings(analysis)),
            *captioned(
                "Does the rank of the trained nets grow as the paper's theory implies? gamma of rank ~ N^gamma, "
                "measured and implied.",
                tables.theory_table(analysis),
            ),
            *captioned(
                "Stable rank of the activations of the trained nets; gamma of rank ~ N^gamma.",
                tables.rank_table(analysis),
            ),
        ],
    )


def _of_stages(
    analysis: AnalysisDocument,
    heading: str,
    entries: Sequence[Entry],
    findings: Callable[[Entry], list[str]],
    table: Callable[[Entry], Table],
    caption: str,
) -> Part:
    """One question at the judged stage; the other stages folded away."""
    judged = analysis["frontier"]["stage"]
    shown: list[Block] = []
    folded: list[Block] = []
    for entry in entries:
        data, stage = table(entry), entry["stage"]
        if not data.rows:
            continue
        blocks: list[Block] = [Sentences(findings(entry)), Captioned(f"{caption}, stage {stage}.", data)]
        if stage == judged:
            shown += blocks
        else:
            folded.append(Folded(f"{heading} at stage {stage}", blocks))
    return Part(heading, [*shown, *folded])


def _steps(analysis: AnalysisDocument) -> Part:
    overlap = captioned(
        "Error sets of one size at two stages: 1 where the same images fail.", tables.step_table(analysis)
    )
    thresholds = captioned(
        "A threshold chosen at the first stage and used at a later one.",
        confidence.threshold_table(analysis),
        PRINTED,
    )
    if thresholds:
        found = [Sentences(list(words.threshold_findings(analysis))), *thresholds]
        overlap.append(Folded("Confidence thresholds used at a later stage", found))
    return Part("From stage to stage", overlap)


def _paper(analysis: AnalysisDocument) -> Part:
    judged = analysis["frontier"]["stage"]
    others = [stage for stage in dict.fromkeys(row["stage"] for row in analysis["paper"]) if stage != judged]
    return Part(
        "The paper's statements, on these figures",
        [
            *captioned(_holds(judged), tables.paper_table(analysis, judged)),
            *(
                Folded(
                    f"The paper's statements at stage {stage}",
                    captioned(_holds(stage), tables.paper_table(analysis, stage)),
                )
                for stage in others
            ),
        ],
    )


def _holds(stage: str) -> str:
    return f"Whether each statement holds at stage {stage}, and why."
