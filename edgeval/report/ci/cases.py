"""The gate's checks as single cases, one for each rule of a model and each class of a class rule; JUnit and
annotations are made from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from edgeval.report.words.numbers import percent

PASS, FAIL, WARN, MISSING, IGNORED = "pass", "fail", "warn", "missing", "ignored"


@dataclass(frozen=True)
class GateCase:
    """One thing that was judged. `status` is pass, fail, warn, missing or ignored; `name` is the class, if any."""

    model: str
    stage: str
    rule: str
    name: str | None
    status: str
    message: str

    @property
    def title(self) -> str:
        """Rule and class in short."""
        return self.rule if self.name is None else f"{self.rule} {self.name}"


def gate_cases(document: dict[str, Any]) -> list[GateCase]:
    """Every case of a comparison, in the order of its checks (docs/COMPARE_JSON.md, gate)."""
    gate = document["gate"]
    said = {
        (row["rule"], row["model"], row["stage"], row["class_index"]): row["message"]
        for row in gate["violations"]
    }
    return [case for check in gate["checks"] for case in _cases(check, said)]


def _cases(check: dict[str, Any], said: dict[Any, str]) -> Iterator[GateCase]:
    classes = check["classes"]
    where = (check["model"], check["stage"], check["rule"])
    if classes is None:
        yield GateCase(*where, None, check["status"], check["message"])
        return
    for row, (index, name) in enumerate(zip(classes["index"], classes["name"], strict=True)):
        message = said.get((check["rule"], check["model"], check["stage"], index))
        figures = {key: column[row] for key, column in classes.items()}
        yield GateCase(*where, name, figures["status"], message or _class_message(figures, check["unit"]))


def _class_message(figures: dict[str, Any], unit: str) -> str:
    if figures["seen"] is None:
        return "no samples of this class"
    parts = [
        f"{percent(figures['before'])} % to {percent(figures['after'])} %",
        f"{figures['samples']} images",
    ]
    if figures["lost"] is not None:
        parts.append(f"{figures['lost']} lost, {figures['gained']} gained")
    if figures["p_value"] is not None:
        parts.append(f"p = {figures['p_value']:.2g}")
    limit = "" if figures["limit"] is None else f", limit {figures['limit']:g}"
    return f"{_moved(figures['seen'], unit)}{limit} ({', '.join(parts)})"


def _moved(seen: float, unit: str) -> str:
    shown = f"{abs(seen):.1f} {unit}"
    return "no change" if float(f"{seen:.1f}") == 0 else f"{shown} worse" if seen > 0 else f"{shown} better"
