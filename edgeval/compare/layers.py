"""What the layers of two stages add to a transition: the verdict that outputs alone cannot give (docs/LAYERS.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edgeval.cases.case import ModelCase

OF_OUTPUTS = ("rounding only", "differs")  # verdicts that layers confirm or replace
SHOWN = ("verdict", "samples", "sample_ids", "reproduced_from", "reproduced_to", "text", "operators")


def with_layers(change: dict[str, Any], layers: Mapping[str, Any] | None) -> dict[str, Any]:
    """A seed's change with the verdict of its layers where these were looked into.

    Outputs that differ by many steps are rounding where no operator differs by more than one step on equal inputs.
    """
    if layers is None or change["verdict"] not in OF_OUTPUTS:
        return {**change, "diverges_at": None}
    return {**change, "verdict": layers["verdict"], "diverges_at": layers["diverges_at"]}


def layer_figures(
    case: ModelCase, before: str, after: str, per_seed: Sequence[Mapping[str, Any]], verdicts: Sequence[str]
) -> dict[str, Any]:
    """`layers`, `diverges_at` and `explained_by` of a transition: those of the seed with the worst verdict, among
    equals of the one whose outputs differ most. All None where no seed was looked into."""
    looked = [row for row in per_seed if case.layers_of(row["seed"], before, after) is not None]
    if not looked:
        return {"layers": None, "diverges_at": None, "explained_by": None}
    worst = max(
        looked, key=lambda row: (verdicts.index(row["verdict"]), row["outputs_differing"], -row["seed"])
    )
    document = case.layers_of(worst["seed"], before, after) or {}
    return {
        "layers": {"seed": worst["seed"], **{name: document[name] for name in SHOWN}},
        "diverges_at": document["diverges_at"],
        "explained_by": document["explained_by"],
    }
