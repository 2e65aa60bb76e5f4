"""A kept profile (profile-<target>-<engine>.json of a run folder) as the figures that a comparison shows."""

from __future__ import annotations

from typing import Any

from edgeval.cases.case import DeviceFigures, Flash, Latency, PeakRam


def figures_of_profile(document: dict[str, Any]) -> DeviceFigures:
    """A model that does not fit has no more than its flash."""
    flash = Flash(**document["flash_bytes"])
    if not document["fits"]:
        return DeviceFigures(fits=False, flash_bytes=flash)
    return DeviceFigures(
        latency_ms=_latency(document["latency_ms"]),
        instructions=document["instructions"],
        peak_ram_bytes=PeakRam(**document["peak_ram_bytes"]),
        flash_bytes=flash,
        fits=True,
        operators=tuple(document["operators"]),
    )


def _latency(row: dict[str, Any]) -> Latency | None:
    if row["value"] is None:
        return None
    return Latency(row["value"], row["source"], f"{row['model']}; {row['accuracy']}")
