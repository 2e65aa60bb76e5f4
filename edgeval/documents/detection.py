"""Two classes as alarm and no alarm, as compare.json has them (docs/COMPARE_JSON.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from edgeval.documents.fields import Count, Fraction, FromTo, Spread, StageName


class DetectionCurve(TypedDict):
    """`detected` is what some threshold detects with at most `false_alarms`, mean over the seeds."""

    auc: Spread
    false_alarms: Sequence[Fraction]
    detected: Sequence[Fraction]


class ThresholdTransfer(FromTo):
    """The lowest threshold with at most `wanted` false alarms at the first stage, and what it does at both, over the
    samples that both have; means over the seeds, None where the samples of a stage are all of one class."""

    wanted: Fraction
    seeds: Count
    threshold: float | None
    false_alarms_before: Fraction | None
    detected_before: Fraction | None
    false_alarms_after: Fraction | None
    detected_after: Fraction | None


class Detection(TypedDict):
    """A model of two classes as a detector of the second, `positive`; a failed sample counts against it."""

    positive: str
    stages: dict[StageName, DetectionCurve]
    thresholds: list[ThresholdTransfer]
