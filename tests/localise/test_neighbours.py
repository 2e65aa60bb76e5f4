"""Which neighbouring stages are looked into, and what is kept. Reference: the runs' own predictions of ResNet-8."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgeval.data.readers.npz import load_npz
from edgeval.evaluation.evaluate import Job, evaluate, workers
from edgeval.localise import neighbours
from edgeval.localise.neighbours import EvaluatedModel, layers_of
from edgeval.records import FAILED
from tests.localise.samples import source

STAGES = ("int8", "tflm", "host")
IMAGES = 60


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with workers(1) as made:
        yield made


@pytest.fixture(scope="module")
def images(cifar10_subset: Path) -> np.ndarray:
    return load_npz(cifar10_subset, "cifar10-subset").test.samples


@pytest.fixture(scope="module")
def evaluated(
    resnet8: Path, cifar10_subset: Path, pool: ProcessPoolExecutor, tmp_path_factory: pytest.TempPathFactory
) -> EvaluatedModel:
    folder, data = tmp_path_factory.mktemp("run"), load_npz(cifar10_subset, "cifar10-subset")
    sources = {stage: source(resnet8, stage) for stage in STAGES}
    sources["host"] = replace(sources["host"], engine="builtin")
    jobs = {
        stage: Job(sources[stage], folder, f"predictions/{stage}.npz", "resnet8", np.arange(IMAGES))
        for stage in STAGES
    }
    predictions = {stage: evaluate(job, data, data.info(), pool) for stage, job in jobs.items()}
    return EvaluatedModel("resnet8", folder, sources, predictions)


def test_only_differing_stages_are_looked_into(
    evaluated: EvaluatedModel, images: np.ndarray, pool: ProcessPoolExecutor
) -> None:
    (document,) = layers_of(evaluated, images, pool)  # tflm and host are equal
    assert (document["from"], document["to"], document["verdict"]) == ("int8", "tflm", "rounding only")
    before, after = (evaluated.predictions[stage].output_int8 for stage in ("int8", "tflm"))
    differing = np.flatnonzero((before != after).any(axis=1))  # type: ignore[union-attr]
    assert document["samples"] == min(32, len(differing)) and set(document["sample_ids"]) <= set(
        differing.tolist()
    )


def test_what_is_kept_is_read_until_a_stage_changes(
    evaluated: EvaluatedModel, images: np.ndarray, pool: ProcessPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = layers_of(evaluated, images, pool)
    asked: list[object] = []
    monkeypatch.setattr(neighbours, "_ask", lambda *work: asked.append(work) or first)
    assert layers_of(evaluated, images, pool) == [first] and not asked
    tflm = evaluated.predictions["tflm"]
    newer = replace(tflm, provenance=replace(tflm.provenance, runtime="tflite-micro of tomorrow"))
    layers_of(replace(evaluated, predictions={**evaluated.predictions, "tflm": newer}), images, pool)
    assert len(asked) == 1


def test_failed_samples_and_equal_outputs_are_left_out(
    evaluated: EvaluatedModel, images: np.ndarray, pool: ProcessPoolExecutor
) -> None:
    int8 = evaluated.predictions["int8"]
    failed = replace(int8, top1=np.full(IMAGES, FAILED))
    assert (
        layers_of(replace(evaluated, predictions={**evaluated.predictions, "int8": failed}), images, pool)
        == []
    )


def test_outputs_that_the_operators_do_not_give_stay_unexplained(
    evaluated: EvaluatedModel, images: np.ndarray, pool: ProcessPoolExecutor, tmp_path: Path
) -> None:
    """As if the firmware that predicted had been another than the one looked into."""
    host = evaluated.predictions["host"]
    assert host.output_int8 is not None
    wrong = replace(host, output_int8=np.roll(host.output_int8, 1, axis=1))
    changed = replace(
        evaluated, folder=tmp_path, predictions={"tflm": evaluated.predictions["tflm"], "host": wrong}
    )
    (document,) = layers_of(changed, images, pool)
    assert (document["verdict"], document["reproduced_to"]) == ("differs", 0)
    assert document["reproduced_from"] == document["samples"]


def test_a_stage_that_cannot_be_looked_into_is_said_and_left_out(
    evaluated: EvaluatedModel, images: np.ndarray, pool: ProcessPoolExecutor, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    lost = {
        stage: replace(opening, path=tmp_path / "gone.tflite") for stage, opening in evaluated.sources.items()
    }
    assert layers_of(replace(evaluated, folder=tmp_path, sources=lost), images, pool) == []
    assert "the layers of int8 and tflm cannot be compared" in capsys.readouterr().err
