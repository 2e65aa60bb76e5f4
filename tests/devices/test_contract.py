"""What every device promises. Reference of the outputs: the tflite-micro wheel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeval import targets
from edgeval.devices.device import Device
from edgeval.devices.elf import read_elf
from edgeval.devices.emulator.unicorn_device import UnicornDevice
from edgeval.devices.opening import open_target
from edgeval.errors import DataError, DeviceError, ModelError, ToolError, UsageError
from tests.firmware.cases import Case, make_case

EMULATED = targets.names()


def expected(case: Case) -> np.ndarray:
    with open_target("tflm") as reference:
        reference.load(case.model)
        return np.asarray(reference.invoke(*case.inputs))


def shaped(device: Device, case: Case) -> list[np.ndarray]:
    return [x.reshape(info.shape) for x, info in zip(case.inputs, device.inputs, strict=True)]


def test_same_bytes_as_the_reference_again_and_again(device: Device, case: Case) -> None:
    with device:
        device.load(case.model)
        for _ in range(3):
            output = device.invoke(*shaped(device, case))
            assert isinstance(output, np.ndarray) and output.dtype == np.int8
            assert output.tobytes() == expected(case).tobytes()


def test_a_model_from_a_path_and_then_another(device: Device, case: Case, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(case.model)
    with device:
        device.load(path)
        first = np.asarray(device.invoke(*shaped(device, case)))
        device.load(str(path))
        assert np.array_equal(first, np.asarray(device.invoke(*shaped(device, case))))


def test_inputs_are_checked(device: Device, case: Case) -> None:
    x = case.inputs[0]
    with device:
        with pytest.raises(DeviceError, match="no model is loaded"):
            device.invoke(x)
        device.load(case.model)
        for wrong in ((x, x), (x.astype(np.float32),), (np.concatenate([x, x]),)):
            with pytest.raises(DataError):
                device.invoke(*wrong)


def test_a_missing_file_is_named(device: Device, tmp_path: Path) -> None:
    with device, pytest.raises(ModelError, match=r"absent\.tflite"):
        device.load(tmp_path / "absent.tflite")


@pytest.mark.parametrize("name", ["host", *EMULATED])
def test_damaged_models_are_refused(name: str, case: Case) -> None:
    with open_target(name) as device:
        for damaged in (case.model[: len(case.model) // 2], b"no model at all", case.model[:8]):
            with pytest.raises(ModelError):
                device.load(damaged)
        device.load(case.model)  # and the device goes on


@pytest.mark.parametrize("name", EMULATED)
def test_many_operators_on_the_emulated_core(name: str) -> None:
    """A fixed sample of the generated models of the conformance suite."""
    target = targets.load(name)
    with (
        open_target("tflm") as reference,
        UnicornDevice(target, read_elf(target.elf_path("builtin"))) as device,
    ):
        for seed in range(60):
            case = make_case(seed)
            reference.load(case.model)
            device.load(case.model)
            ours, theirs = device.invoke(*case.inputs), reference.invoke(*case.inputs)
            assert np.asarray(ours).tobytes() == np.asarray(theirs).tobytes(), f"seed {seed}, {case.name}"


@pytest.mark.parametrize("name", EMULATED)
def test_resnet8_on_real_images(name: str, resnet8: Path, cifar10_subset: Path) -> None:
    images = (np.load(cifar10_subset)["x_test"][:5].astype(np.int16) - 128).astype(np.int8)
    with open_target("tflm") as reference, open_target(name) as device:
        reference.load(resnet8)
        device.load(resnet8)
        for image in images:
            ours, theirs = device.invoke(image[np.newaxis]), reference.invoke(image[np.newaxis])
            assert np.array_equal(np.asarray(ours), np.asarray(theirs))


def test_names_that_do_not_exist() -> None:
    with pytest.raises(UsageError, match="did you mean 'stm32f746'"):
        open_target("stm32f764")
    with pytest.raises(UsageError, match="runner"):
        open_target("stm32f746", runner="qmu")
    with pytest.raises(ToolError, match="edgeval firmware build --target stm32f746 --engine cmsis"):
        open_target("stm32f746", engine="cmsis")
