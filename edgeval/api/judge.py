"""`gate`: judge what was evaluated again; `gate_power`: what the gate can find on a test set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from edgeval.api.results import PathLike, Row, flat, frame, html, path_or_none
from edgeval.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    import pandas

    from edgeval.documents import gate as forms
    from edgeval.gate.baseline import Baseline
    from edgeval.gate.policy import Policy
    from edgeval.gate.terms import Terms

FLIPS = (1.0, 2.0, 5.0, 10.0)  # percent, where no predictions say how many


@dataclass(frozen=True)
class Judgement:
    """The gate's verdict. `document` is the gate's part of compare.json (docs/COMPARE_JSON.md).

    `doubts` are sentences about figures that look wrong whatever the verdict.
    """

    document: forms.Gate = field(repr=False)
    doubts: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return bool(self.document["passed"])

    @property
    def verdict(self) -> str:
        """`pass`, `fail` (a regression) or `incomplete` (a rule had nothing to judge)."""
        return str(self.document["verdict"])

    @property
    def exit_code(self) -> int:
        """What `edgeval gate` exits with: 0 pass, 1 a regression, 2 nothing judged."""
        from edgeval.gate.verdict import EXIT_CODES

        return EXIT_CODES[self.verdict]

    @property
    def checks(self) -> list[forms.CheckRow]:
        """One row per rule and judged model."""
        return list(self.document["checks"])

    @property
    def power(self) -> Power:
        """What these rules can find; UsageError without a tested rule about classes."""
        found = self.document["power"]
        if found is None:
            raise UsageError(
                "nothing was judged by a tested rule about class_accuracy, so there is no power to tell"
            )
        return Power((cast(Row, found),))

    def to_frame(self) -> pandas.DataFrame:
        """One line per check."""
        return frame(map(flat, self.checks))

    def __str__(self) -> str:
        lines = [f"SUSPICIOUS: {text}" for text in self.doubts]
        lines += [f"{check['status']:<8}{check['rule']}: {check['message']}" for check in self.checks]
        lines += [f"not judged: {text}" for text in self.document.get("reasons", [])]
        return "\n".join([*lines, f"verdict: {self.verdict} (policy: {self.document['policy']['source']})"])

    def _repr_html_(self) -> str:
        from edgeval.report.parts.comparison import gate_part

        return html([gate_part(self.document)])


@dataclass(frozen=True)
class Power:
    """The smallest drops that the gate finds, in points, one entry per assumed share of flipped labels.

    `heading` says of which data set, where no model was judged.
    """

    rows: tuple[Row, ...] = field(repr=False)
    heading: str = ""

    def to_frame(self) -> pandas.DataFrame:
        """One line per share of flipped labels."""
        return frame(map(flat, self.rows))

    def __str__(self) -> str:
        head = [self.heading] if self.heading else []
        return "\n".join([*head, *(line for row in self.rows for line in _power_lines(row))])


def gate(
    source: PathLike | None = None,
    *,
    policy: PathLike | None = None,
    max_class_drop: float | None = None,
    max_accuracy_drop: float | None = None,
    against: str | None = None,
    baseline: PathLike | None = None,
    baseline_model: str | None = None,
    anchor: PathLike | None = None,
) -> Judgement:
    """Judge a finished report or grid under its own terms, except where an argument says otherwise.

    `source` is a report folder or a grid (default: the one grid's report); `policy` a gate.toml; the drops are
    allowances in points; `against` "own" or "reference"; `baseline` an accepted baseline.json; `anchor` the one that
    never moves and judges beside it (default: gate.toml's, else anchor.json beside the baseline, else the report's).
    Raises StoreError where nothing is finished, UsageError or DataError where the terms do not fit.
    """
    from edgeval.cases.align import checked
    from edgeval.evaluation.finished import finished
    from edgeval.gate.baseline import read_baseline
    from edgeval.gate.gate import gate as judged
    from edgeval.gate.suspicious import suspicious
    from edgeval.gate.terms import BASELINE

    found = finished(None if source is None else str(source))
    terms = found.settings.terms
    terms = replace(terms, policy=_policy(policy, max_class_drop, max_accuracy_drop, terms.policy))
    if against is not None:
        terms = replace(terms, against=against, baseline=None)
    if baseline is not None:
        terms = replace(terms, against=BASELINE, baseline=read_baseline(Path(baseline)))
    if baseline_model is not None:
        terms = replace(terms, baseline_model=baseline_model)
    beside = None if baseline is None else Path(baseline)
    terms = replace(
        terms, anchor=_anchor(anchor, terms.policy, beside) or terms.anchor, judged_on=_day(terms.policy)
    )
    comparison = checked(found.cases, found.settings.reference)
    return Judgement(judged(comparison, terms)[0], tuple(suspicious(comparison)))


def gate_power(
    dataset: str,
    *,
    data_dir: PathLike | None = None,
    policy: PathLike | None = None,
    max_class_drop: float | None = None,
    max_accuracy_drop: float | None = None,
) -> Power:
    """What the gate can find on the test set of `dataset` before there is any model, if FLIPS percent of labels flip.

    UsageError where the policy has no tested rule about classes, DataError where the data cannot be read.
    """
    from edgeval.data import load_dataset
    from edgeval.gate.checks.power import by_flips, drop_rules, independent_samples

    data = load_dataset(dataset, path_or_none(data_dir))
    rules = drop_rules(_policy(policy, max_class_drop, max_accuracy_drop), 1)
    if rules is None:
        raise UsageError("the policy has no tested rule about class_accuracy, so there is no power to tell")
    names = data.classes
    sizes = independent_samples(data.test.labels, data.test.groups, len(names))
    rows = tuple(by_flips(names, sizes, flips / 100, rules) for flips in FLIPS)
    return Power(rows, f"{dataset}: {len(names)} classes of {sizes.min()} to {sizes.max()} images")


def terms_of(
    policy: PathLike | None,
    max_class_drop: float | None,
    max_accuracy_drop: float | None,
    against: str,
    baseline: PathLike | None,
    baseline_model: str | None,
    anchor: PathLike | None = None,
) -> Terms:
    """The terms of a new comparison: gate.toml here or the default policy, and what a candidate is judged against."""
    from edgeval.gate.baseline import read_baseline
    from edgeval.gate.terms import BASELINE, Terms

    rules = _policy(policy, max_class_drop, max_accuracy_drop)
    path = path_or_none(baseline)
    fixed, day = _anchor(anchor, rules, path), _day(rules)
    if path is None:
        return Terms(rules, against, anchor=fixed, judged_on=day)
    return Terms(rules, BASELINE, read_baseline(path), baseline_model, fixed, day)


def _anchor(named: PathLike | None, policy: Policy, baseline: Path | None) -> Baseline | None:
    """The named anchor, else gate.toml's, else the one that lies beside the baseline; StoreError where a named one is
    missing."""
    from edgeval.gate.baseline import ANCHOR_JSON, read_baseline

    path = path_or_none(named) or policy.anchor
    beside = None if baseline is None else baseline.with_name(ANCHOR_JSON)
    if path is None and beside is not None and beside != baseline and beside.is_file():
        path = beside
    return None if path is None else read_baseline(path)


def _day(policy: Policy) -> date | None:
    """Today, where the policy has something that ends."""
    from datetime import date

    return date.today() if policy.acknowledged else None


def _policy(
    path: PathLike | None,
    max_class_drop: float | None,
    max_accuracy_drop: float | None,
    otherwise: Policy | None = None,
) -> Policy:
    """The named policy, or gate.toml here, or `otherwise`, or the default; with other allowances."""
    from edgeval.gate.policy_file import GATE_TOML, find_policy

    named = path is not None or GATE_TOML.is_file()
    policy = otherwise if otherwise is not None and not named else find_policy(path_or_none(path))
    return policy.with_allowances(max_class_drop, max_accuracy_drop)


def _power_lines(power: Row) -> Iterator[str]:
    yield (
        f"{100 * power['flip_rate']:.1f} % of the images flip: at most {100 * power['false_alarm_bound']:.1f} % false "
        f"alarms, smallest drops found in {100 * power['power']:.0f} % of {power['runs']} simulated runs:"
    )
    for row in power["classes"]:
        yield f"  {_points(row['smallest_drop'])} in class {row['name']} ({row['samples']} images)"
    yield f"  {_points(power['smallest_accuracy_drop'])} in accuracy"


def _points(drop: float | None) -> str:
    return "no drop at all" if drop is None else f"{drop:.1f} points"
