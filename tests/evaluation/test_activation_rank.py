"""Stable ranks. References: numpy's SVD of the whole activation matrix, and a planted growth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from scipy import stats

from edgeval import runs, store
from edgeval.analysis.scaling.ranks import RankedModel, rank_growth, read_ranks
from edgeval.errors import DataError
from edgeval.evaluation.activation_rank import measure_ranks
from edgeval.metrics.spectrum import StableRank, log_line, stable_rank_of_moments
from edgeval.nets import build
from edgeval.records import Preprocessing
from edgeval.runtimes import activations
from edgeval.runtimes.preprocess import to_float
from tests.tiny_grid import write_tiny_grid


def stable_rank(matrix: np.ndarray) -> StableRank:
    return stable_rank_of_moments(len(matrix), matrix.sum(axis=0), matrix.T @ matrix)


def by_svd(matrix: np.ndarray) -> float:
    values = np.linalg.svd(matrix, compute_uv=False)
    return float(np.sum(values**2) / values[0] ** 2)


@settings(max_examples=40)
@given(rows=st.integers(2, 40), columns=st.integers(1, 12), seed=st.integers(0, 99), offset=st.floats(-3, 3))
def test_stable_rank_is_that_of_the_svd(rows: int, columns: int, seed: int, offset: float) -> None:
    matrix = np.random.default_rng(seed).normal(size=(rows, columns)) + offset
    seen = stable_rank(matrix)
    assert seen.raw == pytest.approx(by_svd(matrix), rel=1e-6)
    assert seen.centred == pytest.approx(by_svd(matrix - matrix.mean(axis=0)), rel=1e-6)
    assert 1 - 1e-9 <= seen.centred <= min(rows, columns) + 1e-6


def test_nothing_has_no_rank() -> None:
    assert stable_rank(np.zeros((5, 3))).raw == 0 and stable_rank(np.full((5, 3), 2.0)).centred == 0
    with pytest.raises(DataError, match="needs two"):
        stable_rank(np.ones((1, 3)))


@pytest.mark.parametrize(
    ("net", "blocks"), [("scalecnn-4", 4), pytest.param("mobilenetv2-0.10", 5, marks=pytest.mark.slow)]
)
def test_moments_are_those_of_the_activations(net: str, blocks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The penultimate layer's matrix is computed by hand from the features; batches do not show."""
    monkeypatch.setattr(activations, "BATCH", 8)
    torch.manual_seed(1)
    network = build(net, 10).eval()
    images = np.random.default_rng(1).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    moments = activations.activation_moments(network, images, Preprocessing())
    assert list(moments) == [*(f"block {number}" for number in range(1, blocks + 1)), "penultimate"]
    with torch.inference_mode():
        features = network.features(torch.from_numpy(to_float(images, Preprocessing())))
    pooled = features.mean(dim=(2, 3)).double().numpy()
    assert moments["penultimate"].rows == 20
    assert moments["penultimate"].total == pytest.approx(pooled.sum(axis=0), rel=1e-4, abs=1e-4)
    last = features.movedim(1, -1).reshape(-1, features.shape[1]).double().numpy()
    assert moments[f"block {blocks}"].products == pytest.approx(last.T @ last, rel=1e-4, abs=1e-3)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())


def test_line_is_scipys() -> None:
    x = np.geomspace(1e4, 1e6, 6)
    y = x**0.3 * np.exp(np.random.default_rng(2).normal(0, 0.1, 6))
    seen, reference = log_line(x, y), stats.linregress(np.log(x), np.log(y))
    assert (seen.slope, seen.standard_error) == (
        pytest.approx(reference.slope),
        pytest.approx(reference.stderr),
    )
    half = stats.t.ppf(0.975, 4) * reference.stderr
    assert seen.ci95 == pytest.approx((reference.slope - half, reference.slope + half))


def test_planted_gamma_lies_in_its_interval_at_the_stated_rate() -> None:
    """95 % of 200 grids: 181 to 198 with a probability of 99.6 % (binomial)."""
    params, held = np.geomspace(2e4, 5e6, 8), 0
    for seed in range(200):
        ranks = 0.5 * params**0.35 * np.exp(np.random.default_rng(seed).normal(0, 0.1, 8))
        low, high = growth(params, ranks)["layers"][0]["gamma_ci95"]
        held += low <= 0.35 <= high
    assert 181 <= held <= 198, held


def growth(params: np.ndarray, ranks: np.ndarray, alpha: float = 0.16, beta: float = 1.45) -> dict[str, Any]:
    models = [
        RankedModel(
            f"net-{n:.0f}", "net", int(n), {"penultimate": [k]}, {"penultimate": [k]}, {"penultimate": 8}
        )
        for n, k in zip(params, ranks, strict=True)
    ]
    found = rank_growth(models, 1000, [{"family": "net", "stage": "float", "alpha": alpha}], beta)
    assert found is not None
    return found


@pytest.mark.parametrize(("exponent", "agrees"), [(0.16 / 0.45, True), (0.1, False)])
def test_theory_is_held_against_the_measurement(exponent: float, agrees: bool) -> None:
    params = np.geomspace(2e4, 5e6, 8)
    wobble = np.exp(0.02 * np.array([1, -1, 1, -1, -1, 1, -1, 1]))
    (row,) = growth(params, params**exponent * wobble)["theory"]
    assert row["gamma_implied"] == pytest.approx(0.16 / 0.45) and row["agrees"] is agrees
    assert row["alpha_predicted"] == pytest.approx(row["gamma_measured"] * 0.45)
    assert rank_growth([], 0, [], 1.45) is None


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    return write_tiny_grid(tmp_path)


def test_ranks_are_kept_until_the_weights_change(grid: Path) -> None:
    measure_ranks(grid)
    paths = sorted(grid.glob(f"*/seed0/{runs.ACTIVATION_RANK}"))
    before = [path.stat().st_mtime_ns for path in paths]
    models, images = read_ranks(grid)
    assert (len(paths), len(models), images) == (2, 2, 60)
    assert models[0].features == {
        "block 1": 1, "block 2": 2, "block 3": 4, "block 4": 8, "penultimate": 8,
    }  # fmt: skip
    measure_ranks(grid)
    assert [path.stat().st_mtime_ns for path in paths] == before
    run = paths[0].parent
    document = json.loads((run / runs.RUN_JSON).read_text())
    store.publish(run, runs.RUN_JSON, store.json_bytes({**document, "weights_sha256": "0" * 64}))
    assert len(read_ranks(grid)[0]) == 1
