"""A history for others: github-action-benchmark's JSON, and a badge of the last verdict."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from edgeval.documents.history import HistoryLine, HistoryModel
from edgeval.report.history.series import short_commit
from edgeval.terminal import CONTROL

COSTS = {
    "latency_ms": "ms",
    "instructions": "instructions",
    "peak_ram_bytes": "bytes",
    "flash_bytes": "bytes",
}
COLOURS = {"pass": "#00563f", "fail": "#8f2d00", "incomplete": "#6b4a00"}
LETTER = 6.6  # pixels of a letter of 11 px Verdana, on average


def benchmark_entries(line: HistoryLine) -> list[dict[str, Any]]:
    """Entries of github-action-benchmark's `customSmallerIsBetter`: errors in percent, and what a device costs.

    All in one file, so accuracies are turned into errors.
    """
    return [entry for model in line["models"] for entry in _entries(line, model)]


def _entries(line: HistoryLine, model: HistoryModel) -> Iterator[dict[str, Any]]:
    extra = f"edgeval {line['edgeval']}, {line['dataset']['name']}, verdict {line['verdict']}"
    for stage, seen in model["stages"].items():
        what = f"{extra}, {seen['samples']} samples, {seen['runtime']}"
        yield _entry(f"{model['id']} {stage} error", "%", 100 * (1 - seen["accuracy"]), what)
        if stage == model["deployed_stage"]:
            names = line["dataset"]["classes"]
            for name, value in zip(names, seen["per_class_accuracy"], strict=True):
                if value is not None:
                    yield _entry(f"{model['id']} {stage} error of {name}", "%", 100 * (1 - value), what)
    for key, unit in COSTS.items():
        cost: Any = model.get(key)
        if cost is not None:
            what = f"{extra}, {line['target']}, {line['engine']}, {cost['source']}"
            yield _entry(f"{model['id']} {key}", unit, cost["value"], what)


def _entry(name: str, unit: str, value: float, extra: str) -> dict[str, Any]:
    return {"name": name, "unit": unit, "value": round(value, 4), "extra": extra}


def badge_svg(line: HistoryLine) -> str:
    """Verdict, commit and day of a line as a small SVG; equal lines give equal text."""
    right = f"{line['verdict']} · {short_commit(line)} · {line['time'][:10]}"
    if line["commit"] is None:
        right = f"{line['verdict']} · {line['time'][:10]}"
    texts = ["edgeval", CONTROL.sub("", right)]
    widths = [round(len(text) * LETTER) + 14 for text in texts]
    total = sum(widths)
    label = escape(": ".join(texts))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="20" role="img" aria-label="{label}">
<title>{label}</title>
<clipPath id="r"><rect width="{total}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)"><rect width="{widths[0]}" height="20" fill="#33404f"/><rect x="{widths[0]}" width="{widths[1]}" \
height="20" fill="{COLOURS[line["verdict"]]}"/></g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{widths[0] / 2}" y="14">{escape(texts[0])}</text>
<text x="{widths[0] + widths[1] / 2}" y="14">{escape(texts[1])}</text>
</g>
</svg>
"""
