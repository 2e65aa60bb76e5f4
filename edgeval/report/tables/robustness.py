"""The tables of corrupted images (docs/ROBUSTNESS.md); each but the steps belongs to one stage."""

from __future__ import annotations

from collections.abc import Sequence

from edgeval.documents.robustness import (
    ClassDrops,
    OwnOverlap,
    OwnOverlaps,
    RobustnessDocument,
    ShiftedStage,
    SizeOverlap,
    SizeOverlaps,
)
from edgeval.report.tables.analysis import INTERVAL, interval
from edgeval.report.tables.table import MODEL, Cell, Column, Table, name, ratio, share, whole, words
from edgeval.report.words.numbers import decimal, percent
from edgeval.report.words.robustness import SAME, spaced

JACCARD = (
    Column("Jaccard", "of all images that either gets wrong, the part that both get wrong"),
    Column("by chance", "of independent errors"),
    Column("at most", "what the two error rates allow"),
)


def size_table(entry: ShiftedStage) -> Table:
    """One row per size: accuracy, worst class and ECE on clean and on corrupted images."""
    columns = (
        MODEL,
        Column("parameters"),
        Column("clean", "accuracy", "%"),
        Column("corrupted", "accuracy, mean over corruptions and severities", "%"),
        Column("drop", unit="points"),
        words("95 % interval", INTERVAL),
        Column("errors", "corrupted over clean", "times"),
        Column("ECE"),
        Column("ECE corrupted"),
        words("hardest hit", "the classes that lose most, points"),
    )
    rows = tuple(
        (
            name(row["model"]),
            whole(row["params"]),
            share(row["accuracy"]),
            share(row["corrupted_accuracy"]),
            drop(row["drop"]),
            points_interval(row["drop_ci95"]),
            Cell(decimal(row["error_ratio"], 2), row["error_ratio"]),
            ratio(row["ece"]),
            ratio(row["corrupted_ece"]),
            name(", ".join(f"{hit['name']} {percent(hit['drop'])}" for hit in row["hardest_hit"])),
        )
        for row in entry["models"]
    )
    return Table(f"corrupted-{entry['stage']}", columns, rows).only_known()


def corruption_table(document: RobustnessDocument, entry: ShiftedStage) -> Table:
    """Accuracy by corruption and severity; sorted by that at the highest severity."""
    severities = " / ".join(map(str, document["severities"]))
    hint = f"accuracy at severity {severities}"
    columns = (
        MODEL,
        Column("clean", "accuracy", "%"),
        *(Column(spaced(corruption), hint, "%") for corruption in document["corruptions"]),
    )
    rows = tuple(
        (
            name(row["model"]),
            share(row["accuracy"]),
            *(
                Cell(" / ".join(map(percent, of["accuracy"])), of["accuracy"][-1])
                for of in row["by_corruption"]
            ),
        )
        for row in entry["models"]
    )
    return Table(f"corruptions-{entry['stage']}", columns, rows)


def later_table(document: RobustnessDocument) -> Table | None:
    """What later stages lose to corruption on top of the first one."""
    if not document["steps"]:
        return None
    columns = (
        MODEL,
        words("step"),
        Column("drop before", unit="points"),
        Column("drop after", unit="points"),
        Column("more", "drop after less drop before", "points"),
        words("95 % interval", f"{INTERVAL}, the same on both sides"),
        words("beyond chance", "whether the interval lies on one side of 0"),
    )
    rows = tuple(
        (
            name(step["model"]),
            name(f"{step['from']} → {step['to']}"),
            drop(step["drop_before"]),
            drop(step["drop_after"]),
            Cell(decimal(100 * step["extra_drop"], 2), step["extra_drop"]),
            points_interval(step["extra_drop_ci95"]),
            _beyond(*step["extra_drop_ci95"]),
        )
        for step in document["steps"]
    )
    return Table("corrupted-steps", columns, rows)


def _beyond(low: float, high: float) -> Cell:
    if low > 0:
        return Cell("loses more", "loses more", "bad")
    return Cell("loses less", "loses less", "good") if high < 0 else name("no")


def class_table(document: RobustnessDocument) -> Table | None:
    """Rank correlation of the classes' losses by shrinking and by corruption, all stages."""
    if not document["class_drops"]:
        return None
    columns = (
        MODEL,
        words("large", "the largest of the family"),
        words("stage"),
        words("corruption hurts", "whether the interval lies above 0, below 0 or holds it"),
        Column(
            "rank correlation", "of the classes' losses by shrinking and by corruption, from different images"
        ),
        words("95 % interval", "over the classes"),
        Column(
            "shrinking repeats", "the loss by shrinking with itself on other images: what half of them repeat"
        ),
        Column("corruption repeats", "the loss by corruption with itself on other images"),
        *(
            Column(spaced(corruption), "rank correlation of it alone")
            for corruption in document["corruptions"]
        ),
    )
    return Table("class-losses", columns, tuple(map(_losses, document["class_drops"]))).only_known()


def _losses(row: ClassDrops) -> tuple[Cell, ...]:
    return (
        name(row["model"]),
        name(row["reference"]),
        name(row["stage"]),
        name(SAME[row["same_classes"]]),
        correlation(row["spearman"]),
        interval(row["ci95"], 2),
        correlation(row["repeat_shrinking"]),
        correlation(row["repeat_corruption"]),
        *map(correlation, row["by_corruption"].values()),
    )


def overlap_tables(document: RobustnessDocument, stage: str) -> list[tuple[str, Table]]:
    """Errors of small nets against the large one's, and of each net against its own on clean images; with captions."""
    found = document["overlap"]
    sizes = [entry for entry in found["small_against_large"] if entry["stage"] == stage]
    own = [entry for entry in found["corrupted_against_clean"] if entry["stage"] == stage]
    tables = [
        ("Errors of a small net on clean images against those of the large one on clean and on corrupted images, "
         f"stage {stage}. A large net that failed where the small one does would come near to what is possible.",
         _size_overlap(sizes, stage)),
        (f"Errors of one net on corrupted images against its own on clean ones, same seed, stage {stage}.",
         _own_overlap(own, stage)),
    ]  # fmt: skip
    return [(caption, table) for caption, table in tables if table.rows]


def _size_overlap(entries: list[SizeOverlaps], stage: str) -> Table:
    columns = (
        MODEL,
        words("large"),
        words("severity", "of the large net's images"),
        Column("its accuracy", "the large net's on these images", "%"),
        *JACCARD,
    )
    rows = tuple(
        (
            name(entry["model"]),
            name(entry["reference"]),
            Cell(str(row["severity"] or "clean"), row["severity"]),
            share(row["reference_accuracy"]),
            *_jaccard(row),
        )
        for entry in entries
        for row in entry["by_severity"]
    )
    return Table(f"corrupted-sizes-{stage}", columns, rows)


def _own_overlap(entries: list[OwnOverlaps], stage: str) -> Table:
    columns = (MODEL, Column("severity"), *JACCARD, words("95 % interval", INTERVAL))
    rows = tuple(
        (
            name(entry["model"]),
            whole(row["severity"]),
            *_jaccard(row),
            interval(row["ci95"]),
        )
        for entry in entries
        for row in entry["by_severity"]
    )
    return Table(f"corrupted-own-{stage}", columns, rows)


def _jaccard(row: OwnOverlap | SizeOverlap) -> tuple[Cell, ...]:
    return ratio(row["jaccard"]), ratio(row["independence"]), ratio(row["containment"])


def correlation(value: float | None) -> Cell:
    return Cell(decimal(value, 2), value)


def drop(value: float) -> Cell:
    return Cell(decimal(100 * value, 1), value)


def points_interval(bounds: Sequence[float]) -> Cell:
    """Two fractions as percentage points, sorted by the lower."""
    low, high = (decimal(100 * bound, 1) for bound in bounds)
    return Cell(f"{low} to {high}", bounds[0])
