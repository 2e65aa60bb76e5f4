"""Classes whose losses are known: until a day they only warn, every report says so, and what has ended is said too."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from edgeval.errors import DataError
from edgeval.gate.judged import Judged
from edgeval.gate.policy import NONE, Acknowledgement, Policy, Rule
from edgeval.gate.verdict import FAIL, PASS, WARN, Check

Judge = Callable[[Rule, Judged, float | None], Check]


@dataclass
class Known:
    """What a policy acknowledges on the day of the judgement, and which failures that has turned into warnings."""

    policy: Policy
    day: date | None
    covered: dict[Acknowledgement, list[str]] = field(default_factory=dict)

    def active(self, model: str) -> dict[str, Acknowledgement]:
        """By class, those that hold for a model."""
        if self.day is None:
            return {}
        return {one.name: one for one in self.policy.acknowledged if one.covers(model, self.day)}

    def applied(self, check: Check, item: Judged, judge: Judge, rule: Rule, level: float | None) -> Check:
        """The check with acknowledged classes as warnings.

        A rule about the whole model that fails is judged without their images too, and only warns where it then passes:
        what is left over is no regression that nobody knows of.
        """
        active = self.active(item.candidate.model)
        if check.status != FAIL or not active or rule.test == NONE:
            return check
        if check.classes is not None:
            return self._classes(check, active)
        try:
            rest = judge(rule, item.without(active), level)
        except DataError:  # no image is left
            return check
        if rest.seen is None or rest.status == FAIL:
            return check
        for one in active.values():
            self._note(one, f"rule '{check.rule}' of {check.model} {check.stage}")
        names = ", ".join(active)
        text = f"{check.message}; without what is acknowledged ({names}) it is within what is allowed"
        return replace(check, status=WARN, message=text)

    def _classes(self, check: Check, active: dict[str, Acknowledgement]) -> Check:
        assert check.classes is not None
        columns, statuses = check.classes, list(check.classes.status)
        for row, name in enumerate(columns.name):
            if statuses[row] == FAIL and name in active:
                statuses[row] = WARN
                loss = f"{columns.seen[row]:.1f} {check.unit} lost, {columns.limit[row]:g} allowed"
                self._note(active[name], f"{check.model} {check.stage} against {_judge(check)}: {loss}")
        status = next((one for one in (FAIL, WARN) if one in statuses), PASS)
        return replace(check, status=status, classes=replace(columns, status=statuses))

    def _note(self, one: Acknowledgement, what: str) -> None:
        self.covered.setdefault(one, []).append(what)

    def document(self) -> list[dict[str, Any]]:
        """The part `acknowledged` of the gate: each with whether it holds, and what it covers."""
        return [
            {
                **one.document(),
                "active": self.day is not None and self.day <= one.until,
                "covers": self.covered.get(one, []),
            }
            for one in self.policy.acknowledged
        ]

    def sentences(self) -> list[str]:
        """One for each acknowledgement, for the warnings of every report."""
        return [sentence(row, self.policy.source) for row in self.document()]


def _judge(check: Check) -> str:
    owner = "" if check.baseline == check.model else f"{check.baseline} "
    anchor = " of the anchor" if check.against == "anchor" else ""
    return f"{owner}{check.baseline_stage}{anchor}"


def sentence(row: dict[str, Any], source: str) -> str:
    """What one row of the document says."""
    whose = "" if row["model"] is None else f" of {row['model']}"
    what = f"class '{row['class']}'{whose}"  # a comment on a pull request finds it by these beginnings
    if not row["active"]:
        return (
            f"the acknowledgement of {what} ended on {row['until']} ({row['reason']}) and counts no more; mend the "
            f"class, acknowledge it again, or take it out of {source}"
        )
    known = f"{what} is acknowledged until {row['until']}: {row['reason']}"
    if not row["covers"]:
        return f"{known}; nothing of it fails now, so it can be taken out of {source}"
    return f"{known} ({'; '.join(row['covers'])})"


def block(one: Acknowledgement) -> str:
    """The acknowledgement as a table of gate.toml; such a table may stand at any file's end."""
    lines = ["[[acknowledged]]", f"class = {_text(one.name)}"]
    lines += [] if one.model is None else [f"model = {_text(one.model)}"]
    return "\n".join([*lines, f"reason = {_text(one.reason)}", f"until = {one.until.isoformat()}"]) + "\n"


def _text(value: str) -> str:
    """A TOML string: JSON's escapes are a part of TOML's, but DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def rules_text(rules: Sequence[Rule]) -> str:
    """The default rules as gate.toml has them, for a file that must not lack them."""
    return "".join(f"[rules.{rule.id}]\nallowance = {rule.allowance:g}\n\n" for rule in rules)
