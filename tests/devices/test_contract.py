"""What every device promises, whatever runs it. Reference of the outputs: the tflite-micro wheel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeval import targets
from edgeval.devices.build.elf import read_elf
from edgeval.devices.device import Device, FirmwareDevice
from edgeval.devices.emulator.unicorn_device import UnicornDevice
from edgeval.devices.opening import open_target
from edgeval.devices.wire.protocol import Op
from edgeval.errors import DataError, DeviceError, EdgevalError, ModelError, UsageError
from tests.devices.conftest import running
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


def test_damaged_models_are_refused(engine: Device, case: Case) -> None:
    with engine as device:
        for damaged in (case.model[: len(case.model) // 2], b"no model at all", case.model[:8]):
            with pytest.raises(ModelError):
                device.load(damaged)
        device.load(case.model)  # and the device goes on


def test_a_model_larger_than_the_slot_is_refused(firmware: FirmwareDevice, case: Case) -> None:
    with firmware as device:
        slot_bytes = device.hello.slot_bytes
        with pytest.raises(ModelError, match=f"its flash has {slot_bytes:,} bytes"):
            device.load(case.model.ljust(slot_bytes + 1, b"\0"))
        device.load(case.model)


def test_a_device_that_resets_in_between_is_loaded_again(firmware: FirmwareDevice, case: Case) -> None:
    with firmware as device:
        device.load(case.model)
        before = np.asarray(device.invoke(*shaped(device, case)))
        device.session.request(Op.RESET)  # behind the device's back: it still believes in its model
        after = np.asarray(device.invoke(*shaped(device, case)))
        assert np.array_equal(before, after) and device.restarts == 1


def test_who_answers_and_its_memory_are_the_same_everywhere(firmware: FirmwareDevice, case: Case) -> None:
    """Reference: the target's TOML, the ELF's build id, and the host build's arena."""
    with firmware as device, open_target("host") as host:
        target = targets.load(device.hello.target)
        elf = read_elf(target.elf_path("builtin"))
        assert device.hello.build_id == elf.build_id and device.hello.engine == "builtin"
        assert device.hello.time_source == "none"  # no emulator models time, and none may pretend to
        device.load(case.model)
        device.invoke(*shaped(device, case))
        host.load(case.model)
        stats = device.stats()
        assert stats.arena_used_bytes - stats.arena_state_bytes == (
            host.stats().arena_used_bytes - host.stats().arena_state_bytes
        )
        assert stats.static_bytes + stats.stack_bytes + stats.arena_bytes == target.ram_bytes
        assert stats.frames_rejected == stats.uart_errors == 0


def test_two_of_a_kind_do_not_meet(firmware: FirmwareDevice, runner: str, case: Case) -> None:
    with running(runner) as second:
        outputs = []
        for device in (firmware, second):
            device.load(case.model)
            outputs.append(np.asarray(device.invoke(*shaped(device, case))))
        assert np.array_equal(*outputs)


@pytest.mark.slow
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
    with pytest.raises(UsageError, match="qemu has no model of stm32f746"):
        open_target("stm32f746", runner="qemu")
    with pytest.raises(UsageError, match="renode has no model of stm32l4r5"):
        open_target("stm32l4r5", runner="renode")
    with pytest.raises(EdgevalError, match="cmsis"):
        open_target("stm32f746", engine="cmsis")
