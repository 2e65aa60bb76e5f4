"""The gate's checks as single cases, one for each rule of a model and each class of a class rule; JUnit and
annotations are made from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edgeval.documents.compare import ComparisonDocument
from edgeval.documents.gate import CheckRow, ClassColumns
from edgeval.report.words.numbers import percent

PASS, FAIL, WARN, MISSING, IGNORED = "pass", "fail", "warn", "missing", "ignored"
Key = tuple[str, str, str, str, int | None]  # rule, model, stage, judged by, index of the class


@dataclass(frozen=True)
class GateCase:
    """One thing that was judged. `status` is pass, fail, warn, missing or ignored; `name` is the class, if any."""

    model: str
    stage: str
    rule: str
    name: str | None
    status: str
    message: str
    against: str = "own"

    @property
    def title(self) -> str:
        """Rule and class in short."""
        return self.rule if self.name is None else f"{self.rule} {self.name}"

    @property
    def judged(self) -> str:
        """Model and stage, and whether the anchor judges."""
        return f"{self.model} {self.stage}{', anchor' if self.against == 'anchor' else ''}"


def gate_cases(document: ComparisonDocument) -> list[GateCase]:
    """Every case of a comparison, in the order of its checks (docs/COMPARE_JSON.md, gate)."""
    gate = document["gate"]
    said: dict[Key, str] = {
        (row["rule"], row["model"], row["stage"], row.get("against", ""), row["class_index"]): row["message"]
        for row in gate["violations"]
    }
    return [case for check in gate["checks"] for case in _cases(check, said)]


def _cases(check: CheckRow, said: dict[Key, str]) -> Iterator[GateCase]:
    classes = check["classes"]
    where = (check["model"], check["stage"], check["rule"])
    by = check.get("against", "")
    if classes is None:
        yield GateCase(*where, None, check["status"], check["message"], by)
        return
    for row, (index, name) in enumerate(zip(classes["index"], classes["name"], strict=True)):
        message = said.get((check["rule"], check["model"], check["stage"], by, index))
        text = message or _class_message(classes, row, check["unit"])
        yield GateCase(*where, name, classes["status"][row], text, by)


def _class_message(of: ClassColumns, row: int, unit: str) -> str:
    seen, limit, p_value = of["seen"][row], of["limit"][row], of["p_value"][row]
    if seen is None:
        return "no samples of this class"
    parts = [
        f"{percent(of['before'][row])} % to {percent(of['after'][row])} %",
        f"{of['samples'][row]} images",
    ]
    if of["lost"][row] is not None:
        parts.append(f"{of['lost'][row]} lost, {of['gained'][row]} gained")
    if p_value is not None:
        parts.append(f"p = {p_value:.2g}")
    shown = "" if limit is None else f", limit {limit:g}"
    return f"{_moved(seen, unit)}{shown} ({', '.join(parts)})"


def _moved(seen: float, unit: str) -> str:
    shown = f"{abs(seen):.1f} {unit}"
    return "no change" if float(f"{seen:.1f}") == 0 else f"{shown} worse" if seen > 0 else f"{shown} better"
