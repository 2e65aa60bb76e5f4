"""What models cost on a target, for a reader: which fit, and one inference operator by operator."""

from __future__ import annotations

from typing import Any

from edgeval.documents.profile import ProfileDocument
from edgeval.report.blocks import Paragraph, Part, captioned
from edgeval.report.tables.footprint import fit_table, operator_table
from edgeval.report.words.numbers import decimal

Row = dict[str, Any]


def fit_part(document: Row) -> Part:
    """Which models fit one target."""
    room = f"Slot {document['slot_bytes']:,} bytes, arena {document['arena_bytes']:,} bytes."
    return Part(f"Fit on {document['target']}", [Paragraph(room), *captioned("", fit_table(document))])


def profile_part(document: ProfileDocument) -> Part:
    """Latency with its source, memory, and the operators."""
    latency, ram, flash = document["latency_ms"], document["peak_ram_bytes"], document["flash_bytes"]
    time = (
        f"No latency: {latency['model']}."
        if latency["value"] is None
        else f"Latency {decimal(latency['value'], 2)} ms, {latency['source']}: {latency['model']}."
    )
    memory = f"Peak RAM {ram['total']:,} bytes, flash {flash['total']:,} bytes."
    return Part(
        f"{document['target']}, engine {document['engine']}, runner {document['runner']}",
        [Paragraph(time, strong=True), Paragraph(memory), *captioned("Operators.", operator_table(document))],
    )
