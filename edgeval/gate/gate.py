"""The gate: every rule of the policy on every model's deployed stage, and the verdict (docs/GATE.md).

The candidate is a model's last stage (what is deployed), the baseline its first (what was validated), the reference
model's, or an accepted baseline. Where the last stages cover only a part of the test set, the last complete one is
judged too. An anchor, a baseline that never moves, judges every model beside that. A verdict needs a test: where no
rule judged anything, or one could not have failed, it is "incomplete".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, cast

import numpy as np

from edgeval.cases.case import Comparison
from edgeval.documents.gate import Gate
from edgeval.gate.acknowledged import Known
from edgeval.gate.baseline import Baseline
from edgeval.gate.checks.class_check import class_check
from edgeval.gate.checks.model_check import model_check
from edgeval.gate.checks.power import power_of
from edgeval.gate.checks.testable import untestable
from edgeval.gate.judged import Judged, repeats
from edgeval.gate.pairs import anchored, not_anchored, pairs
from edgeval.gate.policy import DEVICE_METRICS, Rule
from edgeval.gate.terms import ANCHOR, Terms
from edgeval.gate.unjudged import reasons_of, unjudged
from edgeval.gate.verdict import FAIL, WARN, Check, missing


def gate(comparison: Comparison, terms: Terms) -> tuple[Gate, list[str]]:
    """The gate's part of the document, and warnings about what the verdict cannot carry.

    Raises UsageError where a class or model is unknown or the reference or baseline is not named, DataError where the
    baseline is about another data set.
    """
    policy = terms.policy.checked(comparison.classes)
    judged = [*pairs(comparison, terms), *anchored(comparison, terms)] if policy.rules else []
    same_as = [_same_as(item, judged[:place]) for place, item in enumerate(judged)]
    tested = [item for item, same in zip(judged, same_as, strict=True) if same is None]
    levels = {rule.id: policy.level_of(rule, len(tested)) for rule in policy.rules}
    known = Known(policy, terms.judged_on)
    checks = [check for rule in policy.rules for check in _checks(rule, tested, levels[rule.id], known)]
    checks += list(unjudged(comparison, terms, policy))
    statuses = {check.status for check in checks}
    reasons = reasons_of(policy, checks)
    verdict = "fail" if FAIL in statuses else "incomplete" if reasons else "pass"
    result = {
        "passed": verdict == "pass",
        "verdict": verdict,
        "reasons": reasons,
        "against": terms.against,
        "policy": {
            "source": policy.source,
            "sha256": policy.sha256,
            "level": policy.level,
            "yardstick": policy.yardstick,
            "horizon": policy.horizon,
        },
        "baseline": _baseline_document(terms.baseline),
        "anchor": _baseline_document(terms.anchor),
        "judged_on": None if terms.judged_on is None else terms.judged_on.isoformat(),
        "acknowledged": known.document(),
        "rules": [rule.document(levels[rule.id]) for rule in policy.rules],
        "judged": [_judged_document(item, same) for item, same in zip(judged, same_as, strict=True)],
        "checks": [_row(check) for check in checks],
        "violations": _violations(checks, tested),
        "power": power_of(policy, [item for item in tested if item.against != ANCHOR], len(tested)),
    }
    return cast(Gate, result), [
        *known.sentences(),
        *_warnings(judged),
        *not_anchored(comparison, terms),
        *(check.message for check in checks if check.status == WARN),
    ]


def _row(check: Check) -> dict[str, Any]:
    """A check as its JSON reads back: an interval is a list."""
    row = {**asdict(check), "interval": None if check.interval is None else list(check.interval)}
    if row["classes"] is not None:
        row["classes"]["interval"] = [
            None if one is None else list(one) for one in row["classes"]["interval"]
        ]
    return row


def _same_as(item: Judged, earlier: Sequence[Judged]) -> str | None:
    """The stage that showed every answer of this one already: testing them again would waste the level."""
    return next((other.candidate.stage for other in earlier if repeats(item, other)), None)


def _baseline_document(baseline: Baseline | None) -> dict[str, Any] | None:
    if baseline is None:
        return None
    return {
        "file": baseline.file,
        "sha256": baseline.sha256,
        "dataset_sha256": baseline.dataset.sha256,
        "policy_sha256": baseline.policy_sha256,
        "edgeval": baseline.document["edgeval"],
    }


def _checks(rule: Rule, judged: Sequence[Judged], level: float | None, known: Known) -> Iterator[Check]:
    if rule.metric in DEVICE_METRICS:  # a figure of the model, whatever the stage
        changes = rule.allowance is not None or rule.allowance_percent is not None
        judged = [item for item in judged if changes or item.against != ANCHOR]  # a limit needs no baseline
        judged = list({(i.candidate.model, i.against): i for i in reversed(judged)}.values())[::-1]
    check = class_check if rule.kind.scope == "class" else model_check
    for item in judged:
        why = untestable(rule, item, level)
        if why is not None:
            yield missing(rule, item, why)
        else:
            yield known.applied(check(rule, item, level), item, check, rule, level)


def _judged_document(item: Judged, same_as: str | None) -> dict[str, Any]:
    return {
        "model": item.candidate.model,
        "stage": item.candidate.stage,
        "baseline": item.baseline.model,
        "baseline_stage": item.baseline.stage,
        "seeds": len(item.candidate.seeds),
        "baseline_seeds": len(item.baseline.seeds),
        "samples": len(item.labels),
        "groups": None if item.groups is None else len(np.unique(item.groups)),
        "yardstick": item.yardstick,
        "against": item.against,
        "same_as": same_as,
    }


def _violations(checks: Sequence[Check], judged: Sequence[Judged]) -> list[dict[str, Any]]:
    items = {(item.candidate.model, item.candidate.stage, item.against): item for item in judged}
    rows = [
        row
        for check in checks
        if check.status == FAIL
        for row in _rows(check, items[check.model, check.stage, check.against])
    ]
    rules = list(dict.fromkeys(check.rule for check in checks))
    return sorted(rows, key=lambda row: (rules.index(row["rule"]), -abs(row["seen"] - row["limit"])))


def _rows(check: Check, item: Judged) -> Iterator[dict[str, Any]]:
    """A failing check, or each failing class of it."""
    same = {
        name: getattr(check, name)
        for name in ("rule", "metric", "model", "stage", "baseline", "baseline_stage", "against")
    }
    columns = check.classes
    if columns is None:
        flips = item.flips()
        lost, gained = (None, None) if flips is None else (int(counts.sum()) for counts in flips)
        yield {
            **same, "class": None, "class_index": None, "seen": check.seen, "limit": check.limit, "unit": check.unit,
            "accuracy_before": float(item.baseline.right.mean()), "accuracy_after": float(item.candidate.right.mean()),
            "samples": len(item.labels), "seeds": len(item.candidate.seeds), "lost": lost, "gained": gained,
            "p_value": check.p_value, "message": check.message,
        }  # fmt: skip
        return
    for index in (index for index in columns.index if columns.status[index] == FAIL):
        yield {
            **same, "class": columns.name[index], "class_index": index, "seen": columns.seen[index],
            "limit": columns.limit[index], "unit": check.unit, "accuracy_before": columns.before[index],
            "accuracy_after": columns.after[index], "samples": columns.samples[index],
            "seeds": len(item.candidate.seeds), "lost": columns.lost[index], "gained": columns.gained[index],
            "p_value": columns.p_value[index], "message": check.message,
        }  # fmt: skip


def _warnings(judged: Sequence[Judged]) -> Iterator[str]:
    for item in judged:
        names = (
            f"{item.candidate.model} {item.candidate.stage} and {item.baseline.model} {item.baseline.stage}"
        )
        if item.guesses_spread:
            yield (
                f"{names} are different networks with one seed each, and how far two seeds lie apart is not known: "
                'their drops only warn; accept a baseline with several seeds, or set yardstick = "images" to judge '
                "these two networks as they are"
            )
        elif item.same_networks and item.baseline.networks != item.candidate.networks:
            yield (
                f"{names} come from different files, which do not say whether their network is the same; they are "
                "judged as these two files, whatever another seed would do"
            )
