"""Is a drop between two different networks more than another seed would show?

Two seeds of one size differ: in single images, as by the toss of a coin, and in whole classes, because a training
that pays more attention to one class pays less to another. McNemar's null knows the first only and would call many
a second seed a regression. Here chance is the spread between the seeds. A seed's accuracy in class c varies by

    variance = f / (2 n) + tau^2 f

where n is the number of images, f the fraction of them that two networks disagree on (right in one, wrong in the
other), f / (2 n) the variance of independent images, and tau^2 f that of the class as a whole. `tau` is common to
all classes and estimated from them, so that two or three seeds of ten classes are enough. With several seeds each
class's own variance is mixed in, with a weight that falls the more alike the classes are (Smyth, Statistical
Applications in Genetics and Molecular Biology 3, 2004, moderated t). With one seed on either side tau can only
come from the other classes: from how much their drops differ around the common one. docs/GATE.md has simulations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks
from edgeval.metrics.statistics import holm

# Standard deviation of the accuracy between seeds, at least: CIFAR-100 nets of 17 sizes have 0.12 to 1.16 points,
# median 0.34 (Alnemari et al. 2026, Table 2). Two or three seeds alone do not tell.
LEAST_SPREAD = 0.005


@dataclass(frozen=True)
class SeedDrops:
    """Drops as fractions with their standard errors, float64 (classes,), and Student's degrees of freedom.

    `yardstick` is "seeds", or "classes" where each side has one seed only. A class without samples, and every
    class where nothing can be told (one seed a side and fewer than three classes), has an infinite error.
    """

    drops: np.ndarray
    errors: np.ndarray
    freedom: float
    accuracy_drop: float
    accuracy_error: float
    accuracy_freedom: float
    yardstick: str

    def class_p_values(self) -> np.ndarray:
        """One-sided p-values (classes,) of "this class lost accuracy", Holm-adjusted for all classes."""
        return holm(_upper_tail(self.drops, self.errors, self.freedom))

    def accuracy_p_value(self) -> float:
        """One-sided p-value of "the accuracy fell"."""
        return float(_upper_tail(self.accuracy_drop, self.accuracy_error, self.accuracy_freedom))

    def class_margin_p_values(self, margins: np.ndarray) -> np.ndarray:
        """p-values (classes,) of "the true drop is at least the margin": small means not worse than that."""
        return _upper_tail(margins - self.drops, self.errors, self.freedom)

    def accuracy_margin_p_value(self, margin: float) -> float:
        """The same for the accuracy."""
        return float(_upper_tail(margin - self.accuracy_drop, self.accuracy_error, self.accuracy_freedom))

    def accuracy_interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Two-sided interval of the true drop of the accuracy."""
        half = _quantile((1 - confidence) / 2, self.accuracy_freedom) * self.accuracy_error
        return self.accuracy_drop - half, self.accuracy_drop + half


def seed_drops(before: np.ndarray, after: np.ndarray, labels: np.ndarray, classes: int) -> SeedDrops:
    """Compare two groups of networks on the same images: before bool (seeds, n), after bool (seeds, n), right or not.

    labels: integers (n,). DataError where shapes do not fit.

    >>> right = np.array([[True] * 8 + [False] * 2, [True] * 9 + [False]])
    >>> round(seed_drops(right[:1], right[1:], np.zeros(10, int), 1).accuracy_drop, 3)
    -0.1
    """
    before, after = checks.masks("before", before, ndim=2), checks.masks("after", after, ndim=2)
    labels = checks.class_indices("labels", labels, classes)
    if before.shape[1] != after.shape[1] or len(labels) != before.shape[1]:
        raise DataError(
            f"before {before.shape}, after {after.shape}, labels {labels.shape}: not the same samples"
        )
    sizes = np.bincount(labels, minlength=classes)
    accuracies = _class_means(np.concatenate([before, after]), labels, sizes)
    disagreement = _disagreement(np.concatenate([before, after]), labels, sizes)
    groups = (accuracies[: len(before)], accuracies[len(before) :])
    drops = groups[0].mean(axis=0) - groups[1].mean(axis=0)
    spread = _one_seed if len(accuracies) == 2 else _several_seeds
    variances, freedom, total, total_freedom = spread(groups, disagreement, sizes)
    share = 1 / len(before) + 1 / len(after)
    return SeedDrops(
        drops=drops,
        errors=np.where(sizes > 0, np.sqrt(share * variances), np.inf),
        freedom=freedom,
        accuracy_drop=float(before.mean() - after.mean()),
        accuracy_error=float(np.sqrt(share * max(total, LEAST_SPREAD**2))),
        accuracy_freedom=total_freedom,
        yardstick="classes" if len(accuracies) == 2 else "seeds",
    )


def _class_means(values: np.ndarray, labels: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Means over the images of each class, float64 (rows, classes); 0 for a class without samples."""
    sums = [np.bincount(labels, weights=row, minlength=len(sizes)) for row in values]
    return np.array(sums) / np.maximum(sizes, 1)


def _disagreement(right: np.ndarray, labels: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Fraction of a class's images that two networks disagree on, mean over all pairs, float64 (classes,)."""
    seeds = len(right)
    share = right.mean(axis=0)
    per_image = 2 * share * (1 - share) * seeds / (seeds - 1)
    return _class_means(per_image[None], labels, sizes)[0]


Spread = tuple[np.ndarray, float, float, float]


def _several_seeds(
    groups: tuple[np.ndarray, np.ndarray], disagreement: np.ndarray, sizes: np.ndarray
) -> Spread:
    """Variance of one seed's class accuracies, its freedom, and the same of its accuracy, from the groups' spread."""
    inside = sum(len(group) for group in groups) - 2
    own = sum(((group - group.mean(axis=0)) ** 2).sum(axis=0) for group in groups) / inside
    images = _of_images(disagreement, sizes)
    tau2 = max(0.0, _ratio((own - images).sum(), disagreement.sum()))
    common = images + tau2 * disagreement
    weight = _prior_weight(own, common, inside)
    weights = sizes / sizes.sum()
    totals = [group @ weights for group in groups]
    total = sum(((values - values.mean()) ** 2).sum() for values in totals) / inside
    pooled = inside * max(1, np.count_nonzero(sizes) - 1)
    variances = (weight * common + inside * own) / (weight + inside)
    return variances, weight + inside, max(total, float(weights**2 @ common)), pooled


def _prior_weight(own: np.ndarray, common: np.ndarray, inside: int) -> float:
    """Degrees of freedom that the common variance counts for: few where the classes differ, many where they do not.

    From the variance of own / common, which is 2 / inside if they are alike (moments of the F distribution), and
    then halved: an estimate from few classes must not make the test trust it.
    """
    known = common > 0
    pooled = inside * max(0, np.count_nonzero(known) - 1)
    if not pooled:
        return 0.0
    excess = float(np.mean((own[known] / common[known] - 1) ** 2)) * inside - 2
    estimate = (4 * (excess + 2) + 2 * inside - 4) / excess if excess > 0 else pooled
    return min(pooled, estimate) / 2


def _one_seed(groups: tuple[np.ndarray, np.ndarray], disagreement: np.ndarray, sizes: np.ndarray) -> Spread:
    """The same from the drops of the classes around the common one; for a class from those of the others."""
    drops = (groups[0] - groups[1])[0]
    images, present = _of_images(disagreement, sizes), sizes > 0
    weights = sizes / sizes.sum()
    tau2 = _spread_around(drops, disagreement, images, present)
    total = float(weights**2 @ (images + tau2 * disagreement))
    classes = int(present.sum())
    if classes < 3:
        return np.full(len(sizes), np.inf), 1, total, max(1, classes - 1)
    others = np.array(
        [
            _spread_around(drops, disagreement, images, present & (np.arange(len(sizes)) != index))
            for index in range(len(sizes))
        ]
    )
    variances = images + others * disagreement + LEAST_SPREAD**2
    return variances, classes - 2, total, classes - 1


def _spread_around(
    drops: np.ndarray, disagreement: np.ndarray, images: np.ndarray, chosen: np.ndarray
) -> float:
    """tau^2 from the drops of the chosen classes around their common one, which grows with the disagreement."""
    drops, disagreement, images = drops[chosen], disagreement[chosen], images[chosen]
    around = drops - _ratio(drops.sum(), disagreement.sum()) * disagreement
    corrected = (around**2).sum() * len(drops) / max(1, len(drops) - 1)
    return max(0.0, float(_ratio(corrected - 2 * images.sum(), 2 * disagreement.sum())))


def _of_images(disagreement: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    return disagreement / (2 * np.maximum(sizes, 1))


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.where(below > 1e-12, above / np.maximum(below, 1e-12), 0.0)


def _upper_tail(drop: np.ndarray | float, error: np.ndarray | float, freedom: float) -> np.ndarray:
    """P(Student's t >= drop / error); 1 where nothing differs."""
    from scipy import stats

    known = (np.asarray(error) > 0) & np.isfinite(error)
    return np.where(known, stats.t.sf(drop / np.where(known, error, 1.0), freedom), 1.0)


def _quantile(level: float, freedom: float) -> float:
    from scipy import stats

    return float(stats.t.isf(level, freedom))
