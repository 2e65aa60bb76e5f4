"""Recorded sessions. References: the golden session, which the emulated chip gave with this firmware
(record_session.py), and the emulated chip itself."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from edgeval.cli import cli
from edgeval.devices.build.elf import read_elf
from edgeval.devices.device import FirmwareDevice
from edgeval.devices.fake import FakeFirmware, FakeLink, FaultPlan
from edgeval.devices.measure import measure
from edgeval.devices.serial import open_serial
from edgeval.devices.wire.replay import ReplayLink, recording
from edgeval.devices.wire.session import Session
from edgeval.errors import DeviceError, StoreError
from edgeval.footprint.profile import profile
from tests.devices.fake_board import MODEL, SIZE, fake, invert
from tests.devices.pty_board import PtyBoard
from tests.devices.record_session import GOLDEN, TARGET, golden_case, record

AGAIN = "record it again: python -m tests.devices.record_session"


@pytest.fixture(scope="module", autouse=True)
def golden_is_of_this_firmware() -> None:
    build_id = read_elf(TARGET.elf_path("builtin")).build_id
    assert build_id in GOLDEN.read_text(), f"{GOLDEN.name} is of another firmware build; {AGAIN}"


def test_the_golden_session_profiles_as_the_emulator_does() -> None:
    """Memory and operators; the record has no time source, so no latency appears from it."""
    case = golden_case()
    replayed = profile(case.model, TARGET.name, runner="serial", port=f"replay:{GOLDEN}")
    emulated = profile(case.model, TARGET.name)
    for field in ("peak_ram_bytes", "flash_bytes", "engine", "engine_version", "fits"):
        assert replayed[field] == emulated[field]
    assert [row["operator"] for row in replayed["operators"]] == [
        row["operator"] for row in emulated["operators"]
    ]
    assert replayed["latency_ms"]["value"] is None and replayed["cycles_measured"] is None


def test_the_golden_session_is_played_to_its_end_and_says_its_origin() -> None:
    with open_serial(TARGET, f"replay:{GOLDEN}") as device:
        assert "(emulated stm32f407, Unicorn)" in device.name
        device.load(golden_case().model)
        measure(device)
        link = device.session.link
        assert isinstance(link, ReplayLink) and link.rows_left == 0


def test_the_emulator_still_gives_the_golden_bytes(tmp_path: Path) -> None:
    """But for the number of the first request, which is random, and the checksums over it."""
    record(tmp_path / "again.jsonl")
    for ours, golden in zip(chunks(tmp_path / "again.jsonl"), chunks(GOLDEN), strict=True):
        assert ours[0] == golden[0] and ours[1][:4] == golden[1][:4] and ours[1][16:-4] == golden[1][16:-4]


def chunks(path: Path) -> list[tuple[str, bytes]]:
    _, *rows = map(json.loads, path.read_text().splitlines())
    return [(row["direction"], bytes.fromhex(row["hex"])) for row in rows]


def test_other_inputs_than_the_recorded_ones_are_refused() -> None:
    with open_serial(TARGET, f"replay:{GOLDEN}") as device:
        device.load(golden_case().model)
        x = np.zeros(device.inputs[0].shape, device.inputs[0].dtype)
        with pytest.raises(
            DeviceError, match=r"line \d+: the host sends WRITE_INPUT, .* with other bytes; record"
        ):
            device.invoke(x)


def test_another_model_is_refused() -> None:
    with open_serial(TARGET, f"replay:{GOLDEN}") as device, pytest.raises(DeviceError, match="LOAD_BEGIN"):
        device.load(MODEL)


def test_a_record_that_ends_early(tmp_path: Path) -> None:
    short = tmp_path / "short.jsonl"
    short.write_text("".join(GOLDEN.read_text().splitlines(keepends=True)[:7]))
    with (
        open_serial(TARGET, f"replay:{short}") as device,
        pytest.raises(DeviceError, match=r"short\.jsonl ends before the host's "),
    ):
        device.load(golden_case().model)


@pytest.mark.parametrize(
    "text", ["", "no record", "[]", '{"edgeval_session": 9}', '{"edgeval_session": 1}\n{"x": 1}']
)
def test_files_that_are_no_record(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file.jsonl"
    path.write_text(text)
    with pytest.raises(StoreError, match=r"file\.jsonl (is no recorded session|records no request)"):
        ReplayLink(path)
    with pytest.raises(StoreError, match=r"absent\.jsonl cannot be read"):
        ReplayLink(tmp_path / "absent.jsonl")


def test_a_boards_profile_is_recorded_and_replayed(tmp_path: Path) -> None:
    """The same document but for the device's name, measured latency included."""
    model, session = tmp_path / "model.tflite", tmp_path / "session.jsonl"
    model.write_bytes(MODEL)
    command = ["profile", str(model), "--target", "stm32f407", "--runner", "serial", "--json", "--port"]
    with PtyBoard(fake(cycles=1500)) as at:
        measured = CliRunner().invoke(cli, [*command, at.port, "--record", str(session)])
    replayed = CliRunner().invoke(cli, [*command, f"replay:{session}"])
    assert measured.exit_code == replayed.exit_code == 0, replayed.output
    name = f"as recorded in {session} (board at {at.port})"
    assert json.loads(replayed.stdout) == json.loads(measured.stdout.replace(f"at {at.port}", name))
    assert json.loads(replayed.stdout)["latency_ms"]["value"] == 1.5


def test_a_session_with_lost_frames_is_replayed_with_its_repetitions(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    plan = FaultPlan(drop=0.05, corrupt=0.05, duplicate=0.05, seed=3)

    def outputs(session: Session) -> tuple[list[bytes], int]:
        device = FirmwareDevice(session, "fake")
        device.load(MODEL)
        x = np.arange(SIZE).astype(np.int8).reshape(1, SIZE)
        return [np.asarray(device.invoke(x + i)).tobytes() for i in range(30)], session.retries

    link = recording(FakeLink(FakeFirmware(invert, SIZE, 10), plan), path, "fake", "fake")
    then = outputs(Session(link, "fake"))
    replay = ReplayLink(path)
    assert outputs(Session(replay, "replay", first_sequence=replay.first_sequence)) == then
    assert then[1] > 10


def test_a_record_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        recording(
            FakeLink(FakeFirmware(invert, SIZE, 10)), tmp_path / "file" / "session.jsonl", "fake", "fake"
        )
