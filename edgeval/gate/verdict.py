"""What a gate says, as dataclasses: one check a rule, model and stage."""

from __future__ import annotations

from dataclasses import dataclass

from edgeval.gate.judged import Judged
from edgeval.gate.policy import BEYOND, DIFFERENCE, SOME, Rule

PASS, FAIL, WARN, MISSING, IGNORED = "pass", "fail", "warn", "missing", "ignored"
NOTHING = "none"  # the outcome where no loss is shown
ROUNDING = 1e-9  # in a rule's unit: what floating point may add to a difference
EXIT_CODES = {"pass": 0, "fail": 1, "incomplete": 2}  # of a gate's verdict


@dataclass(frozen=True)
class ClassColumns:
    """A class rule's figures, one entry a class in each column (docs/COMPARE_JSON.md, checks)."""

    index: list[int]
    name: list[str]
    status: list[str]
    outcome: list[str | None]
    seen: list[float | None]
    limit: list[float | None]
    p_value: list[float | None]
    p_loss: list[float | None]
    lost: list[int | None]
    gained: list[int | None]
    samples: list[int]
    before: list[float | None]
    after: list[float | None]
    interval: list[tuple[float, float] | None]


@dataclass(frozen=True)
class Check:
    """One rule on one model at one stage. `seen` and `limit` are in `unit`; `before` and `after` are fractions where
    the unit is points or percent."""

    rule: str
    metric: str
    model: str
    stage: str
    baseline: str
    baseline_stage: str
    status: str
    message: str
    unit: str
    seen: float | None = None
    limit: float | None = None
    before: float | None = None
    after: float | None = None
    p_value: float | None = None
    outcome: str | None = None
    p_loss: float | None = None
    level: float | None = None
    interval: tuple[float, float] | None = None
    classes: ClassColumns | None = None
    against: str = "own"


def beyond(seen: float, limit: float) -> bool:
    """Whether a change or value is above a limit by more than rounding: being at the limit is allowed."""
    return seen > limit + ROUNDING


def against(judged: Judged) -> str:
    """Who is judged by whom, for messages."""
    other = "" if judged.baseline.model == judged.candidate.model else f"{judged.baseline.model} "
    anchor = " of the anchor" if judged.against == "anchor" else ""
    return f"{judged.candidate.model} {judged.candidate.stage} against {other}{judged.baseline.stage}{anchor}"


def outcome(above: bool, p_beyond: float, p_loss: float, level: float) -> str:
    """What is shown: "beyond" the allowance; "some" loss (what is seen is above it, the truth may not be); "none"."""
    if not above:
        return NOTHING
    return BEYOND if p_beyond <= level else SOME if p_loss <= level else NOTHING


def status_of(rule: Rule, judged: Judged, severity: str, shown: str) -> str:
    """The status of an outcome of a rule that tests a change."""
    if shown == NOTHING:
        return PASS
    if shown == SOME and rule.fails_on == BEYOND:
        return WARN
    return broken(rule, judged, severity)


def broken(rule: Rule, judged: Judged, severity: str) -> str:
    """The status of a broken rule: its severity, but a warning where the spread of seeds is guessed.

    A guess makes false alarms of another seed. A limit is about these networks as they are, and a proof that is not
    given is none, so neither changes.
    """
    kept = rule.metric in ("accuracy", "class_accuracy")  # what a baseline remembers the spread of
    guessed = judged.guesses_spread if kept else judged.lone
    by_change = rule.kind.relative and rule.test == DIFFERENCE
    return WARN if severity == "warn" or (by_change and guessed) else FAIL


def missing(rule: Rule, judged: Judged, why: str) -> Check:
    """The check of a rule that has nothing to judge."""
    return absent(rule, judged.candidate.model, judged.candidate.stage, judged.baseline.model,
                  judged.baseline.stage, f"{against(judged)}: {why}", judged.against)  # fmt: skip


def absent(
    rule: Rule, model: str, stage: str, baseline: str, baseline_stage: str, why: str, against: str
) -> Check:
    """The same where there is not even a pair to judge."""
    status = {"fail": MISSING, "warn": WARN, "ignore": IGNORED}[rule.missing]
    return Check(
        rule.id, rule.metric, model, stage, baseline, baseline_stage, status,
        f"{rule_prefix(rule.id)}{why}", rule.kind.unit, against=against,
    )  # fmt: skip


def rule_prefix(rule: str) -> str:
    """How the message of a check without a figure begins."""
    return f"rule '{rule}': "
