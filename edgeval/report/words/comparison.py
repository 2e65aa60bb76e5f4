"""What a comparison says in words: the verdict, what changed, who lost. Read by the page, Markdown, CI, terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from edgeval.documents.compare import (
    ClassChange,
    ClassChanges,
    ComparedModel,
    ComparisonDocument,
    Transition,
)
from edgeval.records import IMAGE
from edgeval.report.words.gate import broken, by_chance, rule_text
from edgeval.report.words.numbers import MINUS, count, listed, percent, plural, points

LOSERS = 8  # rows of the table of losers
HIT = 10  # classes named beside a step
RECORDED = "With --record-only this is no failure: the exit code is 0."
BASELINES = {
    "own": "its own validated stage",
    "reference": "the reference model",
    "baseline": "the accepted baseline",
}


@dataclass(frozen=True)
class Verdict:
    """`state` is pass, doubt (a pass of suspicious figures), fail or none (no verdict); `rule`: what was asked for."""

    state: str
    word: str
    sentence: str
    rule: str


class ModelChanges(TypedDict):
    """A model with its classes, in a comparison or in a view (edgeval.report.view)."""

    id: str
    class_changes: ClassChanges


_Where = TypedDict("_Where", {"class": str, "from": str, "to": str})


class Loser(ClassChange, _Where):
    """A class of a model, and between what it lost."""

    model: str


def verdict(document: ComparisonDocument) -> Verdict:
    """The verdict of the gate in one sentence."""
    gate = document["gate"]
    rules = "; ".join(map(rule_text, gate["rules"])) or "none"
    rule = f"Rules ({gate['policy']['source']}): {rules}, against {BASELINES[gate['against']]}."
    if gate["passed"]:
        if doubts(document):
            sentence = f"Nothing lost more than allowed, but {listed(doubts(document), 1)}. {change_in_words(document)}"
            return Verdict("doubt", "Pass, suspicious", sentence, rule)
        return Verdict("pass", "Pass", change_in_words(document), rule)
    if gate["verdict"] == "incomplete":
        word = "Incomplete" if any(check["seen"] is not None for check in gate["checks"]) else "Not judged"
        return Verdict("fail", word, f"{listed(list(gate['reasons']), 2)}.", rule)
    if document.get("record_only"):
        return Verdict("fail", "Fail, recorded only", f"{broken(gate)} {RECORDED}", rule)
    return Verdict("fail", "Fail", broken(gate), rule)


def doubts(document: ComparisonDocument) -> list[str]:
    """What makes every figure suspicious, the first thing to say; empty in documents of older versions."""
    return list(document.get("suspicious", []))


def other_warnings(document: ComparisonDocument) -> list[str]:
    """The warnings that do not make every figure suspicious."""
    return [text for text in document["warnings"] if text not in doubts(document)]


def shows_change(model: ModelChanges) -> bool:
    """Whether the model's classes are compared with anything but themselves."""
    changes = model["class_changes"]
    return (changes.get("against", "own"), changes["from"]) != ("own", changes["to"])


def sides(model: ModelChanges) -> tuple[str, str]:
    """What a model's classes are compared with, and where they were seen: from ... to ..."""
    changes = model["class_changes"]
    against, other = changes.get("against", "own"), changes.get("baseline", model["id"])
    if against == "own":
        return changes["from"], changes["to"]
    owner = "" if other == model["id"] else f"{other} "
    whose = "of the accepted baseline" if against == "baseline" else "of the reference"
    return f"{owner}{changes['from']} {whose}", changes["to"]


def view_in_words(document: ComparisonDocument) -> str:
    """What the classes of all models are compared with."""
    views = {m["class_changes"].get("against", "own") for m in document["models"] if shows_change(m)}
    if views == {"baseline"}:
        return "From the accepted baseline to this run"
    if "reference" in views:
        return "From the reference model, for itself from its validated stage, to the deployed stage"
    return "From the validated to the deployed stage"


def change_in_words(document: ComparisonDocument) -> str:
    """What changed in the view that was judged: accuracy, labels flipped, and the class that lost most."""
    compared = [model for model in document["models"] if shows_change(model)]
    if not compared:
        return "Every model has one stage, so there is no change to show."
    texts = [_accuracy(document, compared), _flipped(compared)]
    rows = losers(document)
    if not rows:
        return " ".join(filter(None, [*texts, "No class lost accuracy."]))
    row = rows[0]
    where = "" if len(document["models"]) == 1 else f" of {row['model']}"
    model = next(model for model in compared if model["id"] == row["model"])
    chance = by_chance(document["gate"], model["class_changes"], model["id"], row["class"])
    texts.append(
        f"Largest loss: class '{row['class']}'{where}, {points(row['change_points'])} points from {row['from']} to "
        f"{row['to']}{chance}."
    )
    return " ".join(filter(None, texts))


def _accuracy(document: ComparisonDocument, compared: list[ComparedModel]) -> str:
    """The change of accuracy: of one model from and to, of several the one that lost most."""
    known = [model for model in compared if model["class_changes"].get("accuracy_before") is not None]
    if not known:
        return ""
    model = min(known, key=lambda model: model["class_changes"]["change_points"])
    changes = model["class_changes"]
    chance = by_chance(document["gate"], changes, model["id"], None)
    before, after = percent(changes["accuracy_before"]), percent(changes["accuracy_after"])
    moved = f"{before} % → {after} % ({points(changes['change_points'])} points{chance})"
    if len(document["models"]) == 1:
        return f"Accuracy {moved}."
    return f"Accuracy, worst of {len(known)} models: {model['id']} {moved}."


def _flipped(compared: list[ComparedModel]) -> str:
    """How many labels differ between the two sides; empty where no image of one belongs to one of the other."""
    flipped = []
    for model in compared:
        rows = model["class_changes"]["classes"]
        if any(row["lost"] is None for row in rows):
            continue
        changed = sum(
            (row["lost"] or 0) + (row["gained"] or 0) + (row["wrong_to_other_wrong"] or 0) for row in rows
        )
        flipped.append((changed, sum(row["predictions"] for row in rows)))
    if not flipped:
        return ""
    if len(compared) == 1:
        return f"{count(flipped[0][0])} of {count(flipped[0][1])} labels flipped."
    rates = [changed / of_all for changed, of_all in flipped]
    low, high = percent(min(rates)), percent(max(rates))
    return f"{low if low == high else f'{low} to {high}'} % of the labels flipped."


def hit_classes(step: Transition, limit: int = HIT) -> str:
    """The classes whose labels a step flipped, with the images lost and gained, the largest net loss first."""
    texts = []
    for row in step["flipped_classes"]:
        counts = ((MINUS, row["lost"]), ("+", row["gained"]), ("~", row["wrong_to_other_wrong"]))
        texts.append(" ".join([row["name"], *(f"{sign}{images}" for sign, images in counts if images)]))
    return ", ".join(texts[:limit]) + (f" and {len(texts) - limit} more" if len(texts) > limit else "")


def losers(document: ComparisonDocument, limit: int = LOSERS) -> list[Loser]:
    """The classes that lost most in the view that was judged, over all models."""
    rows: list[Loser] = [
        {"model": model["id"], "class": row["name"], "from": sides(model)[0], "to": sides(model)[1], **row}
        for model in document["models"]
        for row in model["class_changes"]["classes"]
        if row["change_points"] is not None and row["change_points"] < 0
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row["change_points"] or 0.0)[:limit]


def title(document: ComparisonDocument) -> str:
    """What was compared, in one line."""
    models = document["models"]
    what = models[0]["id"] if len(models) == 1 else plural(len(models), "model")
    return f"{what} on {document['dataset']['name']}"


def noun(document: ComparisonDocument) -> str:
    """What the test set has: images, or samples of another kind."""
    return "images" if document["dataset"].get("kind", IMAGE) == IMAGE else "samples"


def scope(document: ComparisonDocument) -> str:
    """Stages, samples, seeds, target and reference in one line."""
    stages = list(dict.fromkeys(stage for model in document["models"] for stage in model["stages"]))
    seeds = sorted({seed for model in document["models"] for seed in model["seeds"]})
    samples = max(stage["samples"] for model in document["models"] for stage in model["stages"].values())
    parts = [
        " → ".join(stages),
        f"{count(samples)} test {noun(document)}",
        plural(len(document["dataset"]["classes"]), "class", "classes"),
        plural(len(seeds), "seed"),
    ]
    if samples < document["dataset"]["samples"]:
        parts[1] += f" of {count(document['dataset']['samples'])}"
    if document["reference"]:
        parts.append(f"reference {document['reference']}")
    if document["target"]:
        parts.append(f"target {document['target']}, engine {document['engine']}")
    return " · ".join(parts)
