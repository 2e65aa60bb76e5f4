"""References: scipy's binomtest (one class), scipy's permutation_test and full enumeration (several classes)."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, strategies as st
from scipy import stats

from edgeval.errors import DataError
from edgeval.metrics.inference.class_drops import any_regressed, class_p_values, net_loss_p_values, regressed
from edgeval.metrics.inference.gate_power import simulate_flips
from edgeval.metrics.inference.statistics import mcnemar_exact

few = st.integers(0, 3)
flip_tables = st.lists(st.tuples(few, few, st.integers(0, 30)), min_size=1, max_size=4).map(
    lambda rows: tuple(np.array([(lost, gained, lost + gained + rest) for lost, gained, rest in rows]).T)
)


def enumerated(lost: np.ndarray, gained: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Westfall and Young's step-down maxT by definition: every sign of every flip, equally likely."""
    root = np.sqrt(np.maximum(sizes, 1))
    flips = lost + gained
    worlds = np.array(list(product(*[range(n + 1) for n in flips])))
    weights = np.prod([stats.binom.pmf(worlds[:, j], n, 0.5) for j, n in enumerate(flips)], axis=0)
    statistic, drawn = (lost - gained) / root, (2 * worlds - flips) / root
    p_values, largest = np.ones(len(sizes)), 0.0
    active = sorted(np.flatnonzero(sizes > 0), key=lambda j: -statistic[j])
    for rank, j in enumerate(active):
        reached = drawn[:, active[rank:]].max(axis=1) >= statistic[j] - 1e-9
        largest = max(largest, float(weights[reached].sum()))
        p_values[j] = largest
    return p_values


@given(flip_tables)
@example((np.array([4, 0, 1]), np.array([0, 0, 0]), np.array([9, 0, 9])))  # a class without samples
def test_p_values_match_enumeration(table: tuple[np.ndarray, ...]) -> None:
    assert class_p_values(*table) == pytest.approx(enumerated(*table), abs=1e-9)


def test_worst_class_matches_scipys_permutation_test() -> None:
    """Sign flips of the changed samples, 10 flips in 3 classes: scipy goes through all 1,024."""
    changes, classes = np.array([1, 1, 1, 1, -1, 1, 1, -1, -1, 1]), np.array([0, 0, 0, 0, 0, 1, 1, 1, 2, 2])
    sizes = np.array([40, 10, 90])

    def worst(signed: np.ndarray, axis: int) -> np.ndarray:
        net = np.stack([signed[..., classes == c].sum(axis=-1) for c in range(3)], axis=-1)
        return (net / np.sqrt(sizes)).max(axis=-1)

    expected = stats.permutation_test(
        (changes,),
        worst,
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
        alternative="greater",
    )
    lost = np.bincount(classes[changes > 0], minlength=3)
    gained = np.bincount(classes[changes < 0], minlength=3)
    assert class_p_values(lost, gained, sizes).min() == pytest.approx(expected.pvalue, abs=1e-12)


@given(st.integers(0, 80), st.integers(0, 80))
def test_one_class_is_the_exact_mcnemar_test(lost: int, gained: int) -> None:
    seen = class_p_values(np.array([lost]), np.array([gained]), np.array([200]))
    expected = stats.binomtest(lost, lost + gained, alternative="greater").pvalue if lost + gained else 1.0
    assert seen == pytest.approx(expected, rel=1e-9)


@given(flip_tables, st.integers(0, 2**32 - 1))
def test_order_of_classes_does_not_matter(table: tuple[np.ndarray, ...], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(table[0]))
    assert class_p_values(*(part[order] for part in table)) == pytest.approx(class_p_values(*table)[order])


@given(flip_tables)
def test_correction_only_raises(table: tuple[np.ndarray, ...]) -> None:
    lost, gained, sizes = table
    seen = class_p_values(lost, gained, sizes)
    assert (seen <= 1).all()
    assert (seen >= mcnemar_exact(lost, gained) - 1e-12).all()


def test_a_class_fails_only_if_its_drop_is_real_and_large() -> None:
    lost, gained = np.array([40, 8, 3, 0]), np.array([0, 0, 2, 0])
    sizes = np.array([1000, 20, 60, 0])
    assert regressed(lost, gained, sizes, allowance=0.05).tolist() == [False, True, False, False]
    assert regressed(lost, gained, sizes, allowance=0.03).tolist() == [True, True, False, False]
    assert regressed(lost, gained, sizes, allowance=0.05, level=1e-6).tolist() == [False] * 4


def test_many_runs_at_once_match_one_by_one() -> None:
    sizes = np.array([400, 30, 30, 60, 0])
    drops = np.array([0.04, 0.25, 0.0, 0.0, 0.0])
    lost, gained = simulate_flips(sizes, 0.05, drops, runs=400)
    expected = [regressed(*run, sizes, allowance=0.1).any() for run in zip(lost, gained, strict=True)]
    assert any_regressed(lost, gained, sizes, allowance=0.1).tolist() == expected
    assert 0.2 < np.mean(expected) < 0.99


def test_a_real_drop_elsewhere_blames_no_other_class() -> None:
    """Strong control: two classes of 20 collapse, the others are falsely named in at most 5 % of 1,000 runs."""
    sizes, drops = np.full(20, 100), np.zeros(20)
    drops[:2] = 0.4
    lost, gained = simulate_flips(sizes, np.geomspace(0.02, 0.3, 20), drops, runs=1000)
    failed = np.array([regressed(*run, sizes, allowance=0.0) for run in zip(lost, gained, strict=True)])
    assert failed[:, :2].mean() > 0.99
    assert failed[:, 2:].any(axis=1).mean() <= 0.05 + 3 * (0.05 * 0.95 / 1000) ** 0.5


def test_nothing_flipped_and_everything_lost() -> None:
    zero, sizes = np.zeros(3, int), np.full(3, 50)
    assert class_p_values(zero, zero, sizes).tolist() == [1.0] * 3
    assert not regressed(zero, zero, sizes, allowance=0.0).any()
    assert regressed(sizes, zero, sizes, allowance=0.99).all()
    assert not regressed(sizes, zero, sizes, allowance=1.0).any()  # exactly what is allowed


def test_bad_input_is_an_error() -> None:
    three = np.array([1, 1, 1])
    with pytest.raises(DataError, match="more flips than samples"):
        class_p_values(three, three, three)
    with pytest.raises(DataError, match="one of each a class"):
        class_p_values(three, three, np.array([9, 9]))
    with pytest.raises(DataError, match="one of each a class"):
        class_p_values(np.array([], int), np.array([], int), np.array([], int))
    with pytest.raises(DataError, match="counts"):
        class_p_values(np.array([-1, 0, 0]), three, three * 9)
    with pytest.raises(DataError, match="counts"):
        class_p_values(np.array([np.nan, 0, 0]), three, three * 9)
    for drop in (5.0, -0.1, float("nan")):
        with pytest.raises(DataError, match="allowance"):
            regressed(three, three, three * 9, allowance=drop)


few_images = st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 2)), min_size=1, max_size=9)


@given(few_images)
def test_several_seeds_match_enumeration_of_the_images_signs(images: list[tuple[int, int]]) -> None:
    """Westfall and Young by definition: every sign of every image's summed loss, equally likely."""
    net, labels = (np.array(column) for column in zip(*images, strict=True))
    sizes = np.bincount(labels, minlength=3)
    signs = np.array(list(product((-1, 1), repeat=len(net))))
    totals = np.stack([(signs * np.abs(net) * (labels == c)).sum(axis=1) for c in range(3)], axis=1)
    drawn = totals / np.sqrt(np.maximum(sizes, 1))
    seen = np.bincount(labels, weights=net, minlength=3) / np.sqrt(np.maximum(sizes, 1))
    active = sorted(np.flatnonzero(sizes > 0), key=lambda j: -seen[j])
    expected, largest = np.ones(3), 0.0
    for rank, j in enumerate(active):
        largest = max(largest, float(np.mean(drawn[:, active[rank:]].max(axis=1) >= seen[j] - 1e-9)))
        expected[j] = largest
    assert net_loss_p_values(net, labels, 3) == pytest.approx(expected, abs=1e-9)


@given(flip_tables, st.integers(1, 4))
def test_one_seed_is_the_test_of_counts(table: tuple[np.ndarray, ...], multiple: int) -> None:
    """Also where the losses are given as a multiple of their mean."""
    lost, gained, sizes = table
    rest = sizes - lost - gained
    net = np.concatenate(
        [[multiple] * a + [-multiple] * b + [0] * c for a, b, c in zip(lost, gained, rest, strict=True)]
    )
    if not len(net):
        return
    labels = np.repeat(np.arange(len(sizes)), sizes)
    expected = class_p_values(lost, gained, sizes)
    assert net_loss_p_values(net.astype(int), labels, len(sizes)) == pytest.approx(expected, abs=1e-9)


def test_groups_have_one_sign_each() -> None:
    """Enumeration of the signs of all groups (numpy): the sums of a group's images flip together."""
    import itertools

    net = np.array([1, 1, 1, -1, 1, 0, 1, 1])
    labels, groups = np.array([0, 0, 0, 0, 0, 1, 1, 1]), np.array([7, 7, 7, 3, 3, 1, 1, 2])
    sums = [3.0, 0.0], [1.0, 1.0]  # of class 0: groups 7 and 3; of class 1: groups 1 and 2
    sizes = np.array([5, 3]) ** 0.5
    seen = np.array([3.0, 2.0]) / sizes
    reached = []
    for signs in itertools.product((-1, 1), repeat=4):
        classes = np.array([np.dot(signs[:2], sums[0]), np.dot(signs[2:], sums[1])]) / sizes
        reached.append([classes.max() >= seen[0] - 1e-9, classes[1] >= seen[1] - 1e-9])
    expected = np.maximum.accumulate(np.mean(reached, axis=0))
    assert net_loss_p_values(net, labels, 2, groups) == pytest.approx(expected, abs=1e-12)
    alone = net_loss_p_values(net, labels, 2, np.arange(8))
    assert alone == pytest.approx(net_loss_p_values(net, labels, 2), abs=1e-12)
