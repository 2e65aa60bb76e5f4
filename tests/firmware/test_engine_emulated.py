"""The DSP kernels, cross-compiled and run on emulated cores, against the plain C kernels; and what they cost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgeval.devices.host import HostEngine
from tests.firmware.cases import make_case
from tests.firmware.emulated import CORES, EmulatedEngine, build, have_compiler
from tests.firmware.maker import Maker
from tests.firmware.more_cases import make_more_case
from tests.firmware.real_models import MODELS, images
from tests.firmware.recurrent_layers import lstm, svdf

SAMPLE, OTHER_SAMPLE = 240, 120

pytestmark = pytest.mark.skipif(not have_compiler(), reason="arm-none-eabi-gcc is not installed")


@pytest.fixture(scope="module", params=sorted(CORES))
def emulated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> EmulatedEngine:
    return EmulatedEngine(build(request.param, tmp_path_factory.mktemp("elf")), request.param)


@pytest.mark.slow
def test_dsp_kernels_give_the_bytes_and_the_arena_of_plain_c(emulated: EmulatedEngine) -> None:
    host = HostEngine()
    for seed in range(SAMPLE):
        case = make_case(seed)
        host.load(case.model)
        assert emulated.load(case.model) == 0
        expected = np.asarray(host.invoke(*case.inputs))
        assert emulated.invoke(*case.inputs).tobytes() == expected.tobytes(), f"seed {seed}: {case.name}"
        assert emulated.arena_used_bytes() == host.stats().arena_used_bytes


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_the_other_operators_give_the_bytes_and_the_arena_of_the_host(
    emulated: EmulatedEngine, dtype: str
) -> None:
    host = HostEngine()
    for seed in range(OTHER_SAMPLE):
        case = make_more_case(seed, dtype)
        host.load(case.model)
        assert emulated.load(case.model) == 0
        expected = host.invoke(*case.inputs)
        first = expected[0] if isinstance(expected, list) else expected
        assert emulated.invoke(*case.inputs).tobytes() == first.tobytes(), f"seed {seed}: {case.name}"
        assert emulated.arena_used_bytes() == host.stats().arena_used_bytes


@pytest.mark.slow
@pytest.mark.parametrize("layer", [svdf, lstm])
def test_a_state_is_kept_on_the_core_as_on_the_host(
    emulated: EmulatedEngine, layer: Callable[[Maker], tuple[int, int]]
) -> None:
    host = HostEngine()
    for seed in range(20):
        make = Maker(seed)
        x, y = layer(make)
        model = make.model.build([x], [y])
        host.load(model)
        assert emulated.load(model) == 0
        for run in range(3):
            values = make.values(make.model.shape(x))
            expected = np.asarray(host.invoke(values))
            assert emulated.invoke(values).tobytes() == expected.tobytes(), f"seed {seed}, inference {run}"


@pytest.mark.parametrize("name", MODELS)
def test_no_more_instructions_and_arena_than_tflm_with_cmsis_nn(
    emulated: EmulatedEngine, shared_data: Path, cifar10_subset: Path, name: str
) -> None:
    """Reference: ../shared/data/tflm-cortex-m4.json, TFLM with CMSIS-NN counted in the same emulator."""
    peer = json.loads((shared_data / "tflm-cortex-m4.json").read_text())["models"][name]
    image = images(cifar10_subset, 1)
    assert emulated.load((shared_data / name).read_bytes()) == 0
    host = HostEngine()
    host.load(shared_data / name)
    assert emulated.invoke(image).tobytes() == np.asarray(host.invoke(image)).tobytes()
    assert emulated.count(image).total <= 0.7 * peer["instructions"]
    assert emulated.arena_used_bytes() <= 0.8 * peer["arena_bytes"]
