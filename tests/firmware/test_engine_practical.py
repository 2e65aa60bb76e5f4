"""The kernels at the shapes of real networks: plain C against TensorFlow Lite Micro, DSP kernels against plain C."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeval.devices.host import HostEngine
from tests.firmware.emulated import CORES, EmulatedEngine, build, have_compiler
from tests.firmware.practical import LAYERS, difference, practical_case
from tests.firmware.wheel import reference

CASES = 20 * len(LAYERS)


def test_plain_c_gives_the_references_bytes() -> None:
    """Reference: the tflite-micro wheel."""
    engine = HostEngine()
    for seed in range(CASES):
        case = practical_case(seed)
        engine.load(case.model)
        seen = np.asarray(engine.invoke(*case.inputs))
        assert seen.tobytes() == reference(case.model, case.inputs).tobytes(), f"seed {seed}: {case.name}"


@pytest.mark.slow
@pytest.mark.skipif(not have_compiler(), reason="arm-none-eabi-gcc is not installed")
@pytest.mark.parametrize("core", sorted(CORES))
def test_dsp_kernels_give_the_bytes_and_the_arena_of_plain_c(core: str, tmp_path: Path) -> None:
    emulated, host = EmulatedEngine(build(core, tmp_path), core), HostEngine()
    for seed in range(CASES):
        case = practical_case(seed)
        assert difference(emulated, host, case) is None, f"seed {seed}: {case.name}"
