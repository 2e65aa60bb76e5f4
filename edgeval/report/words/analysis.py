"""What an analysis says in words: the size to ship, and what was found about scaling, errors, classes, confidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from edgeval.documents.analysis import AnalysisDocument, Choice
from edgeval.documents.errors import CalibrationStage, OverlapStage, Thresholds, TriageStage
from edgeval.documents.scaling import FamilyTest
from edgeval.report.words.comparison import Verdict
from edgeval.report.words.numbers import count, decimal, kib, listed, percent, plural

FLOORS = {  # words, and what the stored value is multiplied by
    "min_accuracy": ("accuracy of {:.4g} %", 100),
    "min_class_accuracy": ("{:.4g} % for every class", 100),
    "max_ece": ("ECE of at most {:.4g}", 1),
    "max_latency_ms": ("latency of at most {:.4g} ms", 1),
    "max_ram_bytes": ("at most {:.4g} KiB of RAM", 1 / 1024),
    "max_flash_bytes": ("at most {:.4g} KiB of flash", 1 / 1024),
}
NO_FLOOR = "No floor was set (--min-accuracy, --min-class-accuracy, --max-ece), so no size is recommended."


def analysis_verdict(analysis: AnalysisDocument) -> Verdict:
    """The size to ship, or that no floor was set."""
    choice = analysis["size_to_ship"]
    if choice is None:
        hint = NO_FLOOR
        return Verdict("none", "Analysis", _exponents(analysis), hint)
    asked = f"Asked for: {floors_in_words(choice)}; judged at stage {analysis['frontier']['stage']}."
    if choice["model"] is None:
        refused = plural(len(choice["refused"]), "size")
        return Verdict("fail", "No size to ship", f"None of {refused} meets the floors.", asked)
    sizes = len(analysis["frontier"]["models"])
    sentence = f"{count(choice['params'])} parameters: the smallest of {sizes} that meets the floors."
    return Verdict("pass", f"Ship {choice['model']}", sentence, asked)


def choice_in_words(choice: Choice) -> str:
    """The size that the floors choose, or that none meets them."""
    floors = floors_in_words(choice)
    if choice["model"] is None:
        return f"No size meets {floors}."
    return f"{choice['model']}, {count(choice['params'])} parameters: the smallest that meets {floors}."


def budget_in_words(choice: Choice) -> list[str]:
    """The memory that a size has to fit in, and on what, as one sentence; none without a target."""
    budgets = choice.get("budgets")
    if not budgets:
        return []
    ram, flash = kib(budgets["ram_bytes"]), kib(budgets["flash_bytes"])
    return [
        f"Budget on {budgets['target']} with engine {budgets['engine']}: {ram} KiB of RAM, {flash} KiB of flash."
    ]


def refusals(choice: Choice) -> list[str]:
    """Each refused size with its reasons."""
    return [f"{row['model']} is refused: {'; '.join(row['reasons'])}." for row in choice["refused"]]


def floors_in_words(choice: Choice) -> str:
    """What the user asked for."""
    floors = cast("dict[str, float | None]", choice["floors"])
    given = {key: value for key, value in floors.items() if value is not None and key in FLOORS}
    texts = [FLOORS[key][0].format(FLOORS[key][1] * value) for key, value in given.items()]
    budgets = choice.get("budgets")
    return listed(texts + ([f"the memory of {budgets['target']}"] if budgets else []), len(FLOORS) + 1)


def _exponents(analysis: AnalysisDocument) -> str:
    stage = analysis["frontier"]["stage"]
    fits = [entry for entry in analysis["scaling"] if entry["stage"] == stage]
    laws = [f"N^-{entry['alpha']:.3f} ({entry['family']}, {len(entry['models'])} sizes)" for entry in fits]
    return f"The error falls as {listed(laws)}." if laws else "Too few sizes for a law of the error."


def analysis_title(analysis: AnalysisDocument) -> str:
    sizes = plural(len(analysis["frontier"]["models"]), "size")
    on = analysis["dataset"]["name"] if analysis["dataset"] else analysis["source"]["name"]
    return f"{sizes} on {on}"


def analysis_scope(analysis: AnalysisDocument) -> str:
    """Stages, images and intervals in one line."""
    if analysis["dataset"] is None:
        return f"A table of accuracies, read as {analysis['source']['accuracy_unit']}"
    stages = " → ".join(stage["stage"] for stage in analysis["stages"])
    return (
        f"{stages} · {count(analysis['dataset']['samples'])} test images · "
        f"{plural(len(analysis['dataset']['classes']), 'class', 'classes')} · "
        f"95 % intervals from {count(analysis['resamples'])} resamples of images and seeds"
    )


def scaling_findings(analysis: AnalysisDocument, stage: str) -> list[str]:
    """One sentence a finding about the power laws of a stage."""
    found = []
    for entry in (entry for entry in analysis["scaling"] if entry["stage"] == stage):
        where = entry["family"]
        texts = [entry["monotonic"]["sentence"], entry["laws"]["sentence"], *entry["h1"]["reasons"]]
        found += [f"{where}: {text}." for text in (*texts, entry["saturation"]["warning"]) if text]
    return found + [_family_test(test) for test in analysis["family_tests"] if test["stage"] == stage]


def _family_test(test: FamilyTest) -> str:
    tests = {"over seeds (Welch)": test["over_seeds_welch"], "over residuals": test["over_residuals"]}
    parts = [f"{words} p = {of['p']:.2g}" for words, of in tests.items() if of]
    first, second = test["families"]
    return (
        f"{first} against {second}: alpha differs by {test['difference']:.3f}"
        + (f" ({', '.join(parts)})" if parts else "")
        + "."
    )


def overlap_findings(entry: OverlapStage) -> list[str]:
    """The paper's hypothesis that errors change with size."""
    h2 = entry["h2"]
    if h2 is None:
        return []
    low, high = h2["lowest"], h2["highest"]
    verdict = {True: "supported", False: "not supported", None: "not judged"}[h2["supported"]]
    text = (
        f"H2, errors change with size, is {verdict}: overlaps run from {decimal(low['jaccard'])} "
        f"({' and '.join(low['models'])}) to {decimal(high['jaccard'])} ({' and '.join(high['models'])})."
    )
    if h2["decisive"] is False:
        text += " Two seeds of one size already share less than the limit of 0.90, so this alone says little."
    return [text]


def triage_findings(entry: TriageStage) -> list[str]:
    """The classes that each size gives up."""
    return list(_given_up(entry))


def _given_up(entry: TriageStage) -> Iterator[str]:
    for row in entry["models"]:
        if row["given_up"]:
            names = [f"{lost['name']} {percent(lost['accuracy'])} %" for lost in row["given_up"]]
            yield f"Given up by {row['model']}: {listed(names, 10)}."


def calibration_findings(entry: CalibrationStage) -> list[str]:
    """The sizes whose confidence misses their accuracy as a whole."""
    sizes: dict[str, list[str]] = {}
    for row in entry["models"]:
        sizes.setdefault(row.get("match") or "", []).append(row["model"])
    return [f"{match.capitalize()}: {listed(models, 10)}." for match, models in sizes.items() if match]


def threshold_findings(analysis: AnalysisDocument) -> Iterator[str]:
    """How high a threshold can be at a later stage, and how finely it can be set there."""
    for step in dict.fromkeys((row["from"], row["to"]) for row in analysis["thresholds"]):
        rows = [row for row in analysis["thresholds"] if (row["from"], row["to"]) == step]
        highest = [high for row in rows if (high := row.get("highest_after")) is not None]
        near = [of for row in rows for of in row["thresholds"] if of.get("distinct_before")]
        if not highest or not near:
            continue
        before = sum(of["distinct_before"] for of in near) / len(near)
        after = sum(of["distinct_after"] for of in near) / len(near)
        yield (
            f"{step[1]}: no threshold above {decimal(min(highest))} ({_size_of(rows, min(highest))}) to "
            f"{decimal(max(highest))} ({_size_of(rows, max(highest))}) accepts anything. Within 0.01 of a threshold "
            f"lie on average {after:.1f} different confidences, {before:.1f} at {step[0]}."
        )


def _size_of(rows: list[Thresholds], highest: float) -> str:
    return str(next(row["model"] for row in rows if row["highest_after"] == highest))


def spectrum_findings(analysis: AnalysisDocument) -> list[str]:
    """The spectrum of the training images and the gamma that it implies."""
    found = analysis["spectrum"]
    if found is None:
        return []
    implied = [f"{row['family']} {row['stage']} {decimal(row['gamma'], 2)}" for row in found["gamma_implied"]]
    beta = decimal(found["beta"], std=found["standard_error"])
    return [
        f"Spectrum of {count(found['images'])} training images: beta {beta} over eigenvalues {found['first']} to "
        f"{found['last']} (R² {decimal(found['r2'])}); gamma implied: {'; '.join(implied)}."
    ]
