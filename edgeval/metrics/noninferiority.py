"""Is it shown that a model is not worse than a margin? Score test of a paired difference, also for several seeds.

Tango's score test (Statistics in Medicine 17, 1998, 891) of H0 "the true drop is at least the margin". Unlike
Wald's it stays sound with few or no flips: 100 images without any flip prove a margin of 5 points (p = 0.011), not
one of 2 (p = 0.077). Its level is approximate; enumerated over all outcomes for 20 to 300 images, margins of 2 to
20 points and flip rates up to 60 %, a level of 5 % is at most 6.9 % (20 images) and 5.8 % (100)
(tests/metrics/test_noninferiority.py).

Several seeds of one network see the same images. Their counts are divided by the design effect (Rao, Scott,
Biometrics 48, 1992, 577): the variance of the images' summed losses over that of independent ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks


def margin_p_values(lost: Any, gained: Any, samples: Any, margin: Any) -> np.ndarray:
    """p-values of "the drop is at least `margin`", float64 of the counts' shape: small means not worse than that.

    lost, gained, samples: counts, which may be effective ones and so need not be whole; margin: fractions above 0
    and below 1, of one shape with them or one for all. Without samples p is 1.

    >>> round(float(margin_p_values(0, 0, 100, 0.05)), 4)
    0.0109
    """
    from scipy import special

    lost, gained, samples, margin = np.broadcast_arrays(
        *(np.asarray(values, float) for values in (lost, gained, samples, margin))
    )
    if not ((margin > 0) & (margin < 1)).all():
        raise DataError(
            f"the margin runs from {margin.min():g} to {margin.max():g}; expected above 0 and below 1"
        )
    if (np.minimum(lost, gained) < 0).any() or (lost + gained > samples * (1 + 1e-9)).any():
        raise DataError("lost and gained must be counts of the samples, none negative")
    n = np.maximum(samples, 1e-12)
    chance = _restricted(lost, gained, n, margin)
    error = np.sqrt(n * (2 * chance + margin - margin**2))
    return np.where(samples > 0, special.ndtr((lost - gained - n * margin) / error), 1.0)


def _restricted(lost: np.ndarray, gained: np.ndarray, n: np.ndarray, margin: np.ndarray) -> np.ndarray:
    """The most likely P(gained) where P(lost) = P(gained) + margin."""
    b = lost + gained + margin * (lost - gained) - 2 * n * margin
    return (b + np.sqrt(b**2 + 8 * n * gained * margin * (1 - margin))) / (4 * n)


def effective_counts(
    lost: np.ndarray, gained: np.ndarray, labels: np.ndarray, classes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(lost, gained, samples) of each class as if all seeds were independent, float64 (classes,).

    lost, gained: bool (seeds, n), the same images in every row; labels: integers (n,). The design effect of a class
    is from 1 (seeds flip different images) to the number of seeds (all flip the same; also where none flips).
    """
    lost, gained = checks.masks("lost", lost, ndim=2), checks.masks("gained", gained, ndim=2)
    labels = checks.class_indices("labels", labels, classes)
    seeds = len(lost)
    net = lost.sum(axis=0) - gained.sum(axis=0)

    def by_class(values: np.ndarray) -> np.ndarray:
        return np.bincount(labels, weights=values, minlength=classes)

    all_lost, all_gained = by_class(lost.sum(axis=0)), by_class(gained.sum(axis=0))
    flips = all_lost + all_gained
    effect = np.where(flips > 0, by_class(net**2) / np.maximum(flips, 1), seeds)
    effect = np.clip(effect, 1.0, seeds)
    return all_lost / effect, all_gained / effect, seeds * by_class(np.ones(len(labels))) / effect
