"""The analysis in Markdown: conclusions first, then one table a question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

DASH = "–"
VERDICTS = {True: "supported", False: "not supported", None: "cannot be judged"}


def analysis_markdown(document: dict[str, Any]) -> str:
    """Readable on its own; analysis.json has every figure."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: dict[str, Any]) -> Iterator[str]:
    yield f"# Analysis of {_escaped(document['source']['name'])}"
    yield from ("", _scope(document), "")
    yield from _ship(document["size_to_ship"], document["frontier"]["stage"])
    yield from (f"- Warning: {_escaped(text)}" for text in document["warnings"])
    yield from ("", "## Scaling", "", *_scaling(document["scaling"]), "")
    yield from _scaling_sentences(document["scaling"], document["family_tests"])
    for section, heading, rows in (
        ("overlap", "## Which errors", _overlap),
        ("triage", "## Which classes", _triage),
        ("calibration", "## Calibration", _calibration),
    ):
        for entry in document[section]:
            yield from ("", f"{heading}: {entry['stage']}", "", *rows(entry))
    yield from _steps(document["steps"], document["thresholds"])
    yield from _spectrum(document["spectrum"])
    yield from ("", f"## What each size offers: {document['frontier']['stage']}", "")
    yield from _frontier(document["frontier"]["models"])
    yield from _paper(document["paper"])


def _scope(document: dict[str, Any]) -> str:
    dataset, source = document["dataset"], document["source"]
    if dataset is None:
        return f"A table of accuracies, read as {source['accuracy_unit']}."
    stages = ", ".join(f"{stage['stage']} ({stage['samples']:,} images)" for stage in document["stages"])
    return (
        f"Data set {_escaped(dataset['name'])} {dataset['sha256'][:12]}; stages {stages}; "
        f"95 % intervals from {document['resamples']:,} resamples of images and seeds."
    )


def _ship(choice: dict[str, Any] | None, stage: str) -> Iterator[str]:
    if choice is None:
        return
    yield from (f"## The size to ship (stage {stage})", "")
    if choice["model"] is None:
        yield "**No size meets these floors.**"
    else:
        yield f"**{_escaped(choice['model'])}**, {choice['params']:,} parameters: the smallest that meets the floors."
    yield from ("", *(f"- Caution: {_escaped(text)}" for text in choice["cautions"]))
    yield from (
        f"- Refused: {_escaped(row['model'])} ({row['params']:,}): {_escaped('; '.join(row['reasons']))}"
        for row in choice["refused"]
    )
    yield ""


def _scaling(entries: list[dict[str, Any]]) -> Iterator[str]:
    yield from _table(
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
                _number(entry["alpha"], std=entry["alpha_std"]),
                _interval(entry["alpha_ci95"]),
                entry["alpha_ci95_source"] or DASH,
                _interval(entry["alpha_ci95_residuals"]),
                _number(entry["r2"]),
                VERDICTS[entry["h1"]["supported"]],
            )
            for entry in entries
        ),
        words=(0, 1, 6, 9),
    )


def _scaling_sentences(entries: list[dict[str, Any]], tests: list[dict[str, Any]]) -> Iterator[str]:
    for entry in entries:
        name = f"{entry['family']}, {entry['stage']}"
        yield f"- {_escaped(name)}: {_escaped(entry['monotonic']['sentence'])}."
        yield f"- {_escaped(name)}: {_escaped(entry['laws']['sentence'])}."
        yield from (
            f"- {_escaped(name)}: {_escaped(text)}."
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
        first, second = map(_escaped, test["families"])
        yield (
            f"- {first} against {second}, {test['stage']}: alpha differs by {test['difference']:.3f}"
            + (f" ({', '.join(parts)})" if parts else "")
            + "."
        )


def _overlap(entry: dict[str, Any]) -> Iterator[str]:
    own = {row["model"]: row["jaccard"] for row in entry["cross_seed"]}
    yield from _table(
        ("model", "reference", "Jaccard", "95 % interval", "by chance", "at most", "own seeds",
         "reference's errors shared, %", "shared by its seeds, %"),
        (
            (
                row["model"],
                row["reference"],
                _number(row["jaccard"], std=row["std"]),
                _interval(row["ci95"]),
                _number(row["independence"]),
                _number(row["containment"]),
                _number(own[row["model"]]),
                _percent(row["reference_errors_shared"]),
                _percent(row["reference_errors_shared_by_its_seeds"]),
            )
            for row in entry["vs_reference"]
        ),
        words=(0, 1),
    )  # fmt: skip
    h2 = entry["h2"]
    if h2 is not None:
        low, high = h2["lowest"], h2["highest"]
        yield ""
        yield (
            f"H2 is {VERDICTS[h2['supported']]}: overlaps between sizes run from {low['jaccard']:.3f} "
            f"({_escaped(' and '.join(low['models']))}) to {high['jaccard']:.3f} "
            f"({_escaped(' and '.join(high['models']))})."
            + (
                " Two seeds of one size already share less than the limit of 0.90, so the criterion alone says little."
                if h2["decisive"] is False
                else ""
            )
        )


def _triage(entry: dict[str, Any]) -> Iterator[str]:
    yield from _table(
        ("model", "accuracy, %", "Gini", "by chance", "without noise", "95 % interval", "hardest 5, %", "easiest 5, %",
         "worst class", "given up"),
        (
            (
                row["model"],
                _percent(row["accuracy"]),
                _number(row["gini"]["mean"], std=row["gini"]["std"]),
                _number(row["gini_null"]),
                _number(row["gini_without_noise"]),
                _interval(row["gini_ci95"]),
                _percent((row["bottom5_accuracy"] or {}).get("mean")),
                _percent((row["top5_class_accuracy"] or {}).get("mean")),
                f"{row['worst_class']['name']} {_percent(row['worst_class']['accuracy'])}",
                str(len(row["given_up"])),
            )
            for row in entry["models"]
        ),
        words=(0, 8),
    )  # fmt: skip
    for row in entry["models"]:
        if row["given_up"]:
            names = ", ".join(
                f"{lost['name']} {_percent(lost['accuracy'])} %" for lost in row["given_up"][:10]
            )
            more = f" and {len(row['given_up']) - 10} more" if len(row["given_up"]) > 10 else ""
            yield from ("", f"Given up by {_escaped(row['model'])}: {_escaped(names)}{more}.")


def _calibration(entry: dict[str, Any]) -> Iterator[str]:
    yield from _table(
        ("model", "ECE", "by chance", "without noise", "95 % interval", "mean confidence, %", "accuracy, %", "right, %",
         "wrong, %", "temperature", "ECE with it"),
        (
            (
                row["model"],
                _number(row["ece"]["mean"], std=row["ece"]["std"]),
                _number(row["ece_null"]),
                _number(row["ece_without_noise"]),
                _interval(row["ece_ci95"]),
                _percent(row["mean_confidence"]),
                _percent(row["accuracy"]),
                _percent(row["mean_confidence_correct"]),
                _percent(row["mean_confidence_wrong"]),
                _number((row["temperature"] or {}).get("value"), digits=2),
                _number((row["temperature"] or {}).get("ece_after")),
            )
            for row in entry["models"]
        ),
    )  # fmt: skip


def _steps(steps: list[dict[str, Any]], thresholds: list[dict[str, Any]]) -> Iterator[str]:
    if not steps:
        return
    yield from ("", "## From stage to stage", "")
    yield from _table(
        ("model", "from", "to", "Jaccard of the errors", "95 % interval"),
        (
            (row["model"], row["from"], row["to"], _number(row["jaccard"]), _interval(row["ci95"]))
            for row in steps
        ),
        words=(0, 1, 2),
    )
    yield from ("", "Confidence thresholds carried over: coverage and precision in %, before → after.", "")
    values = [row["threshold"] for row in thresholds[0]["thresholds"]] if thresholds else []
    yield from _table(
        ("model", "to", *(f"{value:g}" for value in values)),
        ((row["model"], row["to"], *map(_threshold, row["thresholds"])) for row in thresholds),
        words=(0, 1),
    )


def _threshold(row: dict[str, Any]) -> str:
    cover = f"{_percent(row['coverage_before'])} → {_percent(row['coverage_after'])}"
    return f"{cover}; {_percent(row['precision_before'])} → {_percent(row['precision_after'])}"


def _spectrum(found: dict[str, Any] | None) -> Iterator[str]:
    if found is None:
        return
    yield from ("", "## Spectrum of the training images", "")
    gammas = [
        f"{row['family']} {row['stage']} {_number(row['gamma'], digits=2)}" for row in found["gamma_implied"]
    ]
    fitted = f"eigenvalues {found['first']} to {found['last']} of {found['images']:,} images"
    beta = _number(found["beta"], std=found["standard_error"])
    yield f"beta {beta} (R^2 {_number(found['r2'])}, {fitted}); gamma implied: {_escaped(', '.join(gammas))}."


def _frontier(models: list[dict[str, Any]]) -> Iterator[str]:
    yield from _table(
        (
            "model",
            "parameters",
            "accuracy, %",
            "worst class, %",
            "ECE",
            "MACs, M",
            "file, KiB",
            "best of its size",
        ),
        (
            (
                row["model"],
                f"{row['params']:,}",
                _percent(row["accuracy"]),
                _percent(row["worst_class_accuracy"]),
                _number(row["ece"]),
                DASH if row["macs"] is None else f"{row['macs'] / 1e6:,.2f}",
                DASH if row["size_bytes"] is None else f"{row['size_bytes'] / 1024:,.1f}",
                "yes" if row["on_frontier"] else "no",
            )
            for row in models
        ),
        words=(0, 7),
    )


def _paper(statements: list[dict[str, Any]]) -> Iterator[str]:
    if not statements:
        return
    yield from ("", "## The paper's statements, on these figures", "")
    yield from _table(
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


def _table(
    heading: Sequence[str], rows: Iterable[Sequence[str]], words: Sequence[int] = (0,)
) -> Iterator[str]:
    yield _row(heading)
    yield "|" + "|".join(":---" if index in words else "---:" for index, _ in enumerate(heading)) + "|"
    yield from (_row(row) for row in rows)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell if cell == "**no**" else _escaped(cell) for cell in cells) + " |"


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is, also inside a table."""
    return re.sub(r"([\\`*_|<>\[\]#])", r"\\\1", text.replace("\n", " "))


def _number(value: float | None, std: float | None = None, digits: int = 3) -> str:
    if value is None:
        return DASH
    return f"{value:.{digits}f}" + ("" if std is None else f" ± {std:.{digits}f}")


def _percent(value: float | None) -> str:
    return DASH if value is None else f"{100 * value:.1f}"


def _interval(bounds: Sequence[float] | None) -> str:
    return DASH if bounds is None else f"{bounds[0]:.3f} to {bounds[1]:.3f}"
