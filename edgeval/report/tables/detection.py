"""Two classes as alarm and no alarm: the area below the ROC curve, and float's thresholds on the device."""

from __future__ import annotations

from edgeval.documents.compare import ComparisonDocument
from edgeval.report.tables.table import MODEL, Column, Table, name, ratio, share

SHOWN = (0.01, 0.05)  # of the thresholds in compare.json


def detection_table(document: ComparisonDocument) -> Table:
    """One row per model and stage; no rows where there are not two classes."""
    columns = [MODEL, Column("stage"), Column("AUC", "area below the ROC curve, ± over the seeds")]
    for wanted in SHOWN:
        told = f"at the threshold that the first stage keeps {100 * wanted:g} % false alarms with"
        columns += [
            Column(f"false alarms at {100 * wanted:g} %", told, "%"),
            Column(f"detected at {100 * wanted:g} %", told, "%"),
        ]
    rows = []
    for model in document["models"]:
        found = model.get("detection")
        if found is None:
            continue
        first = model["validated_stage"]
        rates = {
            (row["to"], row["wanted"]): (row["false_alarms_after"], row["detected_after"])
            for row in found["thresholds"]
        } | {
            (first, row["wanted"]): (row["false_alarms_before"], row["detected_before"])
            for row in reversed(found["thresholds"])
            if row["seeds"]
        }
        for stage, curve in found["stages"].items():
            both = [rates.get((stage, wanted), (None, None)) for wanted in SHOWN]
            cells = [share(value) for pair in both for value in pair]
            rows.append(
                (name(model["id"]), name(stage), ratio(curve["auc"]["mean"], curve["auc"]["std"]), *cells)
            )
    return Table("detection", tuple(columns), tuple(rows))
