"""A kept profile (profile-<target>-<engine>.json of a run folder) as the figures that a comparison shows."""

from __future__ import annotations

from typing import cast

from edgeval.cases.case import DeviceFigures, Flash, Latency, PeakRam
from edgeval.documents.profile import ProfileDocument, TimedLatency, UnfitProfile


def figures_of_profile(document: ProfileDocument | UnfitProfile) -> DeviceFigures:
    """A model that does not fit has no more than its flash."""
    flash = Flash(**document["flash_bytes"])
    if not document["fits"]:
        return DeviceFigures(fits=False, flash_bytes=flash)
    document = cast(ProfileDocument, document)
    return DeviceFigures(
        latency_ms=_latency(document["latency_ms"]),
        instructions=document["instructions"],
        peak_ram_bytes=PeakRam(**document["peak_ram_bytes"]),
        flash_bytes=flash,
        fits=True,
        operators=tuple(document["operators"]),
    )


def _latency(row: TimedLatency) -> Latency | None:
    if row["value"] is None or row["source"] is None:
        return None
    return Latency(row["value"], row["source"], f"{row['model']}; {row['accuracy']}")
