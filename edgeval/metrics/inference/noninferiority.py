"""Is a drop shown to be smaller, or larger, than a margin? Tests of a paired difference, also for several seeds.

Not worse than a margin:
Tango's score test (Statistics in Medicine 17, 1998, 891) of H0 "the true drop is at least the margin". Unlike
Wald's it stays sound with few or no flips: 100 images without any flip prove a margin of 5 points (p = 0.011), not
one of 2 (p = 0.077). Its level is approximate; enumerated over all outcomes for 20 to 300 images, margins of 2 to
20 points and flip rates up to 60 %, a level of 5 % is at most 6.9 % (20 images) and 5.8 % (100)
(tests/metrics/inference/test_noninferiority.py).

Worse than a margin: the score test's other tail reaches 3 times its level where levels are small, as they are for one
of many classes. So the tail is exact, at the flip rate that is most likely with a drop of the margin (an estimated
p-value, as in Lloyd and Moldovan, Statistics in Medicine 27, 2008, 3540). Enumerated over all outcomes for 20 to 300
images, margins of 1 to 20 points and levels of 5 % to 0.04 %, its level is at most 0.97 of the nominal one.

Several seeds of one network see the same images. Their counts are divided by the design effect (Rao, Scott,
Biometrics 48, 1992, 577): the variance of the images' summed losses over that of independent ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks

BATCH_STEPS = 2_000_000  # ends of walks computed at once


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


def beyond_p_values(lost: Any, gained: Any, samples: Any, margin: Any) -> np.ndarray:
    """p-values of "the drop is at most `margin`", float64 of the counts' shape: small means worse than that.

    Arguments as in margin_p_values; the margin may be 0. Effective counts are rounded to the safe side. No p-value is
    below 1e-15, which is what the arithmetic resolves.

    >>> round(float(beyond_p_values(15, 0, 100, 0.05)), 6)
    0.002504
    """
    columns = np.broadcast_arrays(*(np.asarray(values, float) for values in (lost, gained, samples, margin)))
    table = np.stack([column.ravel() for column in columns])
    lost, gained, samples, margin = table
    if not ((margin >= 0) & (margin < 1)).all():
        raise DataError(
            f"the margin runs from {margin.min():g} to {margin.max():g}; expected from 0 to below 1"
        )
    if (np.minimum(lost, gained) < 0).any() or (lost + gained > samples * (1 + 1e-9)).any():
        raise DataError("lost and gained must be counts of the samples, none negative")
    cases, place = np.unique(table, axis=1, return_inverse=True)
    return _exact_tails(*cases)[place.ravel()].reshape(columns[0].shape)


def _exact_tails(lost: np.ndarray, gained: np.ndarray, samples: np.ndarray, margin: np.ndarray) -> np.ndarray:
    """P(lost - gained >= what was seen), all (k,), where P(lost) = P(gained) + margin at its most likely value."""
    n = np.maximum(samples, 1e-12)
    gain = np.clip(_restricted(lost, gained, n, margin), 0, (1 - margin) / 2)
    net, whole = np.floor(lost - gained + 1e-9).astype(int), np.ceil(samples - 1e-9).astype(int)
    tails = np.ones(len(n))
    for size in np.unique(whole[whole > 0]):
        rows = np.flatnonzero(whole == size)
        for part in np.array_split(rows, max(1, len(rows) * size // BATCH_STEPS)):
            tails[part] = _walk_tails(gain[part], margin[part], net[part], int(size))
    return tails


def _walk_tails(gain: np.ndarray, margin: np.ndarray, net: np.ndarray, size: int) -> np.ndarray:
    """P(a walk of `size` steps ends at `net` or above): up with gain + margin, down with gain, else it stays."""
    step = np.zeros((len(gain), 2 * size + 1))
    step[:, 0], step[:, 1], step[:, -1] = 1 - 2 * gain - margin, gain + margin, gain
    ends = np.fft.irfft(_power(np.fft.rfft(step), size), 2 * size + 1)
    ordered = np.roll(ends, size, axis=1)  # from -size to size
    tails = np.cumsum(ordered[:, ::-1], axis=1)[:, ::-1]
    return np.clip(tails[np.arange(len(gain)), net + size], 1e-15, 1.0)


def _power(values: np.ndarray, exponent: int) -> np.ndarray:
    """By squaring: ten times as fast as numpy's power of complex numbers."""
    result = np.ones_like(values)
    while exponent:
        if exponent % 2:
            result = result * values
        values, exponent = values * values, exponent // 2
    return result


def effective_counts(
    lost: np.ndarray,
    gained: np.ndarray,
    labels: np.ndarray,
    classes: int,
    groups: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(lost, gained, samples) of each class as if all seeds and images were independent, float64 (classes,).

    lost, gained: bool (seeds, n), the same images in every row; labels: integers (n,); groups: integers (n,), images
    with one number hang together. The design effect of a class is from 1 (seeds flip different images) to the number
    of seeds times the mean number of images in a group (all flip the same; also where none flips).
    """
    lost, gained = checks.masks("lost", lost, ndim=2), checks.masks("gained", gained, ndim=2)
    labels = checks.class_indices("labels", labels, classes)
    seeds = len(lost)
    net, units = lost.sum(axis=0).astype(np.int64) - gained.sum(axis=0), labels

    def by_class(values: np.ndarray, of: np.ndarray = labels) -> np.ndarray:
        return np.bincount(of, weights=values, minlength=classes)

    if groups is not None:
        net, units = checks.group_sums(net, labels, checks.integers("groups", groups))
    images, together = by_class(np.ones(len(labels))), by_class(np.ones(len(units)), units)
    most = seeds * images / np.maximum(together, 1)
    all_lost, all_gained = by_class(lost.sum(axis=0)), by_class(gained.sum(axis=0))
    flips = all_lost + all_gained
    effect = np.where(flips > 0, by_class(net**2, units) / np.maximum(flips, 1), most)
    effect = np.clip(effect, 1.0, np.maximum(most, 1.0))
    return all_lost / effect, all_gained / effect, seeds * images / effect
