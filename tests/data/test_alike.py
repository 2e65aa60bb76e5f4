"""References: copies that were planted, and samples that were drawn independently."""

from __future__ import annotations

import numpy as np
import pytest

from edgeval.data.alike import near_identical

RNG = np.random.default_rng(0)
SCENES = RNG.integers(0, 256, (200, 4, 4, 3)).repeat(8, axis=1).repeat(8, axis=2).astype(np.uint8)


def test_independent_samples_are_not_alike() -> None:
    assert near_identical(SCENES) == 0
    assert near_identical(np.zeros((5, 8, 8, 3), np.uint8)) == 0  # nothing to tell them apart by
    assert near_identical(SCENES[:1]) == 0


@pytest.mark.parametrize("change", ["none", "noise", "brightness"])
def test_copies_are_counted_on_both_sides(change: str) -> None:
    more = {"none": 0, "noise": RNG.integers(-6, 7, SCENES[:30].shape), "brightness": 2}[change]
    copies = np.clip(SCENES[:30].astype(int) + more, 0, 255).astype(np.uint8)
    every = np.concatenate([SCENES, copies])
    assert near_identical(every) == 60
    groups = np.append(np.arange(200), np.arange(30))
    assert near_identical(every, groups) == 0  # told already
    assert near_identical(every[..., 0].astype(np.float32)) == 60  # any form of sample


def test_of_many_samples_every_kth_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeval.data.alike.MOST", 50)
    assert near_identical(np.concatenate([SCENES[:50], SCENES[:50]])) == 50
