"""Real models on real images against the tflite-micro wheel; threads; intermediate tensors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from edgeval.devices.host import HostEngine
from tests.firmware.cases import make_case
from tests.firmware.real_models import MODELS, images
from tests.firmware.wheel import reference

TFLM_CORRECT = 894  # of 1,017: ../shared/data/README.md


@pytest.mark.parametrize("name", MODELS)
def test_real_models_give_the_references_bytes(shared_data: Path, cifar10_subset: Path, name: str) -> None:
    model = (shared_data / name).read_bytes()
    engine = HostEngine()
    engine.load(model)
    for image in images(cifar10_subset, 5):
        assert np.array_equal(engine.invoke(image[None]), reference(model, [image[None]]))


@pytest.mark.slow
def test_resnet8_on_the_whole_subset(resnet8: Path, cifar10_subset: Path) -> None:
    """Every output byte of all 1,017 images, and with them the accuracy of TFLM."""
    runtime = pytest.importorskip("tflite_micro").runtime
    interpreter = runtime.Interpreter.from_bytes(resnet8.read_bytes(), arena_size=1 << 20)
    engine = HostEngine()
    engine.load(resnet8)
    labels = np.load(cifar10_subset)["y_test"].reshape(-1)
    correct = 0
    for image, label in zip(images(cifar10_subset, len(labels)), labels, strict=True):
        interpreter.set_input(image[None], 0)
        interpreter.invoke()
        seen = engine.invoke(image[None])
        assert np.array_equal(seen, interpreter.get_output(0))
        correct += int(np.argmax(seen) == label)
    assert correct == TFLM_CORRECT


def test_threads_share_an_instance() -> None:
    case = make_case(3)
    engine = HostEngine()
    engine.load(case.model)
    expected = np.asarray(engine.invoke(*case.inputs)).tobytes()
    with ThreadPoolExecutor(4) as pool:
        outputs = list(pool.map(lambda _: np.asarray(engine.invoke(*case.inputs)).tobytes(), range(200)))
    assert set(outputs) == {expected}


def test_intermediate_tensors_arrive_in_order_and_end_in_the_output() -> None:
    case = make_case(3)
    engine = HostEngine()
    engine.load(case.model)
    seen: list[tuple[int, int, np.ndarray]] = []
    output = engine.intermediate(lambda op, index, values: seen.append((op, index, values)), *case.inputs)
    assert [op for op, _, _ in seen] == list(range(engine.operators)) and engine.operators > 1
    assert np.array_equal(seen[-1][2], output)


def test_an_error_in_the_observer_reaches_the_caller() -> None:
    case = make_case(3)
    engine = HostEngine()
    engine.load(case.model)

    def fail(op: int, index: int, values: np.ndarray) -> None:
        raise KeyError(op)

    with pytest.raises(KeyError):
        engine.intermediate(fail, *case.inputs)
    engine.invoke(*case.inputs)


def test_live_bytes_stay_within_the_arena() -> None:
    for seed in range(0, 60, 3):
        engine = HostEngine()
        engine.load(make_case(seed).model)
        stats = engine.stats()
        for index in range(engine.operators):
            _, live_bytes = engine.operator(index)
            assert stats.arena_state_bytes < live_bytes <= stats.arena_used_bytes
