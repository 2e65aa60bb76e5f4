"""What the gate says in words: the rules, what broke them, why a loss beyond an allowance passes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypedDict

from edgeval.documents.compare import ClassChanges, ComparisonDocument
from edgeval.documents.fields import Fraction
from edgeval.documents.gate import ClassColumns, Gate, Rule, Status, Violation
from edgeval.gate.verdict import beyond
from edgeval.report.words.numbers import count, listed, percent, plural, told_apart

NON_INFERIORITY = "non-inferiority"


class _Seen(TypedDict):
    """What a check saw, of the model or of one class."""

    status: Status
    seen: float | None
    limit: float | None
    p_value: Fraction | None


def rule_text(rule: Rule) -> str:
    """What a rule allows, in words."""
    unit = "" if rule["unit"] == "index" else f" {rule['unit']}"
    metric = rule["metric"].replace("_", " ")
    parts = []
    if rule["limit"] is not None:
        parts.append(
            f"{metric} {'at least' if rule['direction'] == 'drop' else 'at most'} {rule['limit']:g}{unit}"
        )
    own = " point" if (rule["allowance"], rule["unit"]) == (1, "points") else unit
    allowed = [f"{rule['allowance']:g}{own}"] if rule["allowance"] is not None else []
    allowed += (
        [f"{rule['allowance_percent']:g} % of the baseline"] if rule["allowance_percent"] is not None else []
    )
    if allowed:
        parts.append(_allowed(rule, metric, " or ".join(allowed)))
    warns = " (only warns)" if rule["severity"] == "warn" else ""
    return " and ".join(parts) + _of_classes(rule) + warns


def _allowed(rule: Rule, metric: str, most: str) -> str:
    if rule["test"] == NON_INFERIORITY:
        return f"{'every class' if rule['scope'] == 'class' else metric} shown to lose less than {most}"
    if rule["scope"] == "class":
        return f"no class may lose more than {most}"
    return f"{metric} {'may lose' if rule['direction'] == 'drop' else 'may grow by'} at most {most}"


def _of_classes(rule: Rule) -> str:
    """Classes with an allowance or a severity of their own."""
    texts = []
    for name, own in rule["classes"].items():
        parts = [] if own["allowance"] is None else [f"{own['allowance']:g}"]
        parts += (
            ["only warns"] if own["severity"] == "warn" else ["fails"] if own["severity"] == "fail" else []
        )
        texts += [f"'{name}': {', '.join(parts)}"] if parts else []
    return f" ({listed(texts)})" if texts else ""


def broken(gate: Gate) -> str:
    """What failed, in one sentence a kind: classes, then figures of whole models."""
    proofs = {rule["id"] for rule in gate["rules"] if rule["test"] == NON_INFERIORITY}
    parts = []
    for proof, what in ((False, "lost too much"), (True, "not shown to be within the margin")):
        rows = [v for v in gate["violations"] if v["class"] is not None and (v["rule"] in proofs) == proof]
        classes = list(dict.fromkeys(row["class"] or "" for row in rows))
        where = list(dict.fromkeys(row["model"] for row in rows))
        if classes:
            number = plural(len(classes), "class", "classes")
            by = by_anchor(rows)
            parts.append(f"{number} {what}{by}: {listed(classes)} (in {listed(where, 3)}).")
    whole = [v for v in gate["violations"] if v["class"] is None]
    for rule, metric in dict.fromkeys((v["rule"], v["metric"]) for v in whole):
        of_rule = [v for v in whole if v["rule"] == rule]
        models = list(dict.fromkeys(v["model"] for v in of_rule))
        what = "not shown to be within its margin" if rule in proofs else "beyond its limit"
        parts.append(f"{metric.replace('_', ' ').capitalize()} {what}{by_anchor(of_rule)}: {listed(models)}.")
    return " ".join(parts)


def by_anchor(rows: Sequence[Violation]) -> str:
    """Where the anchor alone finds it, against the anchor: no single change did it."""
    return " since the anchor" if all(row.get("against") == "anchor" for row in rows) else ""


def by_chance(gate: Gate, changes: ClassChanges, model: str, name: str | None) -> str:
    """Why a loss beyond its allowance passes: the test of its check says that chance does as much.

    `name` is a class; None asks for the accuracy.
    """
    step = (changes.get("baseline", model), changes["from"], model, changes["to"])
    tests = {rule["id"]: rule["test"] for rule in gate["rules"]}
    metric = "accuracy" if name is None else "class_accuracy"
    for check in gate["checks"]:
        sides = (check["baseline"], check["baseline_stage"], check["model"], check["stage"])
        if check.get("against") == "anchor" or sides != step:
            continue
        if check["metric"] != metric or tests[check["rule"]] != "difference":
            continue
        row: _Seen | None = check if name is None else _class_row(check["classes"], name)
        if row is None or row["status"] != "pass":
            continue
        seen, limit, p, level = row["seen"], row["limit"], row["p_value"], check["level"]
        if seen is None or limit is None or p is None or level is None:
            continue
        if beyond(seen, limit) and p > level:
            return f", more than the {limit:g} allowed and yet within what chance does (p = {p:.2g})"
    return ""


def _class_row(classes: ClassColumns | None, name: str) -> _Seen | None:
    if not classes or name not in classes["name"]:
        return None
    at = classes["name"].index(name)
    return {
        "status": classes["status"][at],
        "seen": classes["seen"][at],
        "limit": classes["limit"][at],
        "p_value": classes["p_value"][at],
    }


def violation_texts(document: ComparisonDocument) -> list[str]:
    """One sentence for each violation, the worst first."""
    tests = {rule["id"]: rule["test"] for rule in document["gate"]["rules"]}
    return [
        violation_text(violation, tests[violation["rule"]] == NON_INFERIORITY)
        for violation in document["gate"]["violations"]
    ]


def violation_text(violation: Violation, proof: bool = False) -> str:
    """Rule, model, stage, class, what was seen and the limit, and how likely chance is."""
    name = violation["class"]
    if name is None:
        return str(violation["message"])
    model = violation["model"]
    baseline = violation["baseline_stage"]
    if violation["baseline"] != model:
        baseline = f"{violation['baseline']} {baseline}"
    if violation.get("against") == "anchor":
        baseline += " of the anchor"
    seen, limit = violation["seen"], violation["limit"]
    what = f"lost {told_apart(seen, limit)} points, limit {limit:g}"
    if proof:
        moved = f"{'lost' if seen >= 0 else 'gained'} {abs(seen):.1f} points"
        what = f"is not shown to have lost less than {limit:g} points; it {moved}"
    return (
        f"class '{name}' of {model} {what} "
        f"({baseline} {percent(violation['accuracy_before'])} % → {violation['stage']} "
        f"{percent(violation['accuracy_after'])} %, {'; '.join(_evidence(violation))})"
    )


def _evidence(violation: Violation) -> Iterator[str]:
    seeds = "" if violation["seeds"] == 1 else f" × {violation['seeds']} seeds"
    yield f"{count(violation['samples'])} images{seeds}"
    if violation["lost"] is not None:
        yield f"{count(violation['lost'])} lost, {count(violation['gained'])} gained"
    if violation["p_value"] is not None:
        yield f"p = {violation['p_value']:.2g}"
