"""What makes a prediction file stale: each thing that can change an answer, changed once.

References: the runtime opened and run directly, and the field lists of the dataclasses themselves, so that a field
that is added later has to be given a place here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeval import store
from edgeval.data.corruptions import corrupted
from edgeval.data.dataset import Dataset, Split
from edgeval.errors import ModelError, StoreError, ToolError, UsageError
from edgeval.evaluation import evaluate as module
from edgeval.evaluation.evaluate import Job, evaluate
from edgeval.nets import Code
from edgeval.records import Predictions, Preprocessing, Provenance, predictions_bytes, read_predictions
from edgeval.runtimes import ModelSource, identity as identities, interpreters, open_runtime
from tests.evaluation.tiny_classifier import CLASSES, SIDE, classifier

ASKED = Preprocessing(0.5, 0.25)


def images(seed: int = 0, count: int = 40) -> Dataset:
    rng = np.random.default_rng(seed)
    test = Split(rng.integers(0, 256, (count, SIDE, SIDE, 3), dtype=np.uint8), np.arange(count) % CLASSES)
    return Dataset("tiny", "npz:tiny.npz", Split(test.samples[:0], test.labels[:0]), test, ("a", "b", "c"))


@pytest.fixture
def pool() -> Iterator[Executor]:
    """The evaluation in this process: what is started anew is counted, not timed."""
    module._opened.cache_clear()
    with ThreadPoolExecutor(1) as pool:
        yield pool
    module._opened.cache_clear()


@pytest.fixture
def job(tmp_path: Path) -> Job:
    path = tmp_path / "model.tflite"
    path.write_bytes(classifier(1))
    source = ModelSource("int8", path, CLASSES, (SIDE, SIDE, 3))
    return Job(source, tmp_path / "store", "predictions/int8.npz", "tiny")


def made(job: Job, data: Dataset, pool: Any) -> tuple[Predictions, bool]:
    """The predictions, and whether a runtime ran for them."""
    ran = []

    def run_chunk(*arguments: Any) -> Predictions:
        ran.append(1)
        return run(*arguments)

    module._opened.cache_clear()  # as in a new process
    run = module._run_chunk
    module._run_chunk = run_chunk  # type: ignore[assignment]
    try:
        return evaluate(job, data, data.info(), pool), bool(ran)
    finally:
        module._run_chunk = run  # type: ignore[assignment]


def with_preprocessing(job: Job, preprocessing: Preprocessing | None) -> Job:
    return dataclasses.replace(job, source=dataclasses.replace(job.source, preprocessing=preprocessing))


def test_each_preprocessing_gives_its_own_answers(job: Job, pool: Executor) -> None:
    data = images()
    outputs = []
    for asked in (ASKED, Preprocessing(0.0, 1.0), None):
        seen, _ = made(with_preprocessing(job, asked), data, pool)
        expected = open_runtime(dataclasses.replace(job.source, preprocessing=asked)).run(data.test.samples)
        np.testing.assert_array_equal(seen.output_int8, expected.output_int8)
        assert seen.provenance.preprocessing == (asked or Preprocessing())
        assert (
            read_predictions(job.folder / job.name).provenance.preprocessing == seen.provenance.preprocessing
        )
        outputs.append(expected.output_int8)
    assert (outputs[0] != outputs[1]).any()  # or the test could not fail


def test_the_inferred_preprocessing_is_the_same_as_the_asked_one(job: Job, pool: Executor) -> None:
    made(job, images(), pool)
    assert made(with_preprocessing(job, Preprocessing(0.0, 1.0)), images(), pool)[1] is False


def test_nothing_changed_nothing_is_made_again(job: Job, pool: Executor) -> None:
    assert made(job, images(), pool)[1] is True
    assert made(job, images(), pool)[1] is False


def _other_model(job: Job, patch: pytest.MonkeyPatch) -> Job:
    job.source.path.write_bytes(classifier(2))
    return job


def _other_runtime(job: Job, patch: pytest.MonkeyPatch) -> Job:
    patch.setattr(interpreters.Interpreter, "version", lambda _: "of tomorrow")
    return job


def _other_delegate(job: Job, patch: pytest.MonkeyPatch) -> Job:
    return _of_source(interpreter="litert-builtin")(job, patch)


def _other_method(job: Job, patch: pytest.MonkeyPatch) -> Job:
    patch.setattr(identities.Identity.__init__, "__defaults__", (identities.METHOD + 1,))
    return job


def _other_threads(job: Job, patch: pytest.MonkeyPatch) -> Job:
    patch.setattr(identities, "THREADS", 2)
    return job


def _other_samples(job: Job, patch: pytest.MonkeyPatch) -> Job:
    return dataclasses.replace(job, ids=np.arange(10))


def _other_firmware(job: Job, patch: pytest.MonkeyPatch) -> Job:
    return dataclasses.replace(job, firmware_sha256="ab" * 32)


def _other_preprocessing(job: Job, patch: pytest.MonkeyPatch) -> Job:
    return with_preprocessing(job, ASKED)


def _of_source(**changes: Any) -> Any:
    return lambda job, patch: dataclasses.replace(job, source=dataclasses.replace(job.source, **changes))


CHANGES = {
    "model": _other_model,
    "runtime": _other_runtime,
    "delegate": _other_delegate,
    "method": _other_method,
    "threads": _other_threads,
    "samples": _other_samples,
    "firmware": _other_firmware,
    "preprocessing": _other_preprocessing,
    "engine": _of_source(engine="tflm"),
    "target": _of_source(target="stm32f746"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_makes_the_file_again(
    change: str, job: Job, pool: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(job, images(), pool)
    changed = CHANGES[change](job, monkeypatch)
    assert made(changed, images(), pool)[1] is True
    assert made(changed, images(), pool)[1] is False


CLEAN = images()
OTHER_DATA = {
    "pixels": dataclasses.replace(CLEAN, test=Split(CLEAN.test.samples ^ 1, CLEAN.test.labels)),
    "labels": dataclasses.replace(CLEAN, test=Split(CLEAN.test.samples, CLEAN.test.labels[::-1].copy())),
    "classes": dataclasses.replace(CLEAN, classes=("a", "b", "d")),
    "corruption": corrupted(CLEAN, "contrast", 3),
    "severity": corrupted(CLEAN, "contrast", 5),
}


@pytest.mark.parametrize("change", OTHER_DATA)
def test_other_images_make_the_file_again(change: str, job: Job, pool: Executor) -> None:
    made(job, CLEAN, pool)
    assert made(job, OTHER_DATA[change], pool)[1] is True
    assert made(job, OTHER_DATA[change], pool)[1] is False


FLOAT = ModelSource("float", Path("weights.pt"), CLASSES, (SIDE, SIDE, 3), network="scalecnn-4")
EMULATED = dataclasses.replace(FLOAT, stage="emulated", runner="unicorn", preprocessing=ASKED)
# Of ModelSource: what cannot change an answer of a given file on given images, and why.
NO_ANSWER = {
    "path": "the file's hash counts, not its place",
    "classes": "of the data set, whose hash covers them",
    "input_shape": "of the data set, whose hash covers it",
    "port": "a cable; the board is told by its firmware",
}
OTHER_SOURCE = {
    "stage": (FLOAT, {"stage": "onnx"}),
    "preprocessing": (FLOAT, {"preprocessing": ASKED}),
    "network": (FLOAT, {"network": "scalecnn-8"}),
    "code": (
        dataclasses.replace(FLOAT, network="my-8", code=Code("my", "my.py:build", "0" * 64)),
        {"code": Code("my", "my.py:build", "1" * 64)},
    ),
    "target": (FLOAT, {"target": "stm32f407"}),
    "engine": (FLOAT, {"engine": "tflm"}),
    "kind": (dataclasses.replace(FLOAT, preprocessing=None), {"kind": "features"}),
    "interpreter": (
        dataclasses.replace(FLOAT, stage="int8", preprocessing=ASKED),
        {"interpreter": "litert-builtin"},
    ),
    "runner": (
        dataclasses.replace(FLOAT, stage="emulated", runner="unicorn", preprocessing=ASKED),
        {"runner": "serial"},
    ),
}


def test_every_field_of_a_source_has_a_place() -> None:
    fields = {field.name for field in dataclasses.fields(ModelSource)}
    assert fields == set(OTHER_SOURCE) | set(NO_ANSWER)


@pytest.mark.parametrize("field", OTHER_SOURCE)
def test_every_field_of_a_source_that_can_change_an_answer_changes_the_provenance(
    field: str, tmp_path: Path
) -> None:
    weights = tmp_path / "weights.pt"
    weights.write_bytes(b"weights")
    source, change = OTHER_SOURCE[field]
    before, after = (dataclasses.replace(source, path=weights, **changes) for changes in ({}, change))
    first, second = (
        module._provenance(Job(one, tmp_path, "x.npz", "x"), images().info(), identities.identity(one))
        for one in (before, after)
    )
    assert first != second


def test_other_code_of_the_network_is_another_network(monkeypatch: pytest.MonkeyPatch) -> None:
    before = identities.identity(FLOAT)
    monkeypatch.setattr(identities, "_code_sha256", lambda: "ab" * 32)
    assert identities.identity(FLOAT) != before


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Provenance)])
def test_every_field_of_a_provenance_is_compared(field: str, job: Job, pool: Executor) -> None:
    """Whatever is stored and differs makes the file stale."""
    data = images()
    seen, _ = made(job, data, pool)
    others = {
        "dataset": dataclasses.replace(seen.provenance.dataset, sha256="0" * 64),
        "preprocessing": ASKED,
    }
    provenance = dataclasses.replace(seen.provenance, **{field: others.get(field, "other")})
    store.publish(job.folder, job.name, predictions_bytes(dataclasses.replace(seen, provenance=provenance)))
    assert made(job, data, pool)[1] is True


def without_preprocessing(content: bytes, path: Path) -> bytes:
    """A prediction file as edgeval wrote it before the preprocessing was stored: schema version 1."""
    import json

    path.write_bytes(content)
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    header = json.loads(arrays["header"].tobytes())
    header["schema_version"] = 1
    for name in ("preprocessing", "delegate", "threads", "network", "method"):
        del header["provenance"][name]
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    return store.npz_bytes(**arrays)


def test_a_file_of_an_older_edgeval_is_made_again_and_never_read(
    job: Job, pool: Executor, tmp_path: Path
) -> None:
    data = images()
    made(job, data, pool)
    old = without_preprocessing((job.folder / job.name).read_bytes(), tmp_path / "old.npz")
    store.publish(job.folder, job.name, old)
    with pytest.raises(StoreError, match="schema version 1, this edgeval reads 2; evaluate or import again"):
        read_predictions(job.folder / job.name)
    assert made(job, data, pool)[1] is True
    assert read_predictions(job.folder / job.name).provenance.preprocessing == Preprocessing()


def test_another_library_than_the_one_that_is_told_is_refused(
    job: Job, pool: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identities, "library", lambda *_: "tflite-runtime 9.9")
    with pytest.raises(ToolError, match=r"opened ai-edge-litert .*, installed is tflite-runtime 9\.9"):
        evaluate(job, images(), images().info(), pool)  # type: ignore[arg-type]


def test_a_model_that_changes_while_it_is_evaluated_is_refused(
    job: Job, pool: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(source: ModelSource) -> Any:
        runtime = open_runtime(source)
        source.path.write_bytes(classifier(3))
        return runtime

    monkeypatch.setattr(module, "open_runtime", opened)
    with pytest.raises(ModelError, match="changed while it was evaluated"):
        evaluate(job, images(), images().info(), pool)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mean", "std"),
    [
        (np.nan, 1.0),
        (np.inf, 1.0),
        (0.0, np.nan),
        (0.0, np.inf),
        (0.0, 0.0),
        (0.0, -1.0),
        (0.5, 1e-320),
        (1e300, 1.0),
    ],
)
def test_numbers_that_are_no_preprocessing_are_refused(mean: float, std: float) -> None:
    with pytest.raises(UsageError, match="--mean and --std"):
        Preprocessing(mean, std)


@pytest.mark.parametrize(
    ("preprocessing", "formula"),
    [
        (Preprocessing(), "pixel / 255"),
        (Preprocessing(0.5, 0.25), "(pixel / 255 - 0.5) / 0.25"),
        (Preprocessing(0.0, 0.5), "pixel / 255 / 0.5"),
        (Preprocessing((0.5, 0.4), (1.0, 0.25)), "(pixel / 255 - [0.5, 0.4]) / [1, 0.25]"),
        (Preprocessing(kind="features"), "value as it is"),
        (Preprocessing(3, 2, "features"), "(value - 3) / 2"),
        (Preprocessing(0.5, 1.0), "(pixel / 255 - 0.5)"),
    ],
)
def test_formulas(preprocessing: Preprocessing, formula: str) -> None:
    assert str(preprocessing) == formula
