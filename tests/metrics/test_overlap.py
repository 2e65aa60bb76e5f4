"""References: scikit-learn's jaccard_score and the worked numbers of the paper, section 5.4."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import jaccard_score

from edgeval.errors import DataError
from edgeval.metrics import overlap

pairs_of_masks = st.integers(1, 40).flatmap(lambda n: st.tuples(*[hnp.arrays(bool, n)] * 2))
NONE, SOME = np.zeros(4, bool), np.array([True, False, True, False])


def seeds(count: int, samples: int, rate: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((count, samples)) < rate


def test_jaccard_matches_scikit_learn() -> None:
    a, b = seeds(2, 1000, 0.4, seed=1)
    assert overlap.jaccard(a, b) == pytest.approx(jaccard_score(a, b))


def test_empty_error_sets() -> None:
    assert overlap.jaccard(NONE, NONE) == 1.0
    assert overlap.jaccard(NONE, SOME) == 0.0
    assert overlap.contained_fraction(NONE, SOME) == 1.0
    assert overlap.contained_fraction(SOME, NONE) == 0.0
    assert overlap.independence(0, 0) == overlap.containment(0, 0) == 1.0
    assert overlap.jaccard_matrix(np.array([NONE, SOME]), np.array([NONE])).tolist() == [[1.0], [0.0]]


def test_references_of_the_paper() -> None:
    smallest, largest = 0.583, 0.247  # error rates of ScaleCNN c=4 and c=64
    assert overlap.independence(smallest, largest) == pytest.approx(0.21, abs=0.005)
    assert overlap.containment(smallest, largest) == pytest.approx(0.42, abs=0.005)


def test_independence_is_what_independent_errors_have() -> None:
    a, b = seeds(1, 200_000, 0.583, seed=2)[0], seeds(1, 200_000, 0.247, seed=3)[0]
    assert overlap.jaccard(a, b) == pytest.approx(overlap.independence(0.583, 0.247), abs=0.004)


@given(pairs_of_masks)
def test_jaccard_is_bounded_symmetric_and_at_most_containment(masks: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = masks
    seen = overlap.jaccard(a, b)
    assert 0 <= seen <= 1
    assert seen == overlap.jaccard(b, a)
    assert seen <= overlap.containment(a.mean(), b.mean()) + 1e-12
    assert overlap.jaccard(a, a) == 1.0


@given(pairs_of_masks, st.integers(0, 2**32 - 1))
def test_order_of_samples_does_not_matter(masks: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    a, b = masks
    order = np.random.default_rng(seed).permutation(len(a))
    assert overlap.jaccard(a[order], b[order]) == overlap.jaccard(a, b)
    assert overlap.flips(a[order], b[order]) == overlap.flips(a, b)


@given(pairs_of_masks)
def test_superset_reaches_containment(masks: tuple[np.ndarray, np.ndarray]) -> None:
    inner, outer = masks[0] & masks[1], masks[0]
    assert overlap.jaccard(inner, outer) == pytest.approx(overlap.containment(inner.mean(), outer.mean()))
    assert overlap.contained_fraction(inner, outer) == 1.0


def test_matrix_holds_every_pair() -> None:
    a, b = seeds(4, 300, 0.5, seed=4), seeds(3, 300, 0.2, seed=5)
    expected = [[jaccard_score(x, y) for y in b] for x in a]
    assert overlap.jaccard_matrix(a, b) == pytest.approx(np.array(expected))


def test_overlap_over_seeds() -> None:
    a, b = seeds(5, 2000, 0.6, seed=6), seeds(5, 2000, 0.25, seed=7)
    seen = overlap.overlap(a, b)
    scores = [jaccard_score(x, y) for x in a for y in b]
    own = [jaccard_score(a[i], a[j]) for i in range(5) for j in range(i)]
    assert (seen.mean, seen.std, seen.pairs) == (
        pytest.approx(np.mean(scores)),
        pytest.approx(np.std(scores)),
        25,
    )
    assert seen.cross_seed_a == pytest.approx(np.mean(own))
    assert seen.containment == pytest.approx(b.mean() / a.mean())
    assert sorted(overlap.cross_seed_jaccard(a)) == pytest.approx(sorted(own))


def test_one_seed_has_no_cross_seed_overlap() -> None:
    one = SOME[None]
    seen = overlap.overlap(one, one)
    assert (seen.mean, seen.std, seen.pairs, seen.cross_seed_a) == (1.0, 0.0, 1, None)


def test_flips_go_both_ways() -> None:
    before = np.array([False, False, True, True, False])
    after = np.array([True, False, False, True, True])
    assert overlap.flips(before, after) == (2, 1)


@given(pairs_of_masks)
def test_flips_explain_the_change_of_errors(masks: tuple[np.ndarray, np.ndarray]) -> None:
    lost, gained = overlap.flips(*masks)
    assert lost - gained == masks[1].sum() - masks[0].sum()


def test_bad_masks_are_errors() -> None:
    with pytest.raises(DataError, match="lengths differ"):
        overlap.jaccard(SOME, SOME[:3])
    with pytest.raises(DataError, match="bool"):
        overlap.jaccard(SOME.astype(int), SOME)
    with pytest.raises(DataError, match="non-empty"):
        overlap.jaccard(np.zeros(0, bool), np.zeros(0, bool))
    with pytest.raises(DataError, match="4 and 3 samples"):
        overlap.jaccard_matrix(SOME[None], SOME[None, :3])
    for rate in (-0.1, 1.1, float("nan")):
        with pytest.raises(DataError, match="expected a fraction"):
            overlap.independence(rate, 0.5)
