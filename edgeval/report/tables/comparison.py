"""The tables of a comparison."""

from __future__ import annotations

from collections.abc import Sequence

from edgeval.documents.compare import ClassChange, ComparedModel, ComparisonDocument, Transition
from edgeval.documents.stage import Overlap
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
from edgeval.report.view import SizeModel, Sizes
from edgeval.report.words.comparison import Loser, hit_classes, losers, shows_change, sides
from edgeval.report.words.numbers import DASH, decimal, known

TONES = {"bit-exact": "good", "float rounding": "good", "rounding only": "good", "diverges": "bad"}

NO_OVERLAP: Overlap = {
    "reference": "", "stage": "", "mean": None, "std": None, "independence": None, "containment": None,
    "pairs": None, "cross_seed": None, "cross_seed_reference": None,
}  # fmt: skip


def loser_table(document: ComparisonDocument) -> Table:
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


def _loser(row: Loser) -> tuple[Cell, ...]:
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


def transition_table(document: ComparisonDocument) -> Table:
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


def _transition(model: str, step: Transition) -> tuple[Cell, ...]:
    before, after = step["accuracy_before"], step["accuracy_after"]
    hit = hit_classes(step)
    return (
        name(model),
        name(f"{step['from']} → {step['to']}"),
        Cell(step["verdict_text"], step["verdict"], TONES.get(step["verdict"], "")),
        share(before),
        share(after),
        change(None if before is None or after is None else 100 * (after - before)),
        whole(step["lost"]),
        whole(step["gained"]),
        whole(step["wrong_to_other_wrong"]),
        whole(step["predictions"]),
        ratio(step["jaccard_errors"]),
        Cell(hit or DASH, hit),
    )


def model_table(document: Sizes) -> Table:
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


def _model(model: SizeModel) -> tuple[Cell, ...]:
    stage, validated = model["stages"][model["deployed_stage"]], model["stages"][model["validated_stage"]]
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


def device_table(document: ComparisonDocument) -> Table | None:
    """Cost on the target; latencies of different sources stand in different columns. None without a device."""
    models = document["models"]
    if not known([figure for model in models for figure in _costs(model)]):
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


def _costs(model: ComparedModel) -> tuple[object, ...]:
    return (model["latency_ms"], model["instructions"], model["peak_ram_bytes"], model["flash_bytes"],
            model["fits"])  # fmt: skip


RAM_PARTS = {
    "peak RAM": "arena, stack and static data together",
    "arena": "high-water mark that the firmware reports",
    "stack": "high-water mark of the painted stack",
    "static": "static data of the firmware",
}


def _memory_source(model: ComparedModel) -> str:
    """Where the firmware ran that reported its memory: on a board, or on an emulated target."""
    latency = model["latency_ms"]
    return "measured" if latency and latency["source"] == "measured" else "emulated"


def _device(model: ComparedModel, sources: list[str], memory: list[str]) -> tuple[Cell, ...]:
    latency, ram, flash = model["latency_ms"], model["peak_ram_bytes"], model["flash_bytes"]
    times = [latency["value"] if latency and latency["source"] == source else None for source in sources]
    of_ram = [ram["total"], ram["arena"], ram["stack"], ram["static"]] if ram else [None] * len(RAM_PARTS)
    sizes = [size if _memory_source(model) == source else None for source in memory for size in of_ram]
    sizes += [flash["total"], flash["code"], flash["model"]] if flash else [None] * 3
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


def class_table(model: ComparedModel, images: Sequence[ClassImages] = ()) -> Table:
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


def _class(row: ClassChange, one_stage: bool, links: dict[str, str]) -> tuple[Cell, ...]:
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
