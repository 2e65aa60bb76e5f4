"""The board itself: its serial port found and opened, and a check of what answers there."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

from edgeval.devices.build.elf import FirmwareElf, read_elf
from edgeval.devices.device import FirmwareDevice
from edgeval.devices.wire.link import Link
from edgeval.devices.wire.protocol import Hello
from edgeval.devices.wire.replay import REPLAY, ReplayLink, recording
from edgeval.devices.wire.session import Session, Timeouts
from edgeval.errors import DeviceError, DeviceTimeout
from edgeval.targets import Target

TIMEOUTS = Timeouts(shortest_s=4.0)
WRITE_S = 5.0  # a frame takes 12 ms at 921,600 baud; only a dead adapter takes so long
SHOWN_BYTES = 24
BUSY = {errno.EBUSY, errno.EAGAIN}
FORBIDDEN = {errno.EACCES, errno.EPERM}
ABSENT = {errno.ENOENT, errno.ENXIO, errno.ENODEV}


class SerialLink:
    """A Link over a serial port, for this process alone. `heard` are the first bytes that came."""

    def __init__(self, port: str, baud: int) -> None:
        self.port = port
        self.heard = b""
        self._serial = _opened(port, baud)

    def write(self, data: bytes) -> None:
        import serial

        try:
            self._serial.write(data)
        except serial.SerialTimeoutException as error:
            raise DeviceError(
                f"{self.port} takes no more bytes for {WRITE_S:g} s; unplug the board and plug it in again"
            ) from error
        except OSError as error:
            raise self._lost(error) from error

    def read(self, timeout_s: float) -> bytes:
        """What has arrived; DeviceError where the port is gone."""
        try:
            self._serial.timeout = timeout_s
            data = bytes(self._serial.read(1))
            data += bytes(self._serial.read(self._serial.in_waiting))
        except OSError as error:
            raise self._lost(error) from error
        self.heard = (self.heard + data)[:SHOWN_BYTES]
        return data

    def close(self) -> None:
        self._serial.close()

    def _lost(self, error: OSError) -> DeviceError:
        return DeviceError(
            f"{self.port} is gone ({error}): the cable was pulled, the board lost its supply, or another program "
            "reads the port too; plug it in and run again"
        )


def _opened(port: str, baud: int) -> Any:
    import serial

    try:
        return serial.Serial(port, baud, timeout=0, write_timeout=WRITE_S, exclusive=True)
    except (OSError, ValueError) as error:
        raise DeviceError(_opening_problem(port, error)) from error


def _opening_problem(port: str, error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number in BUSY:
        return f"{port} is in use by another program; close that program (a terminal, another edgeval) first"
    if number in FORBIDDEN:
        return (
            f"no permission to open {port}; on Linux join its group, `sudo usermod -aG dialout $USER`, "
            "and log in again, or install the udev rule of docs/BOARDS.md"
        )
    if number in ABSENT:
        return (
            f"there is no port {port}; ports seen: {_seen()}; plug the board in or name another with --port"
        )
    return f"{port} cannot be opened as a serial port: {error}; name another with --port"


def find_port(target: Target) -> str:
    """The one serial port with a USB id of the target's board; DeviceError where none or several have it."""
    from serial.tools import list_ports

    uart = target.uart
    found = [
        port.device
        for port in list_ports.comports()
        if port.vid == uart.usb_vendor and port.pid in uart.usb_products
    ]
    if len(found) == 1:
        return str(found[0])
    ids = " or ".join(f"{uart.usb_vendor:04x}:{product:04x}" for product in uart.usb_products)
    if not found:
        raise DeviceError(
            f"no {target.board_name} found: no serial port has USB id {ids}; ports seen: {_seen()}; plug the board in, "
            "or name its port with --port"
        )
    raise DeviceError(
        f"{len(found)} ports have the USB id of {target.board_name} ({ids}): {', '.join(sorted(found))}; name one with "
        "--port"
    )


def _seen() -> str:
    from serial.tools import list_ports

    return ", ".join(_named(port) for port in sorted(list_ports.comports())) or "none"


def _named(port: Any) -> str:
    return f"{port.device} ({port.vid:04x}:{port.pid:04x})" if port.vid is not None else str(port.device)


def open_serial(
    target: Target, port: str | None = None, engine: str = "builtin", record: Path | None = None
) -> FirmwareDevice:
    """The board with this edgeval's firmware of `engine`.

    `port` None is the one with the board's USB id; `replay:FILE` is a recorded session in a board's place.
    `record` names a file for every byte of the session. DeviceError where the port cannot be opened, nothing or
    something else answers, or another target, engine or build; DeviceTimeout for silence.
    """
    elf = read_elf(target.elf_path(engine))
    if port is not None and port.startswith(REPLAY):
        return _replayed(target, engine, elf, Path(port[len(REPLAY) :]))
    port = port or find_port(target)
    raw = SerialLink(port, target.uart.baud)
    name = f"{target.name} at {port}"
    try:
        link: Link = raw if record is None else recording(raw, record, f"board at {port}", target.name)
        return _checked(FirmwareDevice(Session(link, name, TIMEOUTS), name), target, engine, elf)
    except DeviceTimeout as error:
        raw.close()
        raise DeviceTimeout(_unanswered(raw, target)) from error
    except BaseException:
        raw.close()
        raise


def _replayed(target: Target, engine: str, elf: FirmwareElf, path: Path) -> FirmwareDevice:
    link = ReplayLink(path)
    name = f"{target.name} as recorded in {path} ({link.origin})"
    session = Session(link, name, TIMEOUTS, link.first_sequence)
    return _checked(FirmwareDevice(session, name), target, engine, elf)


def _unanswered(link: SerialLink, target: Target) -> str:
    flash = f"edgeval firmware flash --target {target.name}"
    if link.heard:
        return (
            f"what answers at {link.port} is not edgeval's firmware, or has another baud rate than "
            f"{target.uart.baud:,} (first bytes: {link.heard!r}); write the firmware: {flash}"
        )
    return (
        f"nothing answers at {link.port} (asked 5 times within 5 s); check the wiring of docs/BOARDS.md and press "
        f"the board's reset button, or write the firmware: {flash}"
    )


def _checked(device: FirmwareDevice, target: Target, engine: str, elf: FirmwareElf) -> FirmwareDevice:
    """The device, where it runs the firmware that it should."""
    hello, flash = device.hello, f"edgeval firmware flash --target {target.name}"
    if engine != "builtin":
        flash += f" --engine {engine}"
    if hello.target != target.name:
        raise DeviceError(
            f"{device.name}: the board there is {hello.target}; ask for --target {hello.target}, or name the "
            "other board with --port"
        )
    if hello.engine != engine:
        raise DeviceError(f"{device.name} runs engine {hello.engine}, not {engine}; write the other: {flash}")
    if hello.build_id != elf.build_id:
        raise DeviceError(
            f"{device.name} runs another build of the firmware ({hello.build_id[:8]}, {elf.path.name} is "
            f"{elf.build_id[:8]}); write this one: {flash}"
        )
    device.session.locate = elf.describe
    return device


def describe(hello: Hello) -> str:
    """One line: who answers."""
    return (
        f"edgeval firmware for {hello.target}, engine {hello.engine} {hello.engine_version}, build "
        f"{hello.build_id[:8]}, core {hello.core_hz / 1e6:g} MHz, time source: {hello.time_source}"
    )
