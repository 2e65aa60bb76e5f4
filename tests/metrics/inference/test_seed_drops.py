"""References: Student's t (scipy), Welch's and the plain variance by hand, and worlds with a known spread of seeds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from edgeval.errors import DataError
from edgeval.metrics.inference.seed_drops import USUAL_SPREAD, SeedDrops, seed_drops

LABELS = np.repeat(np.arange(10), 100)


def networks(seeds: int, world: int, spread: float, luck: float = 0.0, images: int = 100) -> np.ndarray:
    """Seeds of one size, bool (seeds, 10 * images): margins of images, biases of classes by seed, luck of the seed."""
    rng = np.random.default_rng(world)
    margin = rng.normal(1.3, 2.0, (10, images))
    bias = rng.normal(0, spread, (seeds, 10, 1)) + rng.normal(0, luck, (seeds, 1, 1))
    return (margin + bias + rng.logistic(0, 0.6, (seeds, 10, images)) > 0).reshape(seeds, -1)


def worse_in(right: np.ndarray, index: int, share: float) -> np.ndarray:
    """The same with a share of one class's images lost."""
    lost = (index == LABELS) & (np.random.default_rng(1).random(len(LABELS)) < share)
    return right & ~lost


def fails(seen: SeedDrops) -> np.ndarray:
    """The default policy's class rule: above 5 points and p <= 4 %."""
    return (seen.drops > 0.05) & (seen.class_p_values() <= 0.04)


def test_the_drop_and_its_error_for_independent_images() -> None:
    """No bias of classes: the error of a difference is that of two binomials that share their images."""
    seen = [seed_drops(r[:3], r[3:], LABELS, 10) for r in (networks(6, world, 0.0) for world in range(200))]
    drops = np.array([one.drops for one in seen])
    assert drops.std() == pytest.approx(np.sqrt(np.mean([one.errors**2 for one in seen])), rel=0.1)
    right = networks(6, 0, 0.0)
    expected = right[:3].reshape(3, 10, 100).mean(axis=(0, 2)) - right[3:].reshape(3, 10, 100).mean(
        axis=(0, 2)
    )
    assert seed_drops(right[:3], right[3:], LABELS, 10).drops == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("spread", [0.2, 0.4])
def test_the_error_follows_the_spread_of_the_classes(spread: float) -> None:
    seen = [
        seed_drops(r[:3], r[3:], LABELS, 10) for r in (networks(6, world, spread) for world in range(200))
    ]
    drops = np.array([one.drops for one in seen])
    assert drops.std() == pytest.approx(np.sqrt(np.mean([one.errors**2 for one in seen])), rel=0.15)


def test_p_values_and_bounds_are_students() -> None:
    seen = SeedDrops(np.array([0.1, 0.0]), np.array([0.03, 0.02]), 7.0, 0.05, 0.02, 5.0, "seeds")
    raw = stats.t.sf([0.1 / 0.03, 0.0], 7)
    assert seen.class_p_values() == pytest.approx([2 * raw[0], 0.5], abs=1e-12)  # Holm
    assert seen.accuracy_p_value() == pytest.approx(stats.t.sf(2.5, 5), abs=1e-12)
    assert seen.accuracy_margin_p_value(0.08) == pytest.approx(
        stats.t.cdf((0.05 - 0.08) / 0.02, 5), abs=1e-12
    )
    margins = np.array([0.2, 0.01])
    assert seen.class_margin_p_values(margins) == pytest.approx(
        stats.t.cdf((seen.drops - margins) / seen.errors, 7), abs=1e-12
    )
    low, high = seen.accuracy_interval()
    assert (low, high) == pytest.approx(stats.t.interval(0.95, 5, 0.05, 0.02), abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [(1, 1), (2, 1), (3, 1), (3, 3)])
@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_another_seed_is_no_regression(seeds: tuple[int, int], spread: float) -> None:
    """2,000 worlds without a change: the default policy fails at most 5 % (3 standard errors: 6.5 %)."""
    before, after = seeds
    failed = []
    for world in range(2000):
        right = networks(before + after, world, spread, luck=0.04)
        seen = seed_drops(right[:before], right[before:], LABELS, 10)
        accuracy = seen.accuracy_drop > 0.01 and seen.accuracy_p_value() <= 0.01
        failed.append(fails(seen).any() or accuracy)
    assert np.mean(failed) <= 0.05


@pytest.mark.slow
def test_a_lost_class_is_found_and_no_other_is_blamed() -> None:
    """40 points of one class lost; three seeds before and after, spread as of small nets on CIFAR-10."""
    failed = []
    for world in range(300):
        right = networks(6, world, 0.2)
        failed.append(fails(seed_drops(right[:3], worse_in(right[3:], 4, 0.4), LABELS, 10)))
    failed = np.array(failed)
    assert failed[:, 4].mean() > 0.95
    assert np.delete(failed, 4, axis=1).any(axis=1).mean() <= 0.05


def test_one_seed_takes_its_yardstick_from_the_other_classes() -> None:
    right = networks(2, 3, 0.0)
    seen = seed_drops(right[:1], worse_in(right[1:], 4, 0.8), LABELS, 10)
    assert seen.yardstick == "classes"
    assert fails(seen).tolist() == [index == 4 for index in range(10)]


def test_a_drop_of_all_classes_is_seen_by_the_accuracy() -> None:
    right = networks(2, 3, 0.0)
    lost = np.random.default_rng(0).random(len(LABELS)) < 0.2
    seen = seed_drops(right[:1], right[1:] & ~lost, LABELS, 10)
    assert seen.accuracy_p_value() < 0.01
    assert fails(seen).any()
    # The drop is common, so it is no spread: the errors stay those of independent images, sqrt(2 f / (2 n)).
    disagreement = (right[0] != (right[1] & ~lost)).reshape(10, 100).mean(axis=1)
    assert seen.errors == pytest.approx(np.sqrt(disagreement / 100), rel=0.25)


def test_what_cannot_be_told_has_no_small_p_value() -> None:
    right = networks(2, 0, 0.0)
    two = np.repeat([0, 1], 500)
    few = seed_drops(right[:1], np.zeros_like(right[1:]), two, 2)
    assert few.class_p_values().tolist() == [1.0, 1.0]  # one seed a side and two classes
    gap = seed_drops(right[:1], right[1:], LABELS, 11)
    assert (gap.drops[10], gap.class_p_values()[10]) == (0.0, 1.0)  # a class without samples
    same = seed_drops(right[:1], right[:1], LABELS, 10)
    assert same.class_p_values().tolist() == [1.0] * 10
    assert same.accuracy_error == pytest.approx(USUAL_SPREAD * 2**0.5)
    with pytest.raises(DataError, match="not the same samples"):
        seed_drops(right[:1], right[1:, :-1], LABELS, 10)
