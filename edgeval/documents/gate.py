"""The part `gate` of compare.json: rules, what was judged by what, checks, violations, power (docs/GATE.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypedDict

from edgeval.documents.fields import Count, Day, Fraction, Interval, Limits, Sha256, Some, StageName

Against = Annotated[str, Limits(enum=["own", "reference", "baseline"])]
GateVerdict = Annotated[str, Limits(enum=["pass", "fail", "incomplete"])]
JudgedBy = Annotated[str, Limits(enum=["own", "reference", "baseline", "anchor"])]
Status = Annotated[str, Limits(enum=["pass", "fail", "warn", "missing", "ignored"])]
FailsOn = Annotated[str, Limits(enum=["beyond", "some"])]
Outcome = Annotated[str, Limits(enum=["beyond", "some", "none"])]  # what a test of a change shows
Severity = Annotated[str, Limits(enum=["fail", "warn"])]


# The bases with total=False have the keys that older documents lack.


class _Horizon(TypedDict, total=False):
    horizon: Some  # comparisons that false alarms are counted over


class PolicyHead(_Horizon):
    """`source` is default, command line or a file's name; `level` the false alarms that all rules share."""

    source: str
    sha256: Sha256
    level: Fraction
    yardstick: Annotated[str, Limits(enum=["auto", "images"])]


class BaselineFile(TypedDict):
    """The accepted baseline that was judged by."""

    file: str
    sha256: Sha256
    dataset_sha256: Sha256
    policy_sha256: Sha256
    edgeval: str


class ClassRule(TypedDict):
    """What one class has of its own; None takes the rule's."""

    allowance: float | None
    severity: Severity | None


class _FailsOn(TypedDict, total=False):
    fails_on: FailsOn


class Rule(_FailsOn):
    """`allowance` and `limit` are in `unit`; None is what the rule does not have. `level` is that of one test."""

    id: str
    metric: str
    scope: Annotated[str, Limits(enum=["class", "model"])]
    direction: Annotated[str, Limits(enum=["drop", "rise"])]
    test: Annotated[str, Limits(enum=["difference", "non-inferiority", "none"])]
    allowance: float | None
    allowance_percent: float | None
    limit: float | None
    unit: str
    severity: Severity
    missing: Annotated[str, Limits(enum=["fail", "warn", "ignore"])]
    level: Fraction | None
    classes: dict[str, ClassRule]


class _Groups(TypedDict, total=False):
    groups: Some | None  # that the samples form; None where each stands alone
    same_as: str | None  # an earlier stage with the same answers, which was tested instead
    against: JudgedBy


class JudgedPair(_Groups):
    """A candidate and its baseline on the samples of both; `yardstick` says what chance is measured by."""

    model: str
    stage: StageName
    baseline: str
    baseline_stage: StageName
    seeds: Some
    baseline_seeds: Some
    samples: Count
    yardstick: Annotated[str, Limits(enum=["images", "seeds", "classes"])]


class _ClassOutcomes(TypedDict, total=False):
    outcome: Sequence[Outcome | None]
    p_loss: Sequence[Fraction | None]
    interval: Sequence[Interval | None]  # of the drop in points, 95 %, each class for itself


class ClassColumns(_ClassOutcomes):
    """One entry a class in each column, for the classes that a rule looked at."""

    index: Sequence[Count]
    name: Sequence[str]
    status: Sequence[Status]
    seen: Sequence[float | None]
    limit: Sequence[float | None]
    p_value: Sequence[Fraction | None]
    lost: Sequence[Count | None]  # images; None where no image of one side belongs to one of the other
    gained: Sequence[Count | None]
    samples: Sequence[Count]
    before: Sequence[float | None]  # fractions
    after: Sequence[float | None]


class _CheckOutcome(TypedDict, total=False):
    outcome: Outcome | None
    p_loss: Fraction | None  # of "no loss at all"
    against: JudgedBy


class CheckRow(_CheckOutcome):
    """One rule on one model at one stage. `seen` and `limit` are in `unit`; None where nothing was judged.

    `before` and `after` are fractions where the unit is points or percent. `classes` only for rules about classes.
    """

    rule: str
    metric: str
    model: str
    stage: StageName
    baseline: str
    baseline_stage: StageName
    status: Status
    message: str
    unit: str
    seen: float | None
    limit: float | None
    before: float | None
    after: float | None
    p_value: Fraction | None
    level: Fraction | None
    interval: Interval | None
    classes: ClassColumns | None


_OfClass = TypedDict("_OfClass", {"class": str | None})


class _Against(TypedDict, total=False):
    against: JudgedBy


class Violation(_OfClass, _Against):
    """A failing check, or each failing class of it; `class` and `class_index` are None for a rule about the model."""

    rule: str
    metric: str
    model: str
    stage: StageName
    baseline: str
    baseline_stage: StageName
    class_index: Count | None
    seen: float
    limit: float
    unit: str
    accuracy_before: Fraction
    accuracy_after: Fraction
    samples: Count
    seeds: Some
    lost: Count | None
    gained: Count | None
    p_value: Fraction | None
    message: str


class ClassPower(TypedDict):
    """The smallest drop of a class, in points, that the rules find; None where they find none."""

    index: Count
    name: str
    samples: Some
    smallest_drop: float | None


class _FalseAlarms(TypedDict, total=False):
    false_alarm_bound: Fraction  # 99 % upper bound of the simulated rate
    false_alarms: float  # of `horizon` comparisons without a change
    horizon: Some
    liveliest_class: ClassPower | None  # the one that flips most; None between different networks


class Power(_FalseAlarms):
    """What the rules find at the flips seen, simulated with `runs` runs from `seed`; drops in points."""

    model: str
    stage: StageName
    flip_rate: Fraction
    level: float
    runs: Some
    seed: Count
    power: Fraction
    false_alarm_rate: Fraction
    smallest_accuracy_drop: float | None
    smallest_class_drop: float | None
    classes: list[ClassPower]
    message: str


_ClassName = TypedDict("_ClassName", {"class": str})


class Acknowledged(_ClassName):
    """A class whose losses are known: up to and with the day `until` they only warn. `covers`: failures that it made
    warnings of; `model` None means all models."""

    model: str | None
    reason: str
    until: Day
    active: bool
    covers: Sequence[str]


class _Newer(TypedDict, total=False):
    reasons: Sequence[str]  # why the verdict is incomplete
    anchor: BaselineFile | None  # the baseline that never moves, which judges beside the other
    judged_on: Day | None  # what acknowledgements are held against; None without one
    acknowledged: Sequence[Acknowledged]


class Gate(_Newer):
    """The verdict and everything that it follows from; `power` is None without a tested rule about classes."""

    passed: bool
    verdict: GateVerdict
    against: Against
    policy: PolicyHead
    baseline: BaselineFile | None
    rules: list[Rule]
    judged: list[JudgedPair]
    checks: list[CheckRow]
    violations: list[Violation]
    power: Power | None
