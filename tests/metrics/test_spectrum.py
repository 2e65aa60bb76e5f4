"""References: numpy's SVD of the centred images, scipy's linregress, and a planted power law."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from edgeval.errors import DataError
from edgeval.metrics import spectrum


def images(count: int, side: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def by_svd(rows: np.ndarray) -> np.ndarray:
    centred = rows.reshape(len(rows), -1).astype(float)
    return np.linalg.svd(centred - centred.mean(axis=0), compute_uv=False) ** 2 / (len(rows) - 1)


@pytest.mark.parametrize("count", [400, 60], ids=["more images than pixels", "fewer"])
def test_eigenvalues_are_those_of_the_svd(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectrum, "CHUNK", 64)
    seen, expected = spectrum.covariance_eigenvalues(images(count, 6)), by_svd(images(count, 6))
    assert seen[: len(expected)] == pytest.approx(expected, abs=1e-6 * expected[0])
    assert seen[len(expected) :] == pytest.approx(0, abs=1e-6 * expected[0])


def test_large_images_give_the_same_through_their_gram_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectrum, "LARGEST_MATRIX", 100)
    assert spectrum.covariance_eigenvalues(images(100, 6)) == pytest.approx(by_svd(images(100, 6)), abs=1e-6)
    assert len(spectrum.covariance_eigenvalues(images(150, 6))) == 100


def test_fit_is_scipys_regression() -> None:
    k = np.arange(1, 601)
    values = k**-1.45 * np.exp(np.random.default_rng(2).normal(0, 0.05, 600))
    values = np.sort(values)[::-1]
    seen, reference = (
        spectrum.spectral_decay(values),
        stats.linregress(np.log(k[9:500]), np.log(values[9:500])),
    )
    assert (seen.beta, seen.standard_error) == (
        pytest.approx(-reference.slope),
        pytest.approx(reference.stderr),
    )
    assert seen.r2 == pytest.approx(reference.rvalue**2)


def test_planted_decay_is_found_in_images() -> None:
    rng = np.random.default_rng(3)
    directions = np.linalg.qr(rng.normal(size=(588, 588)))[0]
    scores = rng.normal(size=(6000, 588)) * np.arange(1, 589) ** (-1.45 / 2)
    seen = spectrum.spectral_decay(
        spectrum.covariance_eigenvalues((scores @ directions).reshape(-1, 14, 14, 3))
    )
    assert seen.beta == pytest.approx(1.45, abs=0.06)  # sampling alone steepens the tail a little
    assert seen.r2 > 0.99


def test_too_few_images_are_an_error() -> None:
    with pytest.raises(DataError, match="eigenvalues above 0"):
        spectrum.spectral_decay(spectrum.covariance_eigenvalues(images(300, 16)))
    with pytest.raises(DataError, match="at least two"):
        spectrum.covariance_eigenvalues(images(1, 4))
