"""What a baseline keeps of the spread between seeds, for the time when a model has one seed only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from edgeval.gate.judged import Outcomes
from edgeval.metrics.inference.seed_drops import SeedSpread, seed_spread

ByStage = tuple[str, str]  # model, stage


def kept_spreads(
    seen: Sequence[Outcomes],
    classes: int,
    entries: Mapping[ByStage, Outcomes],
    spreads: Mapping[ByStage, SeedSpread],
) -> Iterator[dict[str, Any]]:
    """Rows for the models of one seed: the spread of their seeds in the previous baseline, or the one kept there.

    entries, spreads: of the previous baseline, on the same data set. A spread holds for the samples it was seen on.
    """
    for one in sorted(seen, key=lambda one: (one.model, one.stage)):
        before = entries.get((one.model, one.stage))
        if len(one.seeds) > 1 or before is None or not np.array_equal(before.ids, one.ids):
            continue
        spread = spreads.get((one.model, one.stage))
        if len(before.seeds) > 1:
            spread = seed_spread(before.right, before.labels, classes)
        if spread is not None:
            yield {"model": one.model, "stage": one.stage, **_row(spread)}


def _row(spread: SeedSpread) -> dict[str, Any]:
    """Standard deviations between seeds, fractions, as JSON."""
    return {
        "seeds": spread.freedom + 1,
        "accuracy_std": round(spread.accuracy**0.5, 6),
        "class_std": [round(float(value) ** 0.5, 6) for value in spread.classes],
    }


def spread_from_row(row: Mapping[str, Any], classes: int) -> SeedSpread:
    """The spread of such a row; ValueError where it is none, KeyError or TypeError where it has another form."""
    spread = SeedSpread(np.array(row["class_std"], float) ** 2, row["accuracy_std"] ** 2, row["seeds"] - 1)
    if spread.classes.shape != (classes,) or spread.freedom < 1 or not np.isfinite(spread.classes).all():
        raise ValueError(f"a spread of {row['seeds']} seeds and {len(spread.classes)} classes")
    return spread
