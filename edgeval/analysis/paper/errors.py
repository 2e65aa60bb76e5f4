"""The paper's statements about errors and classes (sections 5.4 to 5.6), checked on a stage of a grid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np

from edgeval.analysis.inputs.measured import Stage
from edgeval.analysis.paper.statements import Finding, statement

SIMILAR = 1.5  # largest ratio of parameters that counts as a similar size

Row = Mapping[str, Any]


def error_statements(stage: Stage, overlap: Row, triage: Row, calibration: Row) -> list[dict[str, Any]]:
    """As `paper_statements`, from the stage's own sections; families of one size have nothing to say alone."""
    families = [[model.id for model in models] for models in stage.families().values() if len(models) > 1]
    found = [
        *(finding for ids in families for finding in _redistribution(ids, overlap)),
        *_architectures(stage, overlap["matrix"]),
        *(finding for ids in families for finding in _triage(ids, triage)),
        *(finding for ids in families for finding in _global_match(ids[0], calibration)),
    ]
    return [statement(stage.name, finding) for finding in found]


def _redistribution(ids: Sequence[str], overlap: Row) -> Iterator[Finding]:
    row = next(row for row in overlap["vs_reference"] if row["model"] == ids[0])
    yield (
        "5.4",
        f"{ids[0]} and {ids[-1]} share more errors than by chance and fewer than they could",
        row["above_independence_ci95"][0] > 0 and row["below_containment_ci95"][0] > 0,
        f"Jaccard {row['jaccard']:.3f}, by chance {row['independence']:.3f}, at most {row['containment']:.3f}",
    )
    adjacent = [pair["jaccard"] for pair in overlap["adjacent"] if pair["model"] in ids]
    if len(ids) > 2:
        yield (
            "5.4",
            f"neighbouring sizes share more errors than {ids[0]} and {ids[-1]} do",
            min(adjacent) > row["jaccard"],
            f"neighbours {min(adjacent):.3f} to {max(adjacent):.3f}, the ends {row['jaccard']:.3f}",
        )


def _architectures(stage: Stage, matrix: Row) -> Iterator[Finding]:
    """Pairs of two families at similar sizes against all pairs of sizes within a family."""
    place = {name: index for index, name in enumerate(matrix["models"])}

    def shared(pairs: list[tuple[str, str]]) -> float:
        return float(np.mean([matrix["jaccard"][place[a]][place[b]] for a, b in pairs]))

    families = list(stage.families().values())
    within = [(a.id, b.id) for models in families for a, b in combinations(models, 2)]
    across = [
        (a.id, b.id)
        for first, second in combinations(families, 2)
        for a, b in product(first, second)
        if max(a.params, b.params) <= SIMILAR * min(a.params, b.params)
    ]
    if within and across:
        yield (
            "5.4",
            "two architectures of similar size make more similar errors than one architecture at different sizes",
            shared(across) > shared(within),
            f"mean Jaccard {shared(across):.3f} of {len(across)} pairs across families with at most {SIMILAR:g} times "
            f"the parameters, {shared(within):.3f} of {len(within)} pairs within one",
        )


def _triage(ids: Sequence[str], triage: Row) -> Iterator[Finding]:
    rows = {row["model"]: row for row in triage["models"]}
    small, large = rows[ids[0]], rows[ids[-1]]
    low, high = small["gini_minus_reference_ci95"]
    yield (
        "5.5",
        f"accuracy is spread more unequally over the classes in {ids[0]} than in {ids[-1]}",
        low > 0,
        f"Gini {small['gini']['mean']:.3f} and {large['gini']['mean']:.3f}; without noise they differ by "
        f"{small['gini_minus_reference']:.3f} ({low:.3f} to {high:.3f})",
    )
    if small["bottom5_accuracy"] and small["bottom5_accuracy"]["mean"] > 0:
        hardest, easiest = (
            large[key]["mean"] / small[key]["mean"] for key in ("bottom5_accuracy", "top5_class_accuracy")
        )
        yield (
            "5.5",
            f"from {ids[0]} to {ids[-1]} the hardest classes gain most",
            hardest > easiest,
            f"the 5 hardest have {hardest:.2f} times the accuracy, the 5 easiest {easiest:.2f} times",
        )


def _global_match(smallest: str, calibration: Row) -> Iterator[Finding]:
    row = next((row for row in calibration["models"] if row["model"] == smallest), None)
    if row is not None:
        yield (
            "5.6",
            f"{smallest}: a low ECE is a match of global means, without reliable bins",
            row["match"] == "global match only",
            f"{row['match']}; mean confidence {100 * row['mean_confidence']:.1f} %, accuracy "
            f"{100 * row['accuracy']:.1f} %, p of calibrated bins {row['calibrated_p']:.2g}",
        )
