"""robustness.json in Markdown: the answers first, then the tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edgeval.analysis.text import DASH, escaped, interval, number, percent, table

SAME = {True: "yes", False: "others", None: "cannot be told"}


def robustness_markdown(document: dict[str, Any]) -> str:
    """Readable on its own; robustness.json has every figure."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: dict[str, Any]) -> Iterator[str]:
    yield f"# Robustness of {escaped(document['source']['name'])}"
    yield from ("", _scope(document), "", "## Does corruption hurt the classes that shrinking hurts?", "")
    yield from _class_drops(document["class_drops"])
    yield from ("", "## Does it hurt the same images?", "", *_overlap(document["overlap"]))
    if document["steps"]:
        yield from ("", "## What later stages lose on top", "", *_steps(document["steps"]))
    for stage in document["stages"]:
        yield from ("", f"## Sizes: {stage['stage']}", "", *_sizes(stage["models"]))
        yield from ("", *_corruptions(stage["models"], document["severities"]))


def _scope(document: dict[str, Any]) -> str:
    dataset = document["dataset"]
    of_all = "" if document["samples"] == dataset["samples"] else f" of {dataset['samples']:,}"
    return (
        f"{len(document['corruptions'])} corruptions in the manner of CIFAR-10-C "
        f"({escaped(', '.join(document['corruptions']))}) at severities "
        f"{', '.join(map(str, document['severities']))}, on {document['samples']:,}{of_all} test images of "
        f"{escaped(dataset['name'])} {dataset['sha256'][:12]}; 95 % intervals from {document['resamples']:,} "
        "resamples of images and seeds. Corrupted figures are means over corruptions and severities."
    )


def _class_drops(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield from table(
        ("stage", "small", "large", "the same classes", "rank correlation", "95 % interval", "shrinking repeats",
         "corruption repeats"),
        (
            (
                row["stage"],
                row["model"],
                row["reference"],
                SAME[row["same_classes"]],
                number(row["spearman"], digits=2),
                _bounds(row["ci95"]),
                number(row["repeat_shrinking"], digits=2),
                number(row["repeat_corruption"], digits=2),
            )
            for row in rows
        ),
        words=(0, 1, 2, 3),
    )  # fmt: skip
    yield ""
    yield (
        "Of the classes' losses by shrinking (small against large, clean images) and by corruption (the large one), "
        "each from other images. *Repeats*: the same between two halves of the images; a correlation cannot be "
        "expected to exceed these."
    )


def _bounds(bounds: list[float] | None) -> str:
    return DASH if bounds is None else f"{bounds[0]:.2f} to {bounds[1]:.2f}"


def _overlap(found: dict[str, Any]) -> Iterator[str]:
    yield "Jaccard of the errors of a small net on clean images and of the large one on clean and corrupted images:"
    yield ""
    yield from table(
        (
            "stage",
            "small",
            "large",
            "severity",
            "accuracy of the large, %",
            "Jaccard",
            "by chance",
            "at most",
        ),
        (
            (
                entry["stage"],
                entry["model"],
                entry["reference"],
                str(row["severity"] or "clean"),
                percent(row["reference_accuracy"]),
                *_jaccard(row),
            )
            for entry in found["small_against_large"]
            for row in entry["by_severity"]
        ),
        words=(0, 1, 2),
    )
    yield from ("", "And of one net on clean and on corrupted images:", "")
    yield from table(
        ("stage", "model", "severity", "Jaccard", "by chance", "at most", "95 % interval"),
        (
            (entry["stage"], entry["model"], str(row["severity"]), *_jaccard(row), interval(row["ci95"]))
            for entry in found["corrupted_against_clean"]
            for row in entry["by_severity"]
        ),
        words=(0, 1),
    )


def _jaccard(row: dict[str, Any]) -> tuple[str, str, str]:
    return number(row["jaccard"]), number(row["independence"]), number(row["containment"])


def _steps(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield from table(
        ("model", "from", "to", "drop before, points", "drop after, points", "more, points", "95 % interval"),
        (
            (
                row["model"],
                row["from"],
                row["to"],
                percent(row["drop_before"]),
                percent(row["drop_after"]),
                f"{100 * row['extra_drop']:+.2f}",
                _points(row["extra_drop_ci95"]),
            )
            for row in rows
        ),
        words=(0, 1, 2),
    )


def _points(bounds: list[float]) -> str:
    return f"{100 * bounds[0]:+.2f} to {100 * bounds[1]:+.2f}"


def _sizes(models: list[dict[str, Any]]) -> Iterator[str]:
    yield from table(
        ("model", "parameters", "clean, %", "corrupted, %", "drop, points", "95 % interval", "errors, times", "ECE",
         "ECE corrupted", "hardest hit, points"),
        (
            (
                row["model"],
                f"{row['params']:,}",
                percent(row["accuracy"]),
                percent(row["corrupted_accuracy"]),
                percent(row["drop"]),
                _points(row["drop_ci95"]),
                number(row["error_ratio"], digits=2),
                number(row["ece"]),
                number(row["corrupted_ece"]),
                ", ".join(f"{hit['name']} {percent(hit['drop'])}" for hit in row["hardest_hit"]),
            )
            for row in models
        ),
        words=(0, 9),
    )  # fmt: skip


def _corruptions(models: list[dict[str, Any]], severities: list[int]) -> Iterator[str]:
    yield f"Accuracy in % by corruption, at severities {', '.join(map(str, severities))}:"
    yield ""
    names = [row["corruption"] for row in models[0]["by_corruption"]]
    yield from table(
        ("model", *names),
        (
            (row["model"], *(" / ".join(map(percent, of["accuracy"])) for of in row["by_corruption"]))
            for row in models
        ),
    )
