"""Every failure that a user with a board meets, with its message (docs/BOARDS.md lists them). Behind a real pseudo
terminal wherever the system can be brought to fail; pyserial's answer is given only where it cannot."""

from __future__ import annotations

import errno
import os
import re
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import serial
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from edgeval.devices import serial as board
from edgeval.devices.opening import open_target
from edgeval.devices.wire.frame import Frame, decode
from edgeval.devices.wire.protocol import Op, Status
from edgeval.errors import DeviceError, DeviceFault, DeviceTimeout, UsageError
from tests.devices.fake_board import ELF, INPUT, MODEL, TARGET, failing_at, fake
from tests.devices.pty_board import PtyBoard

pytestmark = pytest.mark.usefixtures("patience")


def opening(port: str) -> str:
    with pytest.raises(DeviceError) as caught:
        board.open_serial(TARGET, port)
    return str(caught.value)


def test_a_busy_port() -> None:
    with PtyBoard(fake()) as at, serial.Serial(at.port, exclusive=True):
        assert f"{at.port} is in use by another program; close that program" in opening(at.port)


def test_no_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may open everything, so the system's answer is given here; a real one where the test is not root."""
    with PtyBoard(fake()) as at:
        os.chmod(at.port, 0)
        if os.geteuid() == 0:

            def refuse(*arguments: object, **options: object) -> None:
                raise serial.SerialException(
                    errno.EACCES, f"could not open port {at.port}: Permission denied"
                )

            monkeypatch.setattr(serial, "Serial", refuse)
        assert (
            f"no permission to open {at.port}; on Linux join its group, `sudo usermod -aG dialout"
            in opening(at.port)
        )
        os.chmod(at.port, stat.S_IRUSR | stat.S_IWUSR)


def listed(monkeypatch: pytest.MonkeyPatch, *ports: tuple[str, int | None, int | None]) -> None:
    rows = []
    for device, vendor, product in ports:
        row = ListPortInfo(device)
        row.vid, row.pid = vendor, product
        rows.append(row)
    monkeypatch.setattr(list_ports, "comports", lambda: rows)


def test_no_such_port(monkeypatch: pytest.MonkeyPatch) -> None:
    listed(monkeypatch, ("/dev/ttyS0", None, None), ("/dev/ttyACM1", 0x0483, 0x374B))
    assert (
        "there is no port /dev/ttyACM7; ports seen: /dev/ttyACM1 (0483:374b), /dev/ttyS0; plug the board in"
        in opening("/dev/ttyACM7")
    )


def test_not_a_serial_port(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    assert "cannot be opened as a serial port" in opening(str(path))


def test_the_board_is_found_by_its_usb_id(monkeypatch: pytest.MonkeyPatch) -> None:
    with PtyBoard(fake()) as at:
        listed(
            monkeypatch,
            ("/dev/ttyS0", None, None),
            (at.port, 0x0403, 0x6001),
            ("/dev/ttyACM1", 0x0483, 0x374B),
        )
        with board.open_serial(TARGET) as device:
            assert device.name == f"stm32f407 at {at.port}"


def test_no_board_or_several(monkeypatch: pytest.MonkeyPatch) -> None:
    listed(monkeypatch, ("/dev/ttyACM1", 0x0483, 0x374B))
    with pytest.raises(
        DeviceError, match=r"no STM32F4DISCOVERY found: no serial port has USB id 0403:6001 or "
    ):
        board.find_port(TARGET)
    with pytest.raises(DeviceError, match=r"ports seen: /dev/ttyACM1 \(0483:374b\); plug the board in"):
        board.find_port(TARGET)
    listed(monkeypatch, ("/dev/ttyUSB1", 0x0403, 0x6001), ("/dev/ttyUSB0", 0x0403, 0x6015))
    with pytest.raises(
        DeviceError, match=r"2 ports have the USB id .*: /dev/ttyUSB0, /dev/ttyUSB1; name one"
    ):
        board.find_port(TARGET)
    listed(monkeypatch)
    with pytest.raises(DeviceError, match="ports seen: none"):
        board.find_port(TARGET)


@pytest.fixture
def short_hello(monkeypatch: pytest.MonkeyPatch, patience: None) -> None:
    """A short wait for the reply to HELLO, where none will come."""
    monkeypatch.setattr(board, "TIMEOUTS", replace(board.TIMEOUTS, hello_s=0.5))


@pytest.mark.usefixtures("short_hello")
def test_another_firmware_that_talks() -> None:
    with PtyBoard(lambda data: b"Zephyr shell> ") as at:
        assert (
            "is not edgeval's firmware, or has another baud rate than 921,600 (first bytes: b'Zephyr"
            in opening(at.port)
        )


@pytest.mark.usefixtures("short_hello")
def test_garbage() -> None:
    random = np.random.default_rng(0)
    with PtyBoard(lambda data: random.bytes(40)) as at:
        assert "is not edgeval's firmware" in opening(at.port)


@pytest.mark.usefixtures("short_hello")
def test_silence() -> None:
    with (
        PtyBoard(lambda data: b"") as at,
        pytest.raises(DeviceTimeout, match=r"nothing answers at .*reset button"),
    ):
        board.open_serial(TARGET, at.port)


def test_another_protocol_version() -> None:
    def version_2(data: bytes) -> bytes:
        (request,) = [frame for frame in decode([data]) if frame is not None]
        return Frame(request.opcode | 0x80, request.sequence, version=2).encode()

    with PtyBoard(version_2) as at:
        assert (
            "speaks protocol 2, this edgeval speaks 1; write the firmware of this edgeval to it"
            in opening(at.port)
        )


def test_a_board_that_is_another_target() -> None:
    with PtyBoard(fake(target="stm32f746")) as at:
        assert f"stm32f407 at {at.port}: the board there is stm32f746; ask for --target stm32f746" in opening(
            at.port
        )


def test_another_engine_and_another_build() -> None:
    with PtyBoard(fake(engine="tflm")) as at:
        assert (
            "runs engine tflm, not builtin; write the other: edgeval firmware flash --target stm32f407"
            in opening(at.port)
        )
    with PtyBoard(fake(build_id=b"\xab" * 20)) as at:
        assert (
            f"runs another build of the firmware (abababab, stm32f407-builtin.elf is {ELF.build_id[:8]})"
            in (opening(at.port))
        )


def test_a_hung_firmware(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "TIMEOUTS", replace(board.TIMEOUTS, infer_s=0.1))
    with PtyBoard(failing_at(Op.INFER, lambda data: b"")) as at, board.open_serial(TARGET, at.port) as device:
        device.load(MODEL)
        with pytest.raises(
            DeviceTimeout, match=r"did not answer INFER .*it hangs .*: press its reset button"
        ):
            device.invoke(INPUT)


def test_a_crash_tells_function_and_line() -> None:
    """Reference: the symbol table and the line table of the ELF, read with pyelftools."""
    pc = ELF.symbols["frame_crc32"] & ~1
    words = [0, 1, 2, 3, 12, 0x08000101, pc, 0x01000000, 0x20001F00, 1 << 9 | 1 << 15, 1 << 30, 0, 0xA0000000]
    payload = b"".join(word.to_bytes(4, "little") for word in words)

    def crash(data: bytes) -> bytes:
        (request,) = [frame for frame in decode([data]) if frame is not None]
        return Frame(request.opcode | 0x80, request.sequence, payload, Status.FAULT).encode()

    with PtyBoard(failing_at(Op.INFER, crash)) as at, board.open_serial(TARGET, at.port) as device:
        device.load(MODEL)
        with pytest.raises(DeviceFault) as caught:
            device.invoke(INPUT)
    text = str(caught.value)
    assert text.startswith(
        f"stm32f407 at {at.port} crashed: data access to an address without memory in frame_crc32 at crc32.c:"
    )
    assert f"(0x{pc:08x}), data address 0xa0000000" in text


def test_the_cable_is_pulled() -> None:
    with PtyBoard(fake()) as at, board.open_serial(TARGET, at.port) as device:
        device.load(MODEL)
        at.pull_cable()
        with pytest.raises(DeviceError, match=f"{at.port} is gone .*plug it in and run again"):
            device.invoke(INPUT)


def test_only_a_boards_session_is_recorded(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="add --runner serial"):
        open_target("stm32f407", record=tmp_path / "session.jsonl")


def test_the_troubleshooting_table_has_real_messages() -> None:
    """Reference: the sources of edgeval/devices."""
    root = Path(__file__).resolve().parents[2]
    sources = "".join(path.read_text() for path in (root / "edgeval" / "devices").rglob("*.py"))
    joined = re.sub(r'"\s*\n\s*f?"', "", sources)  # literals over several lines
    table = (root / "docs" / "BOARDS.md").read_text().partition("## Troubleshooting")[2]
    messages = re.findall(r"^\| `(.*?)` \|", table, re.MULTILINE)
    assert len(messages) > 15
    assert [message for message in messages if message not in joined] == []
