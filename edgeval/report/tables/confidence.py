"""The tables of an analysis about confidence: calibration of each size, and thresholds that a later stage uses."""

from __future__ import annotations

from edgeval.documents.analysis import AnalysisDocument
from edgeval.documents.errors import CalibrationModel, CalibrationStage, Temperature
from edgeval.report.tables.analysis import INTERVAL, interval
from edgeval.report.tables.table import MODEL, Cell, Column, Table, name, ratio, share, words
from edgeval.report.words.numbers import DASH, decimal, points


def calibration_table(entry: CalibrationStage) -> Table:
    """One row per size: ECE, mean confidences of right and wrong answers, and how they match (docs/ANALYSIS.md)."""
    columns = (
        MODEL,
        Column("ECE", "± over the seeds"),
        Column("by chance", "expected of a perfectly calibrated model"),
        Column("without noise", "what an endless test set would show"),
        words("95 % interval", INTERVAL),
        Column("accuracy", unit="%"),
        Column("confidence", "mean of all answers", "%"),
        Column("when right", unit="%"),
        Column("when wrong", unit="%"),
        words("gap", "confidence less accuracy, points, with its 95 % interval over images"),
        words(
            "match",
            "over- or underconfident: the interval of the gap does not hold 0; global match only: it does, and the "
            "bins do not agree",
        ),
        Column("temperature", "fitted on half of the images"),
        Column("ECE with it", "of the other half"),
    )
    rows = tuple(
        (
            name(row["model"]),
            ratio(row["ece"]["mean"], row["ece"]["std"]),
            ratio(row["ece_null"]),
            ratio(row["ece_without_noise"]),
            interval(row["ece_ci95"]),
            share(row["accuracy"]),
            share(row["mean_confidence"]),
            share(row["mean_confidence_correct"]),
            share(row["mean_confidence_wrong"]),
            _gap(row),
            name(row.get("match") or DASH),
            *_temperature(row["temperature"]),
        )
        for row in entry["models"]
    )
    return Table(f"calibration-{entry['stage']}", columns, rows).only_known()


def _temperature(fitted: Temperature | None) -> tuple[Cell, Cell]:
    if fitted is None:
        return Cell(DASH), ratio(None)
    return Cell(decimal(fitted["value"], 2), fitted["value"]), ratio(fitted["ece_after"])


def _gap(row: CalibrationModel) -> Cell:
    gap, bounds = row.get("global_gap"), row.get("global_gap_ci95")
    if gap is None or bounds is None:
        return Cell(DASH)
    return Cell(f"{points(gap * 100)} ({' to '.join(points(100 * bound) for bound in bounds)})", gap)


def threshold_table(analysis: AnalysisDocument) -> Table | None:
    """What becomes of a confidence threshold when a later stage uses it."""
    if not analysis["thresholds"]:
        return None
    columns = (
        MODEL,
        words("step"),
        Column("threshold"),
        Column("accepted before", unit="%"),
        Column("accepted after", unit="%"),
        Column("right before", "of the accepted", "%"),
        Column("right after", "of the accepted", "%"),
        Column("decisions changed", "accepted by one stage and not by the other", "%"),
        Column("values before", "different confidences within 0.01 of the threshold, mean over the seeds"),
        Column("values after", "the same at the later stage: how finely a threshold can be set there"),
        Column("highest before", "the highest confidence: no threshold above it accepts anything"),
        Column("highest after"),
    )
    rows = tuple(
        (
            name(row["model"]),
            name(f"{row['from']} → {row['to']}"),
            Cell(f"{of['threshold']:g}", of["threshold"]),
            share(of["coverage_before"]),
            share(of["coverage_after"]),
            share(of["precision_before"]),
            share(of["precision_after"]),
            share(of["decisions_changed"]),
            *(Cell(decimal(near, 1), near) for near in (of.get("distinct_before"), of.get("distinct_after"))),
            ratio(row.get("highest_before")),
            ratio(row.get("highest_after")),
        )
        for row in analysis["thresholds"]
        for of in row["thresholds"]
    )
    return Table("thresholds", columns, rows).only_known()
