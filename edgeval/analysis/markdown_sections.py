"""The sections of an analysis about errors, classes, confidence and spectra, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edgeval.analysis.text import escaped, interval, number, percent, table

VERDICTS = {True: "supported", False: "not supported", None: "cannot be judged"}


def overlap_lines(entry: dict[str, Any]) -> Iterator[str]:
    own = {row["model"]: row["jaccard"] for row in entry["cross_seed"]}
    yield from table(
        ("model", "reference", "Jaccard", "95 % interval", "by chance", "at most", "own seeds",
         "reference's errors shared, %", "shared by its seeds, %"),
        (
            (
                row["model"],
                row["reference"],
                number(row["jaccard"], std=row["std"]),
                interval(row["ci95"]),
                number(row["independence"]),
                number(row["containment"]),
                number(own[row["model"]]),
                percent(row["reference_errors_shared"]),
                percent(row["reference_errors_shared_by_its_seeds"]),
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
            f"({escaped(' and '.join(low['models']))}) to {high['jaccard']:.3f} "
            f"({escaped(' and '.join(high['models']))})."
            + (
                " Two seeds of one size already share less than the limit of 0.90, so the criterion alone says little."
                if h2["decisive"] is False
                else ""
            )
        )


def triage_lines(entry: dict[str, Any]) -> Iterator[str]:
    yield from table(
        ("model", "accuracy, %", "Gini", "by chance", "without noise", "95 % interval", "hardest 5, %", "easiest 5, %",
         "worst class", "given up"),
        (
            (
                row["model"],
                percent(row["accuracy"]),
                number(row["gini"]["mean"], std=row["gini"]["std"]),
                number(row["gini_null"]),
                number(row["gini_without_noise"]),
                interval(row["gini_ci95"]),
                percent((row["bottom5_accuracy"] or {}).get("mean")),
                percent((row["top5_class_accuracy"] or {}).get("mean")),
                f"{row['worst_class']['name']} {percent(row['worst_class']['accuracy'])}",
                str(len(row["given_up"])),
            )
            for row in entry["models"]
        ),
        words=(0, 8),
    )  # fmt: skip
    for row in entry["models"]:
        if row["given_up"]:
            names = ", ".join(
                f"{lost['name']} {percent(lost['accuracy'])} %" for lost in row["given_up"][:10]
            )
            more = f" and {len(row['given_up']) - 10} more" if len(row["given_up"]) > 10 else ""
            yield from ("", f"Given up by {escaped(row['model'])}: {escaped(names)}{more}.")


def calibration_lines(entry: dict[str, Any]) -> Iterator[str]:
    yield from table(
        ("model", "ECE", "by chance", "without noise", "95 % interval", "mean confidence, %", "accuracy, %", "right, %",
         "wrong, %", "temperature", "ECE with it", "verdict"),
        (
            (
                row["model"],
                number(row["ece"]["mean"], std=row["ece"]["std"]),
                number(row["ece_null"]),
                number(row["ece_without_noise"]),
                interval(row["ece_ci95"]),
                percent(row["mean_confidence"]),
                percent(row["accuracy"]),
                percent(row["mean_confidence_correct"]),
                percent(row["mean_confidence_wrong"]),
                number((row["temperature"] or {}).get("value"), digits=2),
                number((row["temperature"] or {}).get("ece_after")),
                row["match"],
            )
            for row in entry["models"]
        ),
        words=(0, 11),
    )  # fmt: skip


def steps_lines(steps: list[dict[str, Any]], thresholds: list[dict[str, Any]]) -> Iterator[str]:
    if not steps:
        return
    yield from ("", "## From stage to stage", "")
    yield from table(
        ("model", "from", "to", "Jaccard of the errors", "95 % interval", "by chance", "at most"),
        (
            (
                row["model"],
                row["from"],
                row["to"],
                number(row["jaccard"]),
                interval(row["ci95"]),
                number(row["independence"]),
                number(row["containment"]),
            )
            for row in steps
        ),
        words=(0, 1, 2),
    )
    yield from (
        "",
        "Confidence thresholds carried over: coverage and precision in %, before → after; "
        "in brackets different confidences within 0.01 of the threshold.",
        "",
    )
    values = [row["threshold"] for row in thresholds[0]["thresholds"]] if thresholds else []
    yield from table(
        ("model", "to", *(f"{value:g}" for value in values)),
        ((row["model"], row["to"], *map(_threshold, row["thresholds"])) for row in thresholds),
        words=(0, 1),
    )


def _threshold(row: dict[str, Any]) -> str:
    cover = f"{percent(row['coverage_before'])} → {percent(row['coverage_after'])}"
    distinct = f"({row['distinct_before']:.0f} → {row['distinct_after']:.0f})"
    return f"{cover}; {percent(row['precision_before'])} → {percent(row['precision_after'])} {distinct}"


def spectrum_lines(found: dict[str, Any] | None) -> Iterator[str]:
    if found is None:
        return
    yield from ("", "## Spectrum of the training images", "")
    gammas = [
        f"{row['family']} {row['stage']} {number(row['gamma'], digits=2)}" for row in found["gamma_implied"]
    ]
    fitted = f"eigenvalues {found['first']} to {found['last']} of {found['images']:,} images"
    beta = number(found["beta"], std=found["standard_error"])
    yield f"beta {beta} (R^2 {number(found['r2'])}, {fitted}); gamma implied: {escaped(', '.join(gammas))}."


def ranks_lines(found: dict[str, Any] | None) -> Iterator[str]:
    if found is None:
        return
    yield from ("", f"## Stable rank of the activations over {found['images']:,} test images", "")
    yield from table(
        (
            "family",
            "layer",
            "stable rank, smallest to largest size",
            "gamma",
            "95 % interval",
            "of the width",
        ),
        (
            (
                row["family"],
                row["layer"],
                ", ".join(f"{rank:.1f}" for rank in row["stable_rank"]),
                number(row["gamma"], digits=2),
                interval(row["gamma_ci95"]),
                number(row["gamma_of_width"], digits=2),
            )
            for row in found["layers"]
        ),
        words=(0, 1, 2),
    )
    for row in found["theory"]:
        yield ""
        yield (
            f"{escaped(row['family'])}: gamma measured {number(row['gamma_measured'])} "
            f"({interval(row['gamma_ci95'])}), implied by alpha and beta {number(row['gamma_implied'])}; "
            f"alpha predicted {number(row['alpha_predicted'])}, seen {number(row['alpha'])}. "
            f"{AGREES[row['agrees']]}"
        )


AGREES = {
    True: "The theory agrees with this measurement.",
    False: "The theory does not agree with this measurement.",
    None: "Too few sizes, or no beta, to hold them against each other.",
}
