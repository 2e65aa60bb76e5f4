"""The tables of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edgeval.report.images.drill import ClassImages
from edgeval.report.tables.table import (
    ALL_SEEDS,
    CHANGE,
    CLASS,
    GAINED,
    LOST,
    MODEL,
    OTHER,
    Cell,
    Column,
    Table,
    change,
    in_kib,
    in_millions,
    name,
    ratio,
    share,
    whole,
    words,
)
from edgeval.report.words.comparison import hit_classes, losers, shows_change, sides
from edgeval.report.words.numbers import DASH, decimal, known

TONES = {"bit-exact": "good", "float rounding": "good", "rounding only": "good", "diverges": "bad"}
NO_OVERLAP = dict.fromkeys(("mean", "std", "independence", "containment", "cross_seed"))


def loser_table(document: dict[str, Any]) -> Table:
    """The classes that lost most, over all models."""
    columns = (
        CLASS,
        MODEL,
        CHANGE,
        Column("before", "accuracy in what the model is compared with", "%"),
        Column("after", "accuracy of the judged stage", "%"),
        LOST,
        GAINED,
        ALL_SEEDS,
    )
    return Table("losers", columns, tuple(_loser(row) for row in losers(document)))


def _loser(row: dict[str, Any]) -> tuple[Cell, ...]:
    return (
        name(row["class"]),
        name(row["model"]),
        change(row["change_points"]),
        share(row["accuracy_before"]),
        share(row["accuracy_after"]),
        whole(row["lost"]),
        whole(row["gained"]),
        whole(row["predictions"]),
    )


def transition_table(document: dict[str, Any]) -> Table:
    """Every step of every model: verdict, accuracy, labels flipped, classes hit."""
    columns = (
        MODEL,
        words("step"),
        words("verdict"),
        Column("before", unit="%"),
        Column("after", unit="%"),
        CHANGE,
        LOST,
        GAINED,
        OTHER,
        ALL_SEEDS,
        Column("same errors", "Jaccard of the two error sets, 1: the same images fail"),
        words("classes hit", "lost and gained images of each true class"),
    )
    rows = (_transition(model["id"], step) for model in document["models"] for step in model["transitions"])
    return Table("transitions", columns, tuple(rows))


def _transition(model: str, step: dict[str, Any]) -> tuple[Cell, ...]:
    before, after = step["accuracy_before"], step["accuracy_after"]
    hit = hit_classes(step)
    return (
        name(model),
        name(f"{step['from']} → {step['to']}"),
        Cell(step["verdict_text"], step["verdict"], TONES.get(step["verdict"], "")),
        share(before),
        share(after),
        change(None if before is None else 100 * (after - before)),
        whole(step["lost"]),
        whole(step["gained"]),
        whole(step["wrong_to_other_wrong"]),
        whole(step["predictions"]),
        ratio(step["jaccard_errors"]),
        Cell(hit or DASH, hit),
    )


def model_table(document: dict[str, Any]) -> Table:
    """One row per model, in the form of the paper's Table 2, at its deployed stage."""
    columns = (
        MODEL,
        Column("parameters"),
        Column("MACs", "multiply-accumulates of one inference", "M"),
        Column("file", "bytes of the deployed model file", "KiB"),
        words("stage", "the stage that this row's figures are of"),
        Column("accuracy", "mean ± standard deviation over the seeds", "%"),
        Column("change", "against the validated stage", "points"),
        Column("top-5", "the label is among the five highest scores", "%"),
        Column("hardest 5", "mean accuracy of the five hardest classes", "%"),
        Column("Gini", "inequality of class accuracy, 0: all equal"),
        Column("by chance", "the Gini that the size of the test set alone would produce"),
        Column("ECE", "expected calibration error, 15 bins"),
        Column("Jaccard", "overlap of errors with the reference's"),
        Column("chance to most", "Jaccard of independent errors, and the most that the error rates allow"),
        Column("other seed", "Jaccard between seeds of this size"),
        Column("failed", "samples whose inference failed"),
    )
    table = Table("models", columns, tuple(_model(model) for model in document["models"])).only_known()
    one_stage = len({model["deployed_stage"] for model in document["models"]}) == 1
    return table.without("stage") if one_stage else table


def _model(model: dict[str, Any]) -> tuple[Cell, ...]:
    stage, validated = (model["stages"][model[which]] for which in ("deployed_stage", "validated_stage"))
    std, overlap = stage["std"], stage["jaccard_vs_reference"] or NO_OVERLAP
    moved = None if stage is validated else 100 * (stage["accuracy"] - validated["accuracy"])
    bounds = f"{decimal(overlap['independence'], 2)} to {decimal(overlap['containment'], 2)}"
    return (
        name(model["id"]),
        whole(model["params"]),
        in_millions(model["macs"]),
        in_kib(model["size_bytes"]),
        name(model["deployed_stage"]),
        share(stage["accuracy"], std["accuracy"]),
        change(moved),
        share(stage["top5_accuracy"]),
        share(stage["bottom5_accuracy"]),
        ratio(stage["gini"], std["gini"]),
        ratio(stage["gini_null"]),
        ratio(stage["ece"], std["ece"]),
        ratio(overlap["mean"], overlap["std"]),
        Cell(DASH if overlap["mean"] is None else bounds, overlap["independence"]),
        ratio(overlap["cross_seed"]),
        whole(stage["failed"] or None),
    )


def device_table(document: dict[str, Any]) -> Table | None:
    """Cost on the target; latencies of different sources stand in different columns. None without a device."""
    models = document["models"]
    figures = ("latency_ms", "instructions", "peak_ram_bytes", "flash_bytes", "fits")
    if not known([model[figure] for model in models for figure in figures]):
        return None
    sources = sorted({model["latency_ms"]["source"] for model in models if model["latency_ms"]})
    memory = sorted({_memory_source(model) for model in models if model["peak_ram_bytes"]})
    columns = (
        MODEL,
        words("fits", "flash and RAM against those of the target"),
        *(Column("latency", f"one inference, {source}", f"ms, {source}") for source in sources),
        Column("instructions", "exact count of one inference on the emulator", "M, emulated"),
        *(Column(part, RAM_PARTS[part], f"KiB, {source}") for source in memory for part in RAM_PARTS),
        Column("flash", "code and model together, by the files", "KiB"),
        *(Column(part, unit="KiB") for part in ("code", "model")),
    )
    rows = tuple(_device(model, sources, memory) for model in models)
    return Table("device", columns, rows).only_known()


RAM_PARTS = {
    "peak RAM": "arena, stack and static data together",
    "arena": "high-water mark that the firmware reports",
    "stack": "high-water mark of the painted stack",
    "static": "static data of the firmware",
}


def _memory_source(model: dict[str, Any]) -> str:
    """Where the firmware ran that reported its memory: on a board, or on an emulated target."""
    return "measured" if (model["latency_ms"] or {}).get("source") == "measured" else "emulated"


def _device(model: dict[str, Any], sources: list[str], memory: list[str]) -> tuple[Cell, ...]:
    latency, ram, flash = (model[key] or {} for key in ("latency_ms", "peak_ram_bytes", "flash_bytes"))
    times = [latency["value"] if latency.get("source") == source else None for source in sources]
    of_ram = [ram.get(part) for part in ("total", "arena", "stack", "static")]
    sizes = [size if _memory_source(model) == source else None for source in memory for size in of_ram]
    sizes += [flash.get(part) for part in ("total", "code", "model")]
    return (
        name(model["id"]),
        _fits(model["fits"]),
        *(Cell(decimal(time, 2), time) for time in times),
        in_millions(model["instructions"]),
        *(in_kib(part) for part in sizes),
    )


def _fits(fits: bool | None) -> Cell:
    if fits is None:
        return Cell(DASH)
    return Cell("fits", "fits", "good") if fits else Cell("too large", "too large", "bad")


def class_table(model: dict[str, Any], images: Sequence[ClassImages] = ()) -> Table:
    """Every class of one model, the largest loser first; linked to its images where there are any."""
    links = {of.name: f"#{of.id}" for of in images}
    changes = model["class_changes"]
    first, last = sides(model)
    one_stage = not shows_change(model)
    columns = (
        CLASS,
        Column("images", "all seeds together"),
        *(() if one_stage else (Column(first, unit="%"),)),
        Column(last, unit="%"),
        *(() if one_stage else (CHANGE, LOST, GAINED, OTHER)),
        words("mistaken for", f"most frequent wrong answers at {last}"),
    )
    return Table(
        f"classes-{model['id']}", columns, tuple(_class(row, one_stage, links) for row in changes["classes"])
    )


def _class(row: dict[str, Any], one_stage: bool, links: dict[str, str]) -> tuple[Cell, ...]:
    confused = ", ".join(f"{other['name']} {other['predictions']}" for other in row["confused_with"])
    before = (share(row["accuracy_before"]),)
    moved = (
        change(row["change_points"]),
        whole(row["lost"]),
        whole(row["gained"]),
        whole(row["wrong_to_other_wrong"]),
    )
    return (
        Cell(row["name"], row["name"], href=links.get(row["name"], "")),
        whole(row["predictions"]),
        *(() if one_stage else before),
        share(row["accuracy_after"]),
        *(() if one_stage else moved),
        Cell(confused or DASH, confused),
    )
