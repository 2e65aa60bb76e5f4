"""The board's port, through pyserial and a real pseudo terminal. References: the firmware's own ELF in the emulator
behind the terminal, and a fake with a cycle counter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from edgeval.cli import cli
from edgeval.devices.emulator.machine import Machine
from edgeval.devices.emulator.unicorn_device import UnicornLink
from edgeval.devices.fake import CORE_HZ
from edgeval.devices.opening import open_target
from edgeval.evaluation.deployment import Deployment, figures
from tests.devices.fake_board import ELF, MODEL, TARGET, fake
from tests.devices.pty_board import PtyBoard, counting, through
from tests.firmware.cases import Case

pytestmark = pytest.mark.usefixtures("patience")


@pytest.fixture
def emulated() -> Iterator[PtyBoard]:
    with PtyBoard(through(UnicornLink(Machine(TARGET, ELF)))) as at:
        yield at


def test_the_real_firmware_behind_a_terminal(emulated: PtyBoard, case: Case) -> None:
    """The whole way: pyserial, a tty, the ELF. Reference of the outputs: the tflite-micro wheel."""
    with open_target("tflm") as reference, open_target("stm32f407", "serial", port=emulated.port) as device:
        reference.load(case.model)
        device.load(case.model)
        x = case.inputs[0]
        ours, theirs = device.invoke(x), reference.invoke(x)
        assert np.asarray(ours).tobytes() == np.asarray(theirs).tobytes()


def test_ask_says_who_answers(emulated: PtyBoard) -> None:
    done = CliRunner().invoke(cli, ["firmware", "ask", "--target", "stm32f407", "--port", emulated.port])
    assert done.exit_code == 0, done.output
    assert done.output.strip() == (
        f"stm32f407 at {emulated.port}: edgeval firmware for stm32f407, engine builtin 1.1-r2, build "
        f"{ELF.build_id[:8]}, core 168 MHz, time source: none"
    )


def profiled(model: Path, port: str) -> Result:
    """`edgeval profile --json` of the board at `port`."""
    arguments = ["--target", "stm32f407", "--runner", "serial", "--port", port, "--json"]
    return CliRunner().invoke(cli, ["profile", str(model), *arguments])


def test_latency_is_measured_with_the_boards_counter(tmp_path: Path) -> None:
    """Reference: the fake's 1,500 cycles at 1 MHz."""
    model = tmp_path / "model.tflite"
    model.write_bytes(MODEL)
    with PtyBoard(fake(cycles=1500)) as at:
        done = profiled(model, at.port)
    assert done.exit_code == 0, done.output
    document = json.loads(done.output)
    latency = document["latency_ms"]
    assert CORE_HZ == 1_000_000
    assert (latency["value"], latency["source"], document["source"]) == (1.5, "measured", "measured")
    assert latency["model"] == f"cycle counter of stm32f407 at {at.port}, median of 9 inferences"
    assert latency["accuracy"] == "1,500 to 1,500 cycles"


def test_without_a_counter_there_is_no_latency(tmp_path: Path) -> None:
    model = tmp_path / "model.tflite"
    model.write_bytes(MODEL)
    with PtyBoard(fake()) as at:
        done = profiled(model, at.port)
    latency = json.loads(done.output)["latency_ms"]
    assert latency["value"] is None and latency["source"] is None
    assert "counter does not advance" in latency["model"]


def test_a_comparison_takes_the_boards_latency(tmp_path: Path, case: Case) -> None:
    """Instructions and memory stay those of the emulated chip, see deployment.figures."""
    model = tmp_path / "model.tflite"
    model.write_bytes(case.model)
    with PtyBoard(counting(through(UnicornLink(Machine(TARGET, ELF))), 8_400_000)) as at:
        deployment = Deployment("stm32f407", runner="serial", port=at.port)
        latency = figures(model, tmp_path, deployment).latency_ms
    assert deployment.stage == "board" and latency is not None
    assert (latency.value, latency.source) == (50.0, "measured")  # at 168 MHz
