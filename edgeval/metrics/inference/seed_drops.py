"""Is a drop between two different networks more than another seed would show?

Two seeds of one size differ: in single images, as by the toss of a coin, and in whole classes, because a training
that pays more attention to one class pays less to another. McNemar's null knows the first only and would call many
a second seed a regression. Here chance is the spread between the seeds. A seed's accuracy in class c varies by

    variance = f / (2 n) + tau^2 f

where n is the number of images, f the fraction of them that two networks disagree on (right in one, wrong in the
other), f / (2 n) the variance of independent images, and tau^2 f that of the class as a whole. `tau` is common to
all classes and estimated from them, so that two or three seeds of ten classes are enough. With several seeds each
class's own variance is mixed in, with a weight that falls the more alike the classes are (Smyth, Statistical
Applications in Genetics and Molecular Biology 3, 2004, moderated t). It can raise the common variance of a class,
never lower it. With one seed on either side and no spread measured earlier, tau can only come from the other
classes: from how much their drops differ around the common one. Its level does not hold (docs/GATE.md has the
simulations), so the gate only warns then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks
from edgeval.metrics.inference.statistics import holm

# What is assumed of the standard deviation of the accuracy between seeds before any is seen, and the degrees of
# freedom that this counts for. CIFAR-100 nets of 17 sizes have 0.12 to 1.16 points (Alnemari et al. 2026, Table 2),
# small nets on small sets 0.6 to 2.7 (docs/STUDY.md); the level of the accuracy's test holds up to about 2 points.
USUAL_SPREAD, USUAL_FREEDOM = 0.015, 4
LEAST_SPREAD = 0.005  # of a class, where only the other classes' drops tell


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

    def class_beyond_p_values(self, margins: np.ndarray) -> np.ndarray:
        """One-sided p-values (classes,) of "this class lost at most the margin", Holm-adjusted for all classes."""
        return holm(_upper_tail(self.drops - margins, self.errors, self.freedom))

    def accuracy_beyond_p_value(self, margin: float) -> float:
        """The same for the accuracy."""
        return float(_upper_tail(self.accuracy_drop - margin, self.accuracy_error, self.accuracy_freedom))

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


@dataclass(frozen=True)
class SeedSpread:
    """How far the seeds of one model lie apart: the variance of one seed's accuracy, as fractions squared.

    classes: float64 (classes,), 0 for a class without samples; accuracy: of all images; freedom: seeds - 1.
    """

    classes: np.ndarray
    accuracy: float
    freedom: int


def seed_spread(right: np.ndarray, labels: np.ndarray, classes: int) -> SeedSpread:
    """The spread of two seeds or more: right bool (seeds, n), labels integers (n,). DataError for one seed."""
    right, labels = checks.masks("right", right, ndim=2), checks.class_indices("labels", labels, classes)
    if len(right) < 2:
        raise DataError("one seed has no spread; train the model with several seeds")
    means = _class_means(right, labels, np.bincount(labels, minlength=classes))
    return SeedSpread(means.var(axis=0, ddof=1), float(right.mean(axis=1).var(ddof=1)), len(right) - 1)


def seed_drops(
    before: np.ndarray, after: np.ndarray, labels: np.ndarray, classes: int, known: SeedSpread | None = None
) -> SeedDrops:
    """Compare two groups of networks on the same images: before bool (seeds, n), after bool (seeds, n), right or not.

    labels: integers (n,); known: a spread that was measured earlier, on other seeds of the same model and the same
    images. DataError where shapes do not fit.

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
    if known is not None and known.classes.shape != (classes,):
        raise DataError(f"a spread of {len(known.classes)} classes is known, the labels have {classes}")
    sizes = np.bincount(labels, minlength=classes)
    right = np.concatenate([before, after])
    return drops_of_accuracies(
        _class_means(before, labels, sizes),
        _class_means(after, labels, sizes),
        _disagreement(right, labels, sizes),
        sizes,
        known,
    )


def drops_of_accuracies(
    before: np.ndarray,
    after: np.ndarray,
    disagreement: np.ndarray,
    sizes: np.ndarray,
    known: SeedSpread | None = None,
) -> SeedDrops:
    """The same from each seed's class accuracies, float64 (seeds, classes) of either side.

    disagreement: float64 (classes,), the fraction of a class's images that two networks disagree on, mean over all
    pairs of networks; sizes: integers (classes,).
    """
    groups = (before, after)
    guessed = len(before) + len(after) == 2 and known is None
    spread = (
        _one_seed(groups, disagreement, sizes) if guessed else _several(groups, disagreement, sizes, known)
    )
    share = 1 / len(before) + 1 / len(after)
    weights = sizes / sizes.sum()
    return SeedDrops(
        drops=before.mean(axis=0) - after.mean(axis=0),
        errors=np.where(sizes > 0, np.sqrt(share * spread.variances), np.inf),
        freedom=spread.freedom,
        accuracy_drop=float(before.mean(axis=0) @ weights - after.mean(axis=0) @ weights),
        accuracy_error=float(np.sqrt(share * spread.accuracy)),
        accuracy_freedom=spread.accuracy_freedom,
        yardstick="classes" if guessed else "seeds",
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


@dataclass(frozen=True)
class _Spread:
    """Variances of one seed's class accuracies and of its accuracy, each with Student's degrees of freedom."""

    variances: np.ndarray
    freedom: float
    accuracy: float
    accuracy_freedom: float


def _several(
    groups: tuple[np.ndarray, np.ndarray],
    disagreement: np.ndarray,
    sizes: np.ndarray,
    known: SeedSpread | None,
) -> _Spread:
    """From the spread inside the groups, and the known one."""
    inside = sum(len(group) - 1 for group in groups)
    own = sum(((group - group.mean(axis=0)) ** 2).sum(axis=0) for group in groups)
    weights = sizes / sizes.sum()
    totals = [group @ weights for group in groups]
    total = float(sum(((values - values.mean()) ** 2).sum() for values in totals))
    if known is not None:
        inside += known.freedom
        own, total = own + known.freedom * known.classes, total + known.freedom * known.accuracy
    own, images = own / inside, _of_images(disagreement, sizes)
    tau2 = max(0.0, float(_ratio((own - images).sum(), disagreement.sum())))
    common = images + tau2 * disagreement
    weight = _prior_freedom(own, common, sizes, inside)
    variances = np.maximum(common, (weight * common + inside * own) / (weight + inside))
    least = float(weights**2 @ common)
    return _Spread(variances, weight + inside, *_accuracy_spread(total / inside, inside, least))


def _accuracy_spread(seen: float, inside: int, least: float) -> tuple[float, float]:
    """The seen variance of the accuracy mixed with the usual one, and its freedom; at least that of the images."""
    freedom = USUAL_FREEDOM + inside
    return max((USUAL_FREEDOM * USUAL_SPREAD**2 + inside * seen) / freedom, least), freedom


def _prior_freedom(own: np.ndarray, common: np.ndarray, sizes: np.ndarray, inside: int) -> float:
    """Degrees of freedom that the common variance counts for: few where the classes differ, many where they do not.

    The smaller of two estimates from own / common, which is F distributed: by moments, with one standard error added
    to the excess, and by the logarithm (Smyth 2004). Classes trade with each other, so that they count as at most
    classes - 2 independent ones. One degree of freedom a class says little about how alike they are: half then.
    """
    known = common > 0
    classes = int(np.count_nonzero(known))
    if classes < 3:
        return 0.0
    ratio = own[known] / common[known]
    squares = (ratio - 1) ** 2 * inside
    excess = float(squares.mean() + squares.std(ddof=1) / classes**0.5) - 2
    by_moments = 4 + 2 * (inside + 2) / excess if excess > 0 else np.inf
    least = 1 / (8 * sizes[known] ** 2 * common[known])  # as if two seeds differed in half an image
    estimate = min(by_moments, _freedom_by_logarithm(np.maximum(ratio, least), inside))
    return float(min(estimate, (classes - 2) * inside) / (2 if inside == 1 else 1))


def _freedom_by_logarithm(ratios: np.ndarray, inside: int) -> float:
    """d where the variance of log F(inside, d) is the seen one: trigamma(inside / 2) + trigamma(d / 2)."""
    from scipy import optimize, special

    excess = float(np.log(ratios).var(ddof=1) - special.polygamma(1, inside / 2))
    if excess < 1e-6:
        return float("inf")
    # 1/y < trigamma(y) < 1/y + 1/y^2 brackets the root.
    low, high = 1 / excess, (1 + (1 + 4 * excess) ** 0.5) / (2 * excess)
    return 2 * float(optimize.brentq(lambda y: special.polygamma(1, y) - excess, low, high))


def _one_seed(groups: tuple[np.ndarray, np.ndarray], disagreement: np.ndarray, sizes: np.ndarray) -> _Spread:
    """From the drops of the classes around the common one; for a class from those of the others."""
    drops = (groups[0] - groups[1])[0]
    images, present = _of_images(disagreement, sizes), sizes > 0
    weights = sizes / sizes.sum()
    tau2 = _spread_around(drops, disagreement, images, present)
    total = _accuracy_spread(0.0, 0, float(weights**2 @ (images + tau2 * disagreement)))
    classes = int(present.sum())
    if classes < 3:
        return _Spread(np.full(len(sizes), np.inf), 1, *total)
    others = np.array(
        [
            _spread_around(drops, disagreement, images, present & (np.arange(len(sizes)) != index))
            for index in range(len(sizes))
        ]
    )
    return _Spread(images + others * disagreement + LEAST_SPREAD**2, classes - 2, *total)


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
    from scipy import special

    known = (np.asarray(error) > 0) & np.isfinite(error)
    return np.where(known, special.stdtr(freedom, -drop / np.where(known, error, 1.0)), 1.0)


def _quantile(level: float, freedom: float) -> float:
    from scipy import special

    return -float(special.stdtrit(freedom, level))
