"""The tables of an analysis (docs/ANALYSIS.md); each belongs to one stage where the document has several."""

from __future__ import annotations

from collections.abc import Sequence

from edgeval.documents.analysis import AnalysisDocument
from edgeval.documents.errors import OverlapStage, TriageStage
from edgeval.documents.fields import Spread
from edgeval.documents.scaling import Scaling, Theory
from edgeval.report.tables.table import MODEL, Cell, Column, Table, name, ratio, share, whole, words
from edgeval.report.words.numbers import DASH, decimal, listed, percent

VERDICTS = {True: ("supported", "good"), False: ("not supported", "bad"), None: ("cannot be judged", "")}
INTERVAL = "95 % interval over images and seeds"


def scaling_table(analysis: AnalysisDocument) -> Table:
    """One row per family and stage: the fitted exponent, its intervals, and what the fit says."""
    columns = (
        words("family"),
        words("stage"),
        Column("sizes"),
        Column("seeds"),
        Column("alpha", "exponent of error ~ N^-alpha, ± over the seeds"),
        words(
            "95 % interval",
            "by the distances of the sizes from the line; over the seeds where there are two sizes",
        ),
        words(
            "over seeds", "95 % interval by the seeds alone: too narrow where the sizes deviate from the law"
        ),
        Column("R²"),
        words("H1", "the paper's hypothesis that errors follow a power law"),
        words("best law", "by AICc, of power law, broken power law, log-linear and stretched exponential"),
    )
    return Table("scaling", columns, tuple(_law(row) for row in analysis["scaling"])).only_known()


def _law(row: Scaling) -> tuple[Cell, ...]:
    laws, h1 = row["laws"], VERDICTS[row["h1"]["supported"]]
    best = (laws["best_aicc"] or DASH) + (
        "" if laws["decided"] or not laws["best_aicc"] else " (not decided)"
    )
    return (
        name(row["family"]),
        name(row["stage"]),
        whole(len(row["models"])),
        whole(len(row["seeds"]) or None),
        ratio(row["alpha"], row["alpha_std"]),
        interval(row["alpha_ci95"]),
        interval(row.get("alpha_ci95_seeds")),
        ratio(row["r2"]),
        Cell(h1[0], h1[0], h1[1]),
        name(best),
    )


def interval(bounds: Sequence[float] | None, digits: int = 3) -> Cell:
    """Two bounds as one cell, sorted by the lower."""
    if bounds is None:
        return Cell(DASH)
    return Cell(" to ".join(decimal(bound, digits) for bound in bounds), bounds[0])


def overlap_table(entry: OverlapStage) -> Table:
    """Errors of each size against its reference's."""
    columns = (
        MODEL,
        words("reference"),
        Column("Jaccard", "of all images that either gets wrong, the part that both get wrong"),
        words("95 % interval", INTERVAL),
        Column("by chance", "of independent errors"),
        Column("at most", "what the two error rates allow"),
        Column("own seeds", "Jaccard of two seeds of this size"),
        Column("shared", "part of the reference's errors that this model makes too", "%"),
        Column("by its seeds", "the same between two seeds of the reference", "%"),
    )
    own = {row["model"]: row["jaccard"] for row in entry["cross_seed"]}
    rows = tuple(
        (
            name(row["model"]),
            name(row["reference"]),
            ratio(row["jaccard"], row["std"]),
            interval(row["ci95"]),
            ratio(row["independence"]),
            ratio(row["containment"]),
            ratio(own[row["model"]]),
            share(row["reference_errors_shared"]),
            share(row["reference_errors_shared_by_its_seeds"]),
        )
        for row in entry["vs_reference"]
    )
    return Table(f"overlap-{entry['stage']}", columns, rows).only_known()


def step_table(analysis: AnalysisDocument) -> Table:
    """Errors of each size at a later stage against its own at the first one."""
    columns = (
        MODEL,
        words("step"),
        Column("Jaccard", "of all images that either gets wrong, the part that both get wrong"),
        words("95 % interval", INTERVAL),
        Column("by chance", "of independent errors"),
        Column("at most", "what the two error rates allow"),
    )
    rows = tuple(
        (
            name(row["model"]),
            name(f"{row['from']} → {row['to']}"),
            ratio(row["jaccard"]),
            interval(row["ci95"]),
            ratio(row["independence"]),
            ratio(row["containment"]),
        )
        for row in analysis["steps"]
    )
    return Table("steps", columns, rows).only_known()


def triage_table(entry: TriageStage) -> Table:
    """Inequality of the classes of each size."""
    columns = (
        MODEL,
        Column("accuracy", unit="%"),
        Column("Gini", "inequality of class accuracy, ± over the seeds"),
        Column("by chance", "expected if all classes were equally hard"),
        Column("without noise", "what an endless test set would show"),
        words("95 % interval", INTERVAL),
        Column("hardest 5", unit="%"),
        Column("easiest 5", unit="%"),
        words("worst class"),
        words("given up", "classes significantly below a third of the model's accuracy"),
    )
    rows = tuple(
        (
            name(row["model"]),
            share(row["accuracy"], row.get("accuracy_std")),
            ratio(row["gini"]["mean"], row["gini"]["std"]),
            ratio(row["gini_null"]),
            ratio(row["gini_without_noise"]),
            interval(row["gini_ci95"]),
            share(mean_of(row["bottom5_accuracy"])),
            share(mean_of(row["top5_class_accuracy"])),
            name(f"{row['worst_class']['name']} {percent(row['worst_class']['accuracy'])}"),
            Cell(listed([lost["name"] for lost in row["given_up"]]), len(row["given_up"])),
        )
        for row in entry["models"]
    )
    return Table(f"triage-{entry['stage']}", columns, rows).only_known()


def mean_of(spread: Spread | None) -> float | None:
    """The mean over the seeds, None where there is no figure."""
    return spread["mean"] if spread else None


def rank_table(analysis: AnalysisDocument) -> Table | None:
    """Stable rank of the activations, layer by layer; None where none was measured."""
    measured = analysis.get("activation_rank")
    if not measured:
        return None
    columns = (
        words("family"),
        words("layer"),
        words("stable rank", "smallest to largest size"),
        Column("gamma", "exponent of the rank's growth with the parameters"),
        words("95 % interval"),
        Column("of the width", "gamma that the number of features alone would give"),
    )
    rows = tuple(
        (
            name(row["family"]),
            name(row["layer"]),
            name(", ".join(f"{rank:.1f}" for rank in row["stable_rank"])),
            ratio(row["gamma"]),
            interval(row["gamma_ci95"]),
            ratio(row["gamma_of_width"]),
        )
        for row in measured["layers"]
    )
    return Table("ranks", columns, rows).only_known()


AGREES = {True: ("they agree", "good"), False: ("they do not agree", "bad"), None: ("cannot be told", "")}


def theory_table(analysis: AnalysisDocument) -> Table | None:
    """gamma as measured in the trained nets beside the one that the theory implies; None where none was measured."""
    measured = analysis.get("activation_rank")
    if not measured or not measured["theory"]:
        return None
    columns = (
        words("family"),
        Column("gamma measured", "of the stable rank of the last layer's input"),
        words("95 % interval", "by the distances of the sizes from the line; needs three sizes"),
        Column(
            "gamma implied", "alpha / (beta - 1): by the scaling of the error and the spectrum of the images"
        ),
        words("verdict", "whether the interval of the measured gamma holds the implied one"),
        Column("alpha", "exponent of the error, stage float"),
        Column("alpha predicted", "measured gamma times (beta - 1)"),
    )
    return Table("theory", columns, tuple(map(_theory, measured["theory"]))).only_known()


def _theory(row: Theory) -> tuple[Cell, ...]:
    verdict, tone = AGREES[row["agrees"]]
    return (
        name(row["family"]),
        ratio(row["gamma_measured"]),
        interval(row["gamma_ci95"]),
        ratio(row["gamma_implied"]),
        Cell(verdict, verdict, tone),
        ratio(row["alpha"]),
        ratio(row["alpha_predicted"]),
    )


def paper_table(analysis: AnalysisDocument, stage: str) -> Table | None:
    """The paper's statements on the figures of a stage."""
    statements = [row for row in analysis["paper"] if row["stage"] == stage]
    if not statements:
        return None
    columns = (words("statement"), words("section"), words("holds"), words("evidence"))
    rows = tuple(
        (
            name(row["statement"]),
            name(row["section"]),
            Cell("yes", "yes", "good") if row["holds"] else Cell("no", "no", "bad"),
            name(row["evidence"]),
        )
        for row in statements
    )
    return Table("paper", columns, rows)
