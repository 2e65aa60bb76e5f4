"""Datasets: real images and an offline default, all in memory as uint8."""

from __future__ import annotations

from edgeval.data.calibration import calibration_subset
from edgeval.data.dataset import Dataset, Split, split_sha256
from edgeval.data.loading import load_dataset

__all__ = ["Dataset", "Split", "calibration_subset", "load_dataset", "split_sha256"]
