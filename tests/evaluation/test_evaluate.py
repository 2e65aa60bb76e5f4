"""Evaluation over chunks and processes. References: the runtime called directly; ../shared/data/README.md."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import pytest

from edgeval import store
from edgeval.data.dataset import Dataset, Split
from edgeval.errors import DataError, ModelError, StoreError, ToolError
from edgeval.evaluation import evaluate as module
from edgeval.evaluation.evaluate import CHUNK, Job, evaluate, workers
from edgeval.runtimes import ModelSource, open_runtime
from edgeval.runtimes.interpreters import INTERPRETERS


def real_images(path: Path, count: int) -> Dataset:
    with np.load(path) as data:
        test = Split(data["x_test"][:count], data["y_test"][:count].astype(np.int64))
        classes = tuple(str(name) for name in data["class_names"])
    return Dataset("cifar10-subset", f"npz:{path}", Split(test.samples[:0], test.labels[:0]), test, classes)


def int8_job(model: Path, folder: Path) -> Job:
    return Job(ModelSource("int8", model, 10, (32, 32, 3)), folder, "predictions/int8.npz", "resnet8")


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with workers(2) as pool:
        yield pool


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "interpreter", "right"),
    [
        ("int8", "litert", 892),  # XNNPACK of ai-edge-litert 2.1.0 and 2.3.0, called directly
        ("int8", "litert-builtin", 891),
        ("int8", "tflite-runtime", 891),
        ("tflm", None, 894),
    ],
)
def test_resnet8_counts(
    stage: str, interpreter: str | None, right: int, resnet8: Path, cifar10_subset: Path, tmp_path: Path, pool
) -> None:
    if stage == "int8" and INTERPRETERS[str(interpreter)].version() is None:
        pytest.skip(f"{interpreter} is not installed")
    data = real_images(cifar10_subset, 1017)
    source = ModelSource(stage, resnet8, 10, (32, 32, 3), interpreter=interpreter)
    job = dataclasses.replace(int8_job(resnet8, tmp_path), source=source)
    predictions = evaluate(job, data, data.info(), pool)
    assert len(predictions.ids) == 1017
    assert int((~predictions.errors).sum()) == right


def test_chunks_give_what_one_call_gives(
    resnet8: Path, cifar10_subset: Path, tmp_path: Path, pool: ProcessPoolExecutor
) -> None:
    data = real_images(cifar10_subset, 2 * CHUNK + 7)
    job = int8_job(resnet8, tmp_path)
    predictions = evaluate(job, data, data.info(), pool)
    whole = open_runtime(job.source).run(data.test.samples)
    np.testing.assert_array_equal(predictions.output_int8, whole.output_int8)
    np.testing.assert_array_equal(predictions.labels, data.test.labels)
    np.testing.assert_array_equal(predictions.ids, np.arange(len(data.test)))


def test_goes_on_from_finished_chunks(
    resnet8: Path,
    cifar10_subset: Path,
    tmp_path: Path,
    pool: ProcessPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = real_images(cifar10_subset, 3 * CHUNK)
    expected = evaluate(int8_job(resnet8, tmp_path / "whole"), data, data.info(), pool)
    job = int8_job(resnet8, tmp_path / "interrupted")
    written = []

    def stop_after_two(path: Path, content: bytes) -> None:
        store_write(path, content)
        written.append(path)
        if len(written) == 2:
            raise KeyboardInterrupt

    store_write = store.write_bytes
    monkeypatch.setattr(module.store, "write_bytes", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        evaluate(job, data, data.info(), pool)
    monkeypatch.undo()
    assert not (job.folder / job.name).exists()
    kept = [path.stat().st_mtime_ns for path in written]
    resumed = evaluate(job, data, data.info(), pool)
    np.testing.assert_array_equal(resumed.output_int8, expected.output_int8)
    assert (job.folder / job.name).read_bytes() == (tmp_path / "whole" / job.name).read_bytes()
    assert len(kept) == 2
    assert not any(path.exists() for path in written)


def test_finished_stage_is_read_not_run(
    resnet8: Path, cifar10_subset: Path, tmp_path: Path, pool: ProcessPoolExecutor
) -> None:
    data = real_images(cifar10_subset, 20)
    job = int8_job(resnet8, tmp_path)
    evaluate(job, data, data.info(), pool)
    before = os.stat(job.folder / job.name).st_mtime_ns
    evaluate(job, data, data.info(), pool)
    assert os.stat(job.folder / job.name).st_mtime_ns == before


def test_other_kernels_make_a_stage_stale(
    resnet8: Path, cifar10_subset: Path, tmp_path: Path, pool: ProcessPoolExecutor
) -> None:
    """XNNPACK, the builtin and the reference kernels round differently, so none may pass for another."""
    data, job = real_images(cifar10_subset, 20), int8_job(resnet8, tmp_path)
    seen = []
    for name in ("litert", "litert-builtin", "litert-reference"):
        source = dataclasses.replace(job.source, interpreter=name)
        seen.append(evaluate(dataclasses.replace(job, source=source), data, data.info(), pool))
    outputs = [one.output_int8 for one in seen if one.output_int8 is not None]
    assert len({output.tobytes() for output in outputs}) == 3
    assert [one.provenance.delegate for one in seen] == [
        "XNNPACK", "none (builtin kernels)", "none (reference kernels)",
    ]  # fmt: skip


def test_other_images_make_a_stage_stale(
    resnet8: Path, cifar10_subset: Path, tmp_path: Path, pool: ProcessPoolExecutor
) -> None:
    job = int8_job(resnet8, tmp_path)
    for count in (20, 24):
        data = real_images(cifar10_subset, count)
        assert len(evaluate(job, data, data.info(), pool).ids) == count


def test_changed_prediction_file_is_refused(
    resnet8: Path, cifar10_subset: Path, tmp_path: Path, pool
) -> None:
    data = real_images(cifar10_subset, 20)
    job = int8_job(resnet8, tmp_path)
    evaluate(job, data, data.info(), pool)
    (job.folder / job.name).write_bytes(b"half a file")
    with pytest.raises(StoreError, match="was changed"):
        evaluate(job, data, data.info(), pool)


def test_other_classes_than_the_model_are_refused(
    resnet8: Path, cifar10_subset: Path, tmp_path: Path, pool
) -> None:
    data = dataclasses.replace(real_images(cifar10_subset, 20), classes=tuple("abcdefghijkl"))
    with pytest.raises(DataError, match="10 outputs, cifar10-subset has 12 classes"):
        evaluate(int8_job(resnet8, tmp_path), data, data.info(), pool)


def test_other_image_size_is_refused(resnet8: Path, tmp_path: Path, pool: ProcessPoolExecutor) -> None:
    test = Split(np.zeros((4, 28, 28, 3), np.uint8), np.zeros(4, np.int64))
    data = Dataset("small", "npz:small", test, test, tuple("0123456789"))
    with pytest.raises(DataError, match="32 x 32 x 3, small has 28 x 28 x 3"):
        evaluate(int8_job(resnet8, tmp_path), data, data.info(), pool)


def test_damaged_model_is_one_error_from_the_worker(
    resnet8: Path, cifar10_subset: Path, tmp_path: Path, pool
) -> None:
    path = tmp_path / "half.tflite"
    path.write_bytes(resnet8.read_bytes()[:50_000])
    data = real_images(cifar10_subset, 20)
    with pytest.raises(ModelError, match="truncated or damaged"):
        evaluate(int8_job(path, tmp_path), data, data.info(), pool)


def test_a_killed_process_is_a_tool_error_whoever_meets_it() -> None:
    """Asked for a result, or given more work after its end: concurrent.futures raises from either."""
    for meet in (lambda pool: pool.submit(os._exit, 9).result(), _submit_after_its_end):
        with pytest.raises(ToolError, match="an evaluating process died"), workers(1) as pool:
            meet(pool)


def _submit_after_its_end(pool: ProcessPoolExecutor) -> None:
    with contextlib.suppress(BrokenProcessPool):
        pool.submit(os._exit, 9).result()
    pool.submit(os.getpid)
