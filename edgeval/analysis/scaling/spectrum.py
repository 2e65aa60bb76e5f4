"""The spectrum of the training images, and the rank efficiency that the paper's theory then implies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from edgeval import runs
from edgeval.data import load_dataset
from edgeval.errors import DataError
from edgeval.metrics.spectrum import covariance_eigenvalues, spectral_decay


def training_images(grid: Path, data_dir: Path | None = None) -> np.ndarray:
    """The samples (n, ...) that a grid was trained on; DataError where they are not at hand."""
    finished = runs.finished_runs(grid)
    trained_on = finished[0].document()["dataset"]
    dataset = load_dataset(trained_on["spec"], data_dir)
    if dataset.info().sha256 != trained_on["sha256"]:
        raise DataError(f"{dataset.spec} is not the data that {grid} was trained with")
    return dataset.train.samples


def spectrum(images: np.ndarray, scaling: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """beta of the images, and gamma = alpha / (beta - 1) of each family and stage (paper, equation 7).

    gamma is None where beta does not exceed 1: the theory (equation 5) needs a convergent sum. DataError where
    the images have too few eigenvalues above 0.
    """
    decay = spectral_decay(covariance_eigenvalues(images))
    return {
        "images": len(images),
        **asdict(decay),
        "gamma_implied": [
            {
                "family": entry["family"],
                "stage": entry["stage"],
                "alpha": entry["alpha"],
                "gamma": entry["alpha"] / (decay.beta - 1) if decay.beta > 1 else None,
            }
            for entry in scaling
        ],
    }
