"""What a comparison says in words: the verdict, each violation, who lost. Read by the page and by markdown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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
    """`state` is pass, fail or none (no limit was set); `rule` says what was asked for."""

    state: str
    word: str
    sentence: str
    rule: str


def verdict(document: dict[str, Any]) -> Verdict:
    """The verdict of the gate in one sentence."""
    gate = document["gate"]
    if not gate["judged"]:
        hint = "No rule had anything to judge, so nothing was gated."
        return Verdict("none", "Not judged", change_in_words(document), hint)
    baseline = BASELINES[gate["against"]]
    rule = (
        f"Rules ({gate['policy']['source']}): {'; '.join(map(rule_text, gate['rules']))}, against {baseline}."
    )
    if gate["passed"]:
        return Verdict("pass", "Pass", change_in_words(document), rule)
    if gate["verdict"] == "incomplete":
        absent = [check["message"] for check in gate["checks"] if check["status"] == "missing"]
        return Verdict("fail", "Incomplete", listed(absent, 2), rule)
    if document.get("record_only"):
        return Verdict("fail", "Fail, recorded only", f"{_broken(gate['violations'])} {RECORDED}", rule)
    return Verdict("fail", "Fail", _broken(gate["violations"]), rule)


def rule_text(rule: dict[str, Any]) -> str:
    """What a rule allows, in words."""
    unit = "" if rule["unit"] == "index" else f" {rule['unit']}"
    what = "no class" if rule["scope"] == "class" else rule["metric"].replace("_", " ")
    if rule["limit"] is not None:
        bound = "at least" if rule["direction"] == "drop" else "at most"
        return f"{what} {bound} {rule['limit']:g}{unit}"
    own = " point" if (rule["allowance"], rule["unit"]) == (1, "points") else unit
    allowed = [f"{rule['allowance']:g}{own}"] if rule["allowance"] is not None else []
    allowed += [f"{rule['allowance_percent']:g} %"] if rule["allowance_percent"] is not None else []
    verb = "may lose" if rule["direction"] == "drop" else "may grow by"
    if rule["scope"] == "class":
        return f"{what} {verb} more than {' or '.join(allowed)}"
    return f"{what} {verb} at most {' or '.join(allowed)}"


def _broken(violations: list[dict[str, Any]]) -> str:
    classes = list(dict.fromkeys(v["class"] for v in violations if v["class"] is not None))
    parts = []
    if classes:
        where = list(dict.fromkeys(v["model"] for v in violations if v["class"] is not None))
        parts.append(
            f"{plural(len(classes), 'class', 'classes')} lost too much: {listed(classes)} (in {listed(where, 3)})."
        )
    metrics = dict.fromkeys(v["metric"] for v in violations if v["class"] is None)
    for metric in metrics:
        models = list(dict.fromkeys(v["model"] for v in violations if v["metric"] == metric))
        parts.append(f"{metric.replace('_', ' ').capitalize()} beyond its limit: {listed(models)}.")
    return " ".join(parts)


def change_in_words(document: dict[str, Any]) -> str:
    """What changed between the validated and the deployed stage: labels flipped, and the class that lost most."""
    if not any(len(model["stages"]) > 1 for model in document["models"]):
        return "Every model has one stage, so there is no change to show."
    rows = losers(document)
    if not rows:
        return f"{_flipped(document)} No class lost accuracy between the validated and the deployed stage."
    row = rows[0]
    where = "" if len(document["models"]) == 1 else f" of {row['model']}"
    return (
        f"{_flipped(document)} Largest loss: class '{row['class']}'{where}, {points(row['change_points'])} points "
        f"from {row['from']} to {row['to']}{_by_chance(document['gate'], row)}."
    )


def _by_chance(gate: dict[str, Any], row: dict[str, Any]) -> str:
    """Why a loss beyond its allowance passes: the test of its check says that chance does as much."""
    step = (row["model"], row["from"], row["model"], row["to"])
    for check in gate.get("checks", []):
        classes = check["classes"]
        sides = tuple(check[key] for key in ("baseline", "baseline_stage", "model", "stage"))
        if sides != step or not classes or not classes["p_value"] or row["class"] not in classes["name"]:
            continue
        at = classes["name"].index(row["class"])
        seen, limit, p = (classes[key][at] for key in ("seen", "limit", "p_value"))
        if classes["status"][at] == "pass" and p is not None and seen > limit:
            return f", more than the {limit:g} allowed and yet within what chance does (p = {p:.2g})"
    return ""


def _flipped(document: dict[str, Any]) -> str:
    """How many labels differ between the validated and the deployed stage."""
    flipped = []
    for model in document["models"]:
        rows = model["class_changes"]["classes"]
        changed = sum(row["lost"] + row["gained"] + row["wrong_to_other_wrong"] for row in rows)
        flipped.append((changed, sum(row["predictions"] for row in rows)))
    if len(flipped) == 1:
        return f"{count(flipped[0][0])} of {count(flipped[0][1])} labels flipped."
    rates = [changed / of_all for changed, of_all in flipped]
    return f"{percent(min(rates))} to {percent(max(rates))} % of the labels flipped."


def hit_classes(step: dict[str, Any], limit: int = HIT) -> str:
    """The classes whose labels a step flipped, with the images lost and gained, the largest net loss first."""
    texts = []
    for row in step["flipped_classes"]:
        counts = ((MINUS, row["lost"]), ("+", row["gained"]), ("~", row["wrong_to_other_wrong"]))
        texts.append(" ".join([row["name"], *(f"{sign}{images}" for sign, images in counts if images)]))
    return ", ".join(texts[:limit]) + (f" and {len(texts) - limit} more" if len(texts) > limit else "")


def losers(document: dict[str, Any], limit: int = LOSERS) -> list[dict[str, Any]]:
    """The classes that lost most between a model's validated and its deployed stage, over all models."""
    rows = [
        {"model": model["id"], "class": row["name"], "from": model["class_changes"]["from"],
         "to": model["class_changes"]["to"], **row}
        for model in document["models"]
        for row in model["class_changes"]["classes"]
        if row["change_points"] is not None and row["change_points"] < 0
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row["change_points"])[:limit]


def violation_texts(document: dict[str, Any]) -> list[str]:
    """One sentence for each violation, the worst first."""
    return [violation_text(violation) for violation in document["gate"]["violations"]]


def violation_text(violation: dict[str, Any]) -> str:
    """Rule, model, stage, class, what was seen and the limit, and how likely chance is."""
    name = violation["class"]
    if name is None:
        return str(violation["message"])
    model = violation["model"]
    baseline = violation["baseline_stage"]
    if violation["baseline"] != model:
        baseline = f"{violation['baseline']} {baseline}"
    return (
        f"class '{name}' of {model} lost {violation['seen']:.1f} points, limit {violation['limit']:g} "
        f"({baseline} {percent(violation['accuracy_before'])} % → {violation['stage']} "
        f"{percent(violation['accuracy_after'])} %, {'; '.join(_evidence(violation))})"
    )


def _evidence(violation: dict[str, Any]) -> Iterator[str]:
    seeds = "" if violation["seeds"] == 1 else f" × {violation['seeds']} seeds"
    yield f"{count(violation['samples'])} images{seeds}"
    if violation["lost"] is not None:
        yield f"{count(violation['lost'])} lost, {count(violation['gained'])} gained"
    if violation["p_value"] is not None:
        yield f"p = {violation['p_value']:.2g}"


def title(document: dict[str, Any]) -> str:
    """What was compared, in one line."""
    models = document["models"]
    what = models[0]["id"] if len(models) == 1 else plural(len(models), "model")
    return f"{what} on {document['dataset']['name']}"


def scope(document: dict[str, Any]) -> str:
    """Stages, samples, seeds, target and reference in one line."""
    stages = list(dict.fromkeys(stage for model in document["models"] for stage in model["stages"]))
    seeds = sorted({seed for model in document["models"] for seed in model["seeds"]})
    samples = max(stage["samples"] for model in document["models"] for stage in model["stages"].values())
    parts = [
        " → ".join(stages),
        f"{count(samples)} test images",
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
