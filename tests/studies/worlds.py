"""Worlds of seeds and images for the studies, and how their rates are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

ELEMENTS = 4_000_000  # images of all seeds made at once


@dataclass(frozen=True)
class Seeds:
    """Seeds of one size on `classes` of `images` images each: each image has a margin, each class of a seed a bias.

    spread: of a class's bias between seeds, in units in which an image's margin has a spread of 2; unequal: the
    factor by which it differs between classes (one standard deviation of its logarithm); luck: the bias of a seed
    in all classes alike.
    """

    classes: int = 10
    images: int = 100
    spread: float = 0.3
    unequal: float = 1.0
    luck: float = 0.04

    def batches(self, seeds: int, runs: int, seed: int = 0) -> Iterator[np.ndarray]:
        """Right or not: bool (b, seeds, classes, images), `runs` worlds in all."""
        rng = np.random.default_rng(seed)
        batch = max(1, ELEMENTS // (seeds * self.classes * self.images))
        for start in range(0, runs, batch):
            shape = (min(batch, runs - start), seeds, self.classes, self.images)
            margin = rng.normal(1.3, 2.0, (shape[0], 1, *shape[2:])).astype(np.float32)
            spread = self.spread * self.unequal ** rng.normal(size=(shape[0], 1, self.classes))
            bias = spread * rng.normal(size=shape[:3]) + rng.normal(0, self.luck, (*shape[:2], 1))
            chance = special.expit((margin + bias[..., None].astype(np.float32)) / np.float32(0.6))
            yield rng.random(shape, dtype=np.float32) < chance


def disagreement(right: np.ndarray) -> np.ndarray:
    """Fraction of a class's images that two seeds disagree on: (b, seeds, classes, images) to (b, classes)."""
    seeds, share = right.shape[1], right.mean(axis=1)
    return np.asarray((2 * share * (1 - share) * seeds / (seeds - 1)).mean(axis=-1))


def upper_bound(rate: float, runs: int, confidence: float = 0.99) -> float:
    """Clopper and Pearson's one-sided upper bound of a rate, in percent like the rate."""
    count = round(rate * runs / 100)
    return 100.0 if count >= runs else 100 * float(stats.beta.ppf(confidence, count + 1, runs - count))


def lower_bound(rate: float, runs: int, confidence: float = 0.99) -> float:
    """The lower bound that belongs to it."""
    return 100 - upper_bound(100 - rate, runs, confidence)
