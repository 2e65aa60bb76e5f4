"""The analysis in Markdown: conclusions first, then one table a question."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edgeval.analysis.markdown_sections import (
    VERDICTS,
    calibration_lines,
    overlap_lines,
    ranks_lines,
    spectrum_lines,
    steps_lines,
    triage_lines,
)
from edgeval.analysis.text import DASH, escaped, interval, number, percent, table


def analysis_markdown(document: dict[str, Any]) -> str:
    """Readable on its own; analysis.json has every figure."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: dict[str, Any]) -> Iterator[str]:
    yield f"# Analysis of {escaped(document['source']['name'])}"
    yield from ("", _scope(document), "")
    yield from _ship(document["size_to_ship"], document["frontier"]["stage"])
    yield from (f"- Warning: {escaped(text)}" for text in document["warnings"])
    yield from ("", "## Scaling", "", *_scaling(document["scaling"]), "")
    yield from _scaling_sentences(document["scaling"], document["family_tests"])
    for section, heading, rows in (
        ("overlap", "## Which errors", overlap_lines),
        ("triage", "## Which classes", triage_lines),
        ("calibration", "## Calibration", calibration_lines),
    ):
        for entry in document[section]:
            yield from ("", f"{heading}: {entry['stage']}", "", *rows(entry))
    yield from steps_lines(document["steps"], document["thresholds"])
    yield from spectrum_lines(document["spectrum"])
    yield from ranks_lines(document["activation_rank"])
    on = f" on {document['frontier']['target']}" if document["frontier"]["target"] else ""
    yield from ("", f"## What each size offers: {document['frontier']['stage']}{on}", "")
    yield from _frontier(document["frontier"])
    yield from _paper(document["paper"])


def _scope(document: dict[str, Any]) -> str:
    dataset, source = document["dataset"], document["source"]
    if dataset is None:
        return f"A table of accuracies, read as {source['accuracy_unit']}."
    stages = ", ".join(f"{stage['stage']} ({stage['samples']:,} images)" for stage in document["stages"])
    return (
        f"Data set {escaped(dataset['name'])} {dataset['sha256'][:12]}; stages {stages}; "
        f"95 % intervals from {document['resamples']:,} resamples of images and seeds."
    )


def _ship(choice: dict[str, Any] | None, stage: str) -> Iterator[str]:
    if choice is None:
        return
    yield from (f"## The size to ship (stage {stage})", "")
    if choice["model"] is None:
        yield "**No size meets these floors and budgets.**"
    else:
        yield f"**{escaped(choice['model'])}**, {choice['params']:,} parameters: the smallest that meets the floors."
    if choice["budgets"] is not None:
        had = choice["budgets"]
        yield f"On {had['target']}: {_kib(had['ram_bytes'])} KiB RAM, {_kib(had['flash_bytes'])} KiB flash."
    yield from ("", *(f"- Caution: {escaped(text)}" for text in choice["cautions"]))
    yield from (
        f"- Refused: {escaped(row['model'])} ({row['params']:,}): {escaped('; '.join(row['reasons']))}"
        for row in choice["refused"]
    )
    yield ""


def _scaling(entries: list[dict[str, Any]]) -> Iterator[str]:
    yield from table(
        (
            "family",
            "stage",
            "sizes",
            "seeds",
            "alpha",
            "95 % interval",
            "from",
            "from residuals",
            "R^2",
            "H1",
        ),
        (
            (
                entry["family"],
                entry["stage"],
                str(len(entry["models"])),
                str(len(entry["seeds"]) or DASH),
                number(entry["alpha"], std=entry["alpha_std"]),
                interval(entry["alpha_ci95"]),
                entry["alpha_ci95_source"] or DASH,
                interval(entry["alpha_ci95_residuals"]),
                number(entry["r2"]),
                VERDICTS[entry["h1"]["supported"]],
            )
            for entry in entries
        ),
        words=(0, 1, 6, 9),
    )


def _scaling_sentences(entries: list[dict[str, Any]], tests: list[dict[str, Any]]) -> Iterator[str]:
    for entry in entries:
        name = f"{entry['family']}, {entry['stage']}"
        yield f"- {escaped(name)}: {escaped(entry['monotonic']['sentence'])}."
        yield f"- {escaped(name)}: {escaped(entry['laws']['sentence'])}."
        yield from (
            f"- {escaped(name)}: {escaped(text)}."
            for text in (*entry["h1"]["reasons"], entry["saturation"]["warning"])
            if text
        )
    for test in tests:
        parts = [
            f"{label} p = {test[key]['p']:.2g}"
            for key, label in (
                ("over_seeds_welch", "over seeds (Welch)"),
                ("over_residuals", "over residuals"),
            )
            if test[key]
        ]
        first, second = map(escaped, test["families"])
        yield (
            f"- {first} against {second}, {test['stage']}: alpha differs by {test['difference']:.3f}"
            + (f" ({', '.join(parts)})" if parts else "")
            + "."
        )


def _frontier(found: dict[str, Any]) -> Iterator[str]:
    models = found["models"]
    columns = [(name, cell) for name, key, cell in COSTS if any(row[key] is not None for row in models)]
    yield from table(
        ("model", "parameters", "accuracy, %", "worst class, %", "ECE", *(name for name, _ in columns),
         "best of its size"),
        (
            (
                row["model"],
                f"{row['params']:,}",
                percent(row["accuracy"]),
                percent(row["worst_class_accuracy"]),
                number(row["ece"]),
                *(cell(row) for _, cell in columns),
                "yes" if row["on_frontier"] else "no",
            )
            for row in models
        ),
        words=(0, 5 + len(columns)),
    )  # fmt: skip
    yield ""
    yield from (f"- {name}: {escaped(text)}" for name, text in found["sources"].items())
    yield from (
        f"- {escaped(row['model'])} does not fit: {escaped('; '.join(row['unfit']))}"
        for row in models
        if row["unfit"]
    )


def _kib(size: int | dict[str, int] | None) -> str:
    total = size["total"] if isinstance(size, dict) else size
    return DASH if total is None else f"{total / 1024:,.1f}"


COSTS = (  # column, field, what is shown
    ("MACs, M", "macs", lambda row: DASH if row["macs"] is None else f"{row['macs'] / 1e6:,.2f}"),
    ("file, KiB", "size_bytes", lambda row: _kib(row["size_bytes"])),
    ("latency, ms", "latency_ms", lambda row: number((row["latency_ms"] or {}).get("value"), digits=1)),
    ("RAM, KiB", "peak_ram_bytes", lambda row: _kib(row["peak_ram_bytes"])),
    ("flash, KiB", "flash_bytes", lambda row: _kib(row["flash_bytes"])),
)


def _paper(statements: list[dict[str, Any]]) -> Iterator[str]:
    if not statements:
        return
    yield from ("", "## The paper's statements, on these figures", "")
    yield from table(
        ("stage", "section", "statement", "holds", "evidence"),
        (
            (
                row["stage"],
                row["section"],
                row["statement"],
                "yes" if row["holds"] else "**no**",
                row["evidence"],
            )
            for row in statements
        ),
        words=(0, 1, 2, 3, 4),
    )
