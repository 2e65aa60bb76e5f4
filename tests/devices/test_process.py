"""Emulators as processes: none is left behind, and what goes wrong is said. Reference: the process table."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edgeval import targets
from edgeval.devices import process, qemu
from edgeval.devices.opening import open_target
from edgeval.devices.qemu import QemuDevice
from edgeval.errors import DeviceError, DeviceTimeout, ToolError
from tests.firmware.cases import Case
from tests.processes import ROOT, assert_all_end, is_running
from tests.runners import need

TARGET = targets.load("stm32f407")


@pytest.fixture
def device() -> QemuDevice:
    need("qemu")
    return QemuDevice(TARGET, TARGET.elf_path("builtin"))


def pid_of(device: QemuDevice) -> int:
    emulator = device._link._emulator
    assert emulator is not None
    return emulator._process.pid


def test_closing_ends_the_process(device: QemuDevice, case: Case) -> None:
    device.load(case.model)
    pid = pid_of(device)
    assert is_running(pid)
    device.close()
    device.close()
    assert not is_running(pid)
    with pytest.raises(DeviceError, match="closed; open it again"):
        device.stats()


def test_the_last_reference_takes_the_process_along() -> None:
    need("qemu")
    device = QemuDevice(TARGET, TARGET.elf_path("builtin"))
    pid = pid_of(device)
    del device
    gc.collect()
    assert not is_running(pid)


def test_nothing_stays_on_disk(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even after a kill: the files are gone as soon as the firmware answers."""
    need("qemu")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with QemuDevice(TARGET, TARGET.elf_path("builtin")) as device:
        device.load(case.model)
        assert list(tmp_path.iterdir()) == []


def test_an_exception_in_the_block_ends_the_process(device: QemuDevice) -> None:
    with pytest.raises(ZeroDivisionError), device:
        pid = pid_of(device)
        raise ZeroDivisionError
    assert not is_running(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="dying with the parent is a feature of Linux")
def test_a_killed_parent_takes_it_along() -> None:
    need("qemu")
    program = (
        "import signal\n"
        "from edgeval import targets\n"
        "from edgeval.devices.qemu import QemuDevice\n"
        f"target = targets.load({TARGET.name!r})\n"
        "device = QemuDevice(target, target.elf_path('builtin'))\n"
        "print(device._link._emulator._process.pid, flush=True)\n"
        "signal.pause()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert is_running(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert_all_end([pid])


def test_an_emulator_that_dies_is_said_with_its_exit_code(device: QemuDevice, case: Case) -> None:
    with device:
        device.load(case.model)
        os.kill(pid_of(device), signal.SIGKILL)
        with pytest.raises(DeviceError, match="stm32f407 in QEMU ended with exit code -9"):
            device.invoke(*(np.zeros(info.shape, info.dtype) for info in device.inputs))
        device.load(case.model)  # a new process


def test_what_it_printed_is_in_the_message(tmp_path: Path) -> None:
    need("qemu")
    broken = tmp_path / "broken.elf"
    broken.write_bytes(b"no ELF")
    with pytest.raises(DeviceError, match="ended with exit code -6: qemu: fatal: Lockup"):
        QemuDevice(TARGET, broken)


def test_firmware_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless loop in the place of the firmware: vectors, then `b .`."""
    need("qemu")
    compiler = shutil.which("arm-none-eabi-gcc")
    if compiler is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    source, elf = tmp_path / "loop.s", tmp_path / "loop.elf"
    source.write_text(".thumb\n.syntax unified\n.word 0x20001000, loop + 1\nloop: b loop\n")
    subprocess.run([compiler, "-mcpu=cortex-m4", "-nostdlib", "-Wl,-Ttext=0x08000000,-eloop", "-o", elf, source],
                   check=True, capture_output=True)  # fmt: skip
    monkeypatch.setattr(qemu, "START_S", 1.0)
    with pytest.raises(DeviceTimeout, match="does not answer within 1 s after the start"):
        QemuDevice(TARGET, elf)


@pytest.mark.parametrize(
    ("runner", "expected"),
    [
        ("qemu", "qemu-system-arm is not installed; on Debian and Ubuntu: apt install qemu-system-arm"),
        ("renode", r"renode is not installed; .*docs/RUNNERS\.md"),
    ],
)
def test_an_absent_program_is_named_with_its_remedy(
    runner: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process.shutil, "which", lambda name: None)
    with pytest.raises(ToolError, match=expected):
        open_target("stm32f407", runner=runner)
