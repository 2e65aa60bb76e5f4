"""The terms of a gate: the policy, and what a candidate is judged against."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from edgeval.gate.baseline import Baseline, baseline_from_json
from edgeval.gate.policy import Policy, default_policy
from edgeval.gate.policy_file import policy_document, policy_from_document

OWN, REFERENCE, BASELINE = "own", "reference", "baseline"
ANCHOR = "anchor"  # judged beside the baseline


@dataclass(frozen=True)
class Terms:
    """`against` names the baseline: "own" is each model's own first stage, "reference" the first stage of the
    reference model, "baseline" the same stage in `baseline`, where `baseline_model` may name the model.

    `anchor` is a baseline that never moves, which judges every model beside that. `judged_on` is the day that says
    which acknowledgements have ended; None where there are none."""

    policy: Policy = field(default_factory=default_policy)
    against: str = OWN
    baseline: Baseline | None = None
    baseline_model: str | None = None
    anchor: Baseline | None = None
    judged_on: date | None = None

    def document(self) -> dict[str, Any]:
        """Everything a verdict can be computed from again, as JSON; the baseline in full."""
        return {
            "policy": policy_document(self.policy),
            "against": self.against,
            "baseline": _kept(self.baseline),
            "baseline_model": self.baseline_model,
            "anchor": _kept(self.anchor),
            "judged_on": None if self.judged_on is None else self.judged_on.isoformat(),
        }


def _kept(baseline: Baseline | None) -> dict[str, Any] | None:
    return None if baseline is None else {"file": baseline.file, "content": baseline.document}


def _read(kept: dict[str, Any] | None) -> Baseline | None:
    return None if kept is None else baseline_from_json(kept["content"], kept["file"])


def terms_from_json(row: dict[str, Any]) -> Terms:
    """The terms as `Terms.document` gave them; KeyError or TypeError where they have another form."""
    day = row.get("judged_on")
    return Terms(
        policy_from_document(row["policy"]),
        row["against"],
        _read(row["baseline"]),
        row["baseline_model"],
        _read(row.get("anchor")),
        None if day is None else date.fromisoformat(day),
    )


def quick_terms(
    class_drop: float | None = None, accuracy_drop: float | None = None, against: str = OWN
) -> Terms:
    """The default policy with other allowances, in points."""
    return Terms(default_policy().with_allowances(class_drop, accuracy_drop), against)
