"""Test sets with known population figures: what endless images and seeds would show is computed, not estimated.

A sample is wrong where luck of the image + luck of the seed on this image exceeds the class's threshold, all normal.
So the probability of an error given the image's luck is a normal distribution function, and every figure of the
population is an integral over the luck.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from edgeval.analysis.inputs.measured import Measured, Model, Stage, stages_of
from edgeval.records import DatasetInfo

SEED_LUCK = 0.6  # standard deviation of a seed's luck on one image
LUCK, WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


@dataclass(frozen=True)
class World:
    """Class thresholds of a small and a large model, float64 (classes,): an image is wrong above them."""

    small: np.ndarray
    large: np.ndarray

    def error_given_luck(self, thresholds: np.ndarray) -> np.ndarray:
        """float64 (classes, luck)."""
        return np.asarray(norm.cdf((LUCK - thresholds[:, None]) / SEED_LUCK))

    @property
    def jaccard(self) -> float:
        """Of the small and the large model's errors in the population."""
        a, b = self.error_given_luck(self.small), self.error_given_luck(self.large)
        both = float(np.mean(a * b @ WEIGHTS))
        return both / (float(np.mean((a + b) @ WEIGHTS)) - both)

    @property
    def gini(self) -> float:
        """Of the small model's class accuracies in the population, by its definition."""
        accuracy = 1 - self.error_given_luck(self.small) @ WEIGHTS
        return float(np.abs(accuracy[:, None] - accuracy).mean() / (2 * accuracy.mean()))


def stage(world: World, images_per_class: int, seeds: int, rng: np.random.Generator) -> Stage:
    """Two sizes of one family on newly drawn images by newly drawn seeds; confidence is 1 throughout."""
    classes = len(world.small)
    labels = np.repeat(np.arange(classes), images_per_class)
    luck = rng.normal(size=len(labels))

    def run(thresholds: np.ndarray) -> Measured:
        wrong = luck + rng.normal(0, SEED_LUCK, len(labels)) > thresholds[labels]
        return measured(labels, wrong, np.ones(len(labels)))

    models = [
        Model(f"net-{params}", "net", params, {seed: {"float": run(thresholds)} for seed in range(seeds)})
        for params, thresholds in ((1000, world.small), (100_000, world.large))
    ]
    return next(stages_of(models, info(len(labels), classes)))


def measured(labels: np.ndarray, wrong: np.ndarray, confidence: np.ndarray) -> Measured:
    """A run of given errors and confidences."""
    classes = int(labels.max()) + 1
    top1 = np.where(wrong, (labels + 1) % classes, labels)
    return Measured(np.arange(len(labels)), labels, top1, confidence, "logits", None, None)


def info(samples: int, classes: int) -> DatasetInfo:
    return DatasetInfo("planted", "0" * 64, samples, tuple(f"class {index}" for index in range(classes)))
