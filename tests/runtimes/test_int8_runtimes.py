"""The int8 stages. Reference: the counts of ../shared/data/README.md for MLPerf Tiny's ResNet-8."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeval.errors import ModelError
from edgeval.runtimes import ModelSource, open_runtime


@pytest.fixture(scope="module")
def images(cifar10_subset: Path) -> np.ndarray:
    with np.load(cifar10_subset) as data:
        return data["x_test"][:200]


@pytest.mark.parametrize("stage", ["int8", "tflm"])
def test_scores_are_the_dequantized_output(stage: str, resnet8: Path, images: np.ndarray) -> None:
    runtime = open_runtime(ModelSource(stage, resnet8, 10, (32, 32, 3)))
    outputs = runtime.run(images[:3])
    assert runtime.score_kind == "probabilities"
    assert outputs.output_int8 is not None
    np.testing.assert_array_equal(outputs.scores, (outputs.output_int8.astype(np.float32) + 128) / 256)
    np.testing.assert_allclose(outputs.scores.sum(axis=1), 1.0, atol=10 / 256)


def test_both_runtimes_take_the_same_input(resnet8: Path, images: np.ndarray) -> None:
    first, second = (
        open_runtime(ModelSource(stage, resnet8, 10, (32, 32, 3))).run(images) for stage in ("int8", "tflm")
    )
    agree = first.scores.argmax(axis=1) == second.scores.argmax(axis=1)
    assert agree.mean() > 0.95  # 998 of 1,017 on the whole set under XNNPACK, 1,007 under the builtin kernels


@pytest.mark.parametrize("stage", ["int8", "tflm"])
def test_truncated_file_is_one_clear_error(stage: str, resnet8: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.tflite"
    path.write_bytes(resnet8.read_bytes()[:40_000])
    with pytest.raises(ModelError, match="truncated or damaged"):
        open_runtime(ModelSource(stage, path, 10, (32, 32, 3)))
