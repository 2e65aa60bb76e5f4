"""The policy of a gate: which figures may change by how much, and what happens where one is missing.

`gate.toml` holds it (docs/GATE.md); without one the default policy applies. A rule with a test fails only if the
change is both above its allowance and real. The level, the fraction of runs without a change that may fail, is
shared by all tested rules and all judged models, so that it holds for the whole run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from edgeval import store
from edgeval.errors import UsageError, unknown

SEVERITIES, MISSING = ("fail", "warn"), ("fail", "warn", "ignore")
YARDSTICKS = ("auto", "images")
BEYOND, SOME = "beyond", "some"  # outcomes that fail: a loss beyond the allowance is shown, or some loss
FAILS_ON = (BEYOND, SOME)
HORIZON = 250  # comparisons: one a working day of a year
DIFFERENCE, NON_INFERIORITY, NONE = "difference", "non-inferiority", "none"
POINTS, PERCENT, INDEX = "points", "percent", "index"


@dataclass(frozen=True)
class Metric:
    """A figure that a rule can be about. `direction` is the change that is a regression.

    `relative`: it is judged by its change from the baseline; otherwise it is itself a comparison with the
    baseline (Jaccard, flipped labels) and only a limit makes sense. `weight`: its part of the level.
    """

    scope: str
    direction: str
    unit: str
    tests: tuple[str, ...]
    relative: bool = True
    bounded: bool = True  # a limit on the value itself can be set
    weight: int = 1


_TESTED = (DIFFERENCE, NON_INFERIORITY)
METRICS: dict[str, Metric] = {
    "class_accuracy": Metric("class", "drop", POINTS, _TESTED, bounded=False, weight=4),
    "accuracy": Metric("model", "drop", POINTS, _TESTED, bounded=False),
    "bottom5_accuracy": Metric("model", "drop", POINTS, (DIFFERENCE,), bounded=False),
    "bottom10_accuracy": Metric("model", "drop", POINTS, (DIFFERENCE,), bounded=False),
    "bottom20_accuracy": Metric("model", "drop", POINTS, (DIFFERENCE,), bounded=False),
    "gini": Metric("model", "rise", INDEX, (DIFFERENCE,), bounded=False),
    "ece": Metric("model", "rise", INDEX, (DIFFERENCE,), bounded=False),
    "jaccard": Metric("model", "drop", INDEX, (DIFFERENCE,), relative=False),
    "flipped_labels": Metric("model", "rise", PERCENT, (DIFFERENCE,), relative=False),
    "latency_ms": Metric("model", "rise", "ms", (NONE,)),
    "instructions": Metric("model", "rise", "instructions", (NONE,)),
    "peak_ram_bytes": Metric("model", "rise", "bytes", (NONE,)),
    "flash_bytes": Metric("model", "rise", "bytes", (NONE,)),
}
DEVICE_METRICS = ("latency_ms", "instructions", "peak_ram_bytes", "flash_bytes")


@dataclass(frozen=True)
class ClassRule:
    """What one class has of its own; None takes the rule's."""

    allowance: float | None = None
    severity: str | None = None


@dataclass(frozen=True)
class Rule:
    """One rule. `allowance` in the metric's unit, `allowance_percent` of the baseline's figure: the larger counts.

    `limit` bounds the value itself. None: not set.
    """

    id: str
    metric: str
    allowance: float | None = None
    allowance_percent: float | None = None
    limit: float | None = None
    direction: str = "drop"
    test: str = DIFFERENCE
    fails_on: str = BEYOND
    severity: str = "fail"
    missing: str = "fail"
    classes: Mapping[str, ClassRule] = field(default_factory=dict)

    @property
    def kind(self) -> Metric:
        return METRICS[self.metric]

    @property
    def shares_level(self) -> bool:
        """Whether a false alarm of this rule would fail a run. Non-inferiority has the level as its own risk."""
        return self.test == DIFFERENCE and self.severity == "fail"

    def allowed(self, baseline: float) -> float:
        """The allowed change from a baseline's figure, all in the metric's unit."""
        return max(self.allowance or 0.0, (self.allowance_percent or 0.0) / 100 * abs(baseline))

    def document(self, level: float | None) -> dict[str, Any]:
        """The rule in compare.json."""
        return {
            "id": self.id,
            "metric": self.metric,
            "scope": self.kind.scope,
            "direction": self.direction,
            "test": self.test,
            "fails_on": self.fails_on,
            "allowance": self.allowance,
            "allowance_percent": self.allowance_percent,
            "limit": self.limit,
            "unit": self.kind.unit,
            "severity": self.severity,
            "missing": self.missing,
            "level": level,
            "classes": {name: asdict(own) for name, own in self.classes.items()},
        }


@dataclass(frozen=True)
class Acknowledgement:
    """A class whose losses are known and only warn until the end of a day, and why. `model`: None means all."""

    name: str
    reason: str
    until: date
    model: str | None = None

    def covers(self, model: str, day: date) -> bool:
        return day <= self.until and self.model in (None, model)

    def document(self) -> dict[str, Any]:
        return {
            "class": self.name,
            "model": self.model,
            "reason": self.reason,
            "until": self.until.isoformat(),
        }


@dataclass(frozen=True)
class Policy:
    """All rules. `source` is where they come from: default, command line, or a file's name. `horizon`: how many
    comparisons the false alarms are counted over in the report, a year's. `anchor`, `history`: the files that
    gate.toml names; they are places and no terms."""

    rules: tuple[Rule, ...]
    level: float = 0.05
    yardstick: str = "auto"
    horizon: int = HORIZON
    source: str = "default"
    acknowledged: tuple[Acknowledgement, ...] = ()
    anchor: Path | None = field(default=None, compare=False)
    history: str | None = field(default=None, compare=False)

    @property
    def sha256(self) -> str:
        """Of the rules as they apply, wherever they come from."""
        applied: dict[str, Any] = {"level": self.level, "yardstick": self.yardstick}
        applied["rules"] = [rule.document(None) for rule in self.rules]
        if self.acknowledged:
            applied["acknowledged"] = [one.document() for one in self.acknowledged]
        return store.sha256_bytes(store.json_bytes(applied))

    def level_of(self, rule: Rule, judged: int) -> float | None:
        """The level of one rule on one of `judged` models; None without a test."""
        if rule.test == NONE:
            return None
        if not rule.shares_level:
            return self.level
        weights = sum(other.kind.weight for other in self.rules if other.shares_level)
        return self.level * rule.kind.weight / weights / max(1, judged)

    def with_allowances(self, class_drop: float | None, accuracy_drop: float | None) -> Policy:
        """The policy with the allowances of its class and its accuracy rule replaced, in points; None keeps them.

        Adds the rule where the policy has none. Raises UsageError where a number is not one of points.
        """
        policy = self
        for option, metric, points in (
            ("--max-class-drop", "class_accuracy", class_drop),
            ("--max-accuracy-drop", "accuracy", accuracy_drop),
        ):
            if points is None:
                continue
            if not 0 <= points <= 100:
                raise UsageError(f"{option} is {points}, expected percentage points from 0 to 100")
            policy = policy._with_allowance(metric, points)
        return policy

    def _with_allowance(self, metric: str, points: float) -> Policy:
        rules = tuple(
            replace(rule, allowance=points, allowance_percent=None) if rule.metric == metric else rule
            for rule in self.rules
        )
        if metric not in [rule.metric for rule in rules]:
            rules += (Rule(metric, metric, points),)
        return replace(self, rules=rules, source="command line" if self.source == "default" else self.source)

    def checked(self, classes: Sequence[str]) -> Policy:
        """The policy, if all classes it names are known; UsageError otherwise."""
        for rule in self.rules:
            for name in rule.classes:
                if name not in classes:
                    raise unknown("class", name, classes, f"{self.source}, rule '{rule.id}'")
        for one in self.acknowledged:
            if one.name not in classes:
                raise unknown("class", one.name, classes, f"{self.source}, acknowledged")
        return self


CLASS_ALLOWANCE, ACCURACY_ALLOWANCE = 5.0, 1.0  # points


def default_policy() -> Policy:
    """No class loses more than 5 points and the accuracy not more than 1, beyond what chance explains."""
    return Policy(
        (
            Rule("class_accuracy", "class_accuracy", CLASS_ALLOWANCE),
            Rule("accuracy", "accuracy", ACCURACY_ALLOWANCE),
        )
    )
