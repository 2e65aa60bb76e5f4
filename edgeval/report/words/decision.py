"""What a reader of a pull request decides by: what changed, is it real, what to do next."""

from __future__ import annotations

import shlex

from edgeval.documents.compare import ComparisonDocument
from edgeval.documents.gate import CheckRow, Violation
from edgeval.report.words.comparison import change_in_words
from edgeval.report.words.numbers import count, listed

SURE = 3  # classes named in a sentence


def deciding_check(document: ComparisonDocument) -> CheckRow | None:
    """The check of classes that decides: one that failed, else that warns, else the first; None without any."""
    checks = [check for check in document["gate"]["checks"] if check["classes"] and check["seen"] is not None]
    order = {"fail": 0, "warn": 1}

    def key(check: CheckRow) -> tuple[int, float]:
        excess = (check["seen"] or 0.0) - (check["limit"] or 0.0)
        return order.get(check["status"], 2), -excess

    return min(checks, key=key, default=None)


def what_changed(document: ComparisonDocument) -> str:
    """The judged change in one or two sentences, and what only the anchor sees."""
    rows = document["gate"]["violations"]
    now = {(row["model"], row["class"]) for row in rows if row.get("against") != "anchor"}
    since = [
        row for row in rows if row.get("against") == "anchor" and (row["model"], row["class"]) not in now
    ]
    classes = list(dict.fromkeys(row["class"] for row in since if row["class"]))
    text = change_in_words(document)
    if not since:
        return text
    lost = {row["class"]: row["seen"] for row in since if row["class"]}
    named = ", ".join(f"{name} {lost[name]:.1f} points" for name in classes[:SURE])
    more = f" Since the anchor, over many changes, was lost: {named}." if named else ""
    return f"{text}{more}"


def is_it_real(document: ComparisonDocument) -> str:
    """Whether chance explains it, and what speaks against the device rather than the model."""
    gate = document["gate"]
    if gate["verdict"] == "incomplete":
        return f"Not known: {listed(list(gate.get('reasons', [])), 2)}."
    device = _failed_inferences(document)
    rows = gate["violations"]
    if rows:
        return f"Yes: {_shown(rows)}.{device}"
    known = [row["class"] for row in gate.get("acknowledged", []) if row["active"] and row["covers"]]
    texts = [f"Yes, and it is acknowledged: {listed(known, SURE)}."] if known else []
    some = _shown_in_part(gate["checks"])
    if some:
        texts.append(
            f"Partly: a loss is shown ({listed(some, SURE)}), but not that it is beyond what is allowed; more test "
            "images would tell."
        )
    if not texts:
        texts.append("No: nothing that was seen is more than chance does, or all of it is allowed.")
    return " ".join(texts) + device


def _shown(rows: list[Violation]) -> str:
    classes = [row for row in rows if row["class"] is not None]
    if not classes:
        return listed([str(row["message"]) for row in rows], 1)
    first = max(classes, key=lambda row: row["seen"] - row["limit"])
    p_value = "" if first["p_value"] is None else f", p = {first['p_value']:.2g}"
    more = f", and {len(classes) - 1} more" if len(classes) > 1 else ""
    return (
        f"{first['class']} of {first['model']} lost {first['seen']:.1f} points of {count(first['samples'])} images, "
        f"more than the {first['limit']:g} allowed{p_value}{more}"
    )


def _shown_in_part(checks: list[CheckRow]) -> list[str]:
    """Classes, else figures of the whole model, of which some loss is shown and no more."""
    names: dict[str, None] = {}
    for check in checks:
        columns = check["classes"]
        outcomes = columns.get("outcome", ()) if columns else ()
        if columns and outcomes:
            names.update(
                {name: None for name, one in zip(columns["name"], outcomes, strict=True) if one == "some"}
            )
        elif check.get("outcome") == "some" and check["status"] == "warn":
            names[check["metric"].replace("_", " ")] = None
    return list(names)


def _failed_inferences(document: ComparisonDocument) -> str:
    """Inferences that failed count as wrong answers: then the device is to be looked at before the model."""
    found = [
        f"{count(figures['failed'])} of {count(figures['samples'] * figures['seeds'])} inferences of {model['id']} "
        f"{stage}"
        for model in document["models"]
        for stage, figures in model["stages"].items()
        if figures["failed"]
    ]
    if not found:
        return ""
    return (
        f" But {listed(found, 2)} failed and count as wrong: that is a fault of the device, not of the model."
    )


def what_next(document: ComparisonDocument, report: str) -> tuple[str, str | None]:
    """A sentence and, where there is one, the command. `report` is the report's folder or name."""
    gate = document["gate"]
    if gate["verdict"] == "incomplete":
        return "Make what is missing, then compare again.", None
    if _failed_inferences(document):
        return "Run it again; if the same inferences fail, look at the device.", None
    classes = list(dict.fromkeys(row["class"] for row in gate["violations"] if row["class"]))
    if classes:
        text = (
            "Look at the lost images in report.html; mend it, or, if it is known and accepted for now, acknowledge it "
            "until a day:"
        )
        name = shlex.quote(classes[0])
        return text, f'edgeval acknowledge {name} --reason "WHY" --until YYYY-MM-DD'
    if gate["violations"]:
        return "Mend it, or accept it as the new state on purpose:", _accept(report)
    if gate["against"] == "baseline":
        return "Merge; then accept it as the new baseline:", _accept(report)
    return "Nothing; merge.", None


def _accept(report: str) -> str:
    return f"edgeval baseline accept reports/{report}"
