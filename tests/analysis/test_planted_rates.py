"""Planted answers lie in their 95 % intervals at the stated rate. Reference: integrals over the population (worlds.py).

A rate of 95 % over 200 test sets is at least 90 % with probability 99.8 % (binomial). More is allowed: with few seeds
the resamples of images and seeds together are wider than they need be.
"""

from __future__ import annotations

import numpy as np
import pytest

from edgeval.analysis.calibration import calibration
from edgeval.analysis.inputs.measured import Model, stages_of
from edgeval.analysis.overlap import overlap, wanted_pairs
from edgeval.analysis.resample import resample
from edgeval.analysis.triage import triage
from tests.analysis.worlds import World, info, measured, stage

TEST_SETS, RESAMPLES, LEAST = 200, 200, 180
UNEQUAL = World(np.linspace(-0.8, 0.8, 10), np.linspace(0.2, 1.4, 10))
EQUAL = World(np.full(10, 0.2), np.full(10, 1.0))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("world", "seeds"), [(UNEQUAL, 3), (UNEQUAL, 1), (EQUAL, 3)], ids=["3", "1", "equal"]
)
def test_jaccard_and_gini(world: World, seeds: int) -> None:
    found = np.zeros(2, int)
    for index in range(TEST_SETS):
        made = stage(world, 40, seeds, np.random.default_rng([index, 5]))
        resampled = resample(made, wanted_pairs(made), RESAMPLES, seed=index)
        (pair,) = overlap(made, resampled)["vs_reference"]
        row = triage(made, resampled)["models"][0]
        found += [
            pair["ci95"][0] <= world.jaccard <= pair["ci95"][1],
            row["gini_ci95"][0] <= world.gini <= row["gini_ci95"][1],
        ]
    assert (found >= LEAST).all(), found


@pytest.mark.slow
@pytest.mark.parametrize("gap", [0.0, 0.08])
def test_ece(gap: float) -> None:
    """Confidence is uniform from 0.3 to 1 and exceeds the probability to be right by `gap`, which is the ECE."""
    found, labels = 0, np.arange(800) % 10
    for index in range(TEST_SETS):
        rng = np.random.default_rng([index, 6])
        confidences = rng.uniform(0.3, 1.0, (2, len(labels)))
        runs = {
            seed: {"float": measured(labels, rng.random(len(labels)) >= confidence - gap, confidence)}
            for seed, confidence in enumerate(confidences)
        }
        made = next(stages_of([Model("net-1", "net", 1000, runs)], info(len(labels), 10)))
        (row,) = calibration(made, resample(made, [], RESAMPLES, seed=index))["models"]
        found += row["ece_ci95"][0] <= gap <= row["ece_ci95"][1]
    assert found >= LEAST, found
