"""The terms of a gate: the policy, and what a candidate is judged against."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from edgeval.gate.baseline import Baseline, baseline_from_json
from edgeval.gate.policy import Policy, default_policy
from edgeval.gate.policy_file import policy_document, policy_from_document

OWN, REFERENCE, BASELINE = "own", "reference", "baseline"


@dataclass(frozen=True)
class Terms:
    """`against` names the baseline: "own" is each model's own first stage, "reference" the first stage of the
    reference model, "baseline" the same stage in `baseline`, where `baseline_model` may name the model."""

    policy: Policy = field(default_factory=default_policy)
    against: str = OWN
    baseline: Baseline | None = None
    baseline_model: str | None = None

    def document(self) -> dict[str, Any]:
        """Everything a verdict can be computed from again, as JSON; the baseline in full."""
        return {
            "policy": policy_document(self.policy),
            "against": self.against,
            "baseline": None
            if self.baseline is None
            else {"file": self.baseline.file, "content": self.baseline.document},
            "baseline_model": self.baseline_model,
        }


def terms_from_json(row: dict[str, Any]) -> Terms:
    """The terms as `Terms.document` gave them; KeyError or TypeError where they have another form."""
    baseline = row["baseline"]
    return Terms(
        policy_from_document(row["policy"]),
        row["against"],
        None if baseline is None else baseline_from_json(baseline["content"], baseline["file"]),
        row["baseline_model"],
    )


def quick_terms(
    class_drop: float | None = None, accuracy_drop: float | None = None, against: str = OWN
) -> Terms:
    """The default policy with other allowances, in points."""
    return Terms(default_policy().with_allowances(class_drop, accuracy_drop), against)
