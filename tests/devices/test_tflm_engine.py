"""Engine tflm on emulated cores, linked against a real TensorFlow Lite Micro; docs/TFLM.md.

Runs where EDGEVAL_TFLM_ROOT names one. References: the tflite-micro wheel for every output byte, and
../shared/data/tflm-cortex-m4.json for arena and instructions.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edgeval import targets
from edgeval.devices.build import tflm as tflm_build
from edgeval.devices.build.firmware import build_firmware, install
from edgeval.devices.device import FirmwareDevice
from edgeval.devices.opening import open_target
from edgeval.errors import ModelError
from edgeval.footprint.fit import fit
from edgeval.footprint.profile import profile
from tests.firmware.cases import make_case

ROOT = os.environ.get("EDGEVAL_TFLM_ROOT")
TARGETS = ("stm32f407", "stm32f746")
MODELS = (
    "bench-scalecnn-4-int8.tflite",
    "bench-scalecnn-16-int8.tflite",
    "bench-mobilenetv2-0.35-int8.tflite",
    "mlperf-tiny-ic-resnet8-int8.tflite",
)
IMAGES = 50
CASES = 80

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not ROOT, reason="EDGEVAL_TFLM_ROOT is not set: TensorFlow Lite Micro is the user's, docs/TFLM.md"
    ),
]


@pytest.fixture(scope="module", autouse=True)
def firmware(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The firmware of both cores where `edgeval firmware build` puts it, in a cache folder of its own."""
    definitions = tflm_build.definitions(Path(ROOT or ""), None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        for name in TARGETS:
            target = targets.load(name)
            install(build_firmware(target, "tflm", tmp_path_factory.mktemp(name), definitions), target)
        yield


@pytest.fixture(params=TARGETS)
def device(request: pytest.FixtureRequest) -> Iterator[FirmwareDevice]:
    with open_target(request.param, engine="tflm") as opened:
        assert isinstance(opened, FirmwareDevice)
        yield opened


def fits(name: str, target: str) -> bool:
    return not ("mobilenetv2" in name and target == "stm32f407")


def test_it_says_who_it_is(device: FirmwareDevice) -> None:
    assert device.hello.engine == "tflm"
    revision, kernels = device.hello.engine_version.split("+")
    assert len(revision) == 7 and kernels in ("cmsis", "ref")


@pytest.mark.parametrize("name", MODELS)
def test_real_images_give_the_wheels_bytes(
    device: FirmwareDevice, name: str, shared_data: Path, cifar10_subset: Path
) -> None:
    if not fits(name, device.hello.target):
        pytest.skip("its arena does not fit")
    images = np.load(cifar10_subset)["x_test"][:IMAGES]
    device.load(shared_data / name)
    with open_target("tflm") as wheel:
        wheel.load(shared_data / name)
        for image in images:
            pixels = (image.astype(np.int16) - 128).astype(np.int8)[None]
            assert np.array_equal(device.invoke(pixels), wheel.invoke(pixels))


def test_generated_models_of_every_operator_give_the_wheels_bytes(device: FirmwareDevice) -> None:
    """The cases that the built-in engine is tested with, tests/firmware/test_engine_conformance.py."""
    for seed in range(CASES):
        case = make_case(seed)
        with open_target("tflm") as wheel:
            wheel.load(case.model)
            expected = np.asarray(wheel.invoke(*case.inputs))
        device.load(case.model)
        inputs = [x.reshape(info.shape) for x, info in zip(case.inputs, device.inputs, strict=True)]
        assert np.asarray(device.invoke(*inputs)).tobytes() == expected.tobytes(), f"seed {seed}: {case.name}"


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", MODELS)
def test_arena_and_instructions_are_tflms(name: str, target: str, shared_data: Path) -> None:
    """Instructions to 5 %: another compiler than the reference's makes others."""
    if not fits(name, target):
        pytest.skip("its arena does not fit")
    reference = json.loads((shared_data / "tflm-cortex-m4.json").read_text())["models"][name]
    document = profile(shared_data / name, target, "tflm")
    assert document["peak_ram_bytes"]["arena"] == reference["arena_bytes"]
    assert document["instructions"] == pytest.approx(reference["instructions"], rel=0.05)
    operators = document["operators"]
    assert operators and all(row["arena_bytes"] is None for row in operators)
    assert sum(row["instructions"] for row in operators) == pytest.approx(document["instructions"], rel=0.01)


def test_a_model_too_large_for_the_ram(shared_data: Path) -> None:
    model = shared_data / "bench-mobilenetv2-0.35-int8.tflite"
    (row,) = fit([("mobilenet", model)], "stm32f407", "tflm")["models"]
    assert not row["fits"] and row["ram_bytes"]["arena"] == 172_436
    with (
        open_target("stm32f407", engine="tflm") as device,
        pytest.raises(ModelError, match="a larger arena than"),
    ):
        device.load(model)


def test_damaged_models_are_refused_and_the_next_one_runs(device: FirmwareDevice) -> None:
    case = make_case(0)
    for damaged in (case.model[: len(case.model) // 2], b"no model at all", case.model[:8], bytes(64)):
        with pytest.raises(ModelError, match=r"damaged or no \.tflite file"):
            device.load(damaged)
    device.load(case.model)
