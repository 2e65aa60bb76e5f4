"""Requests over a bad line: every answer is the one of a good line, whatever is lost, damaged, cut or doubled.

    python -m tests.reliability.line fake --requests 1000000
    python -m tests.reliability.line pty --requests 1000000      the serial runner on a pseudo terminal
    python -m tests.reliability.line qemu --minutes 60           the firmware in QEMU; unicorn: in the emulator

The firmware's answers are held against those of the engine's build for this PC.

One in a hundred frames is lost, one damaged, one doubled, in either direction; the fake device also restarts.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np

from edgeval.devices.device import FirmwareDevice
from edgeval.devices.fake import FakeFirmware, FakeLink, FaultPlan
from edgeval.devices.host import HostEngine
from edgeval.devices.opening import open_target
from edgeval.devices.serial import SerialLink
from edgeval.devices.wire.link import Link
from edgeval.devices.wire.session import Session, Timeouts
from edgeval.errors import DeviceError
from tests.devices.pty_board import PtyBoard, through
from tests.firmware.cases import make_case
from tests.reliability.log import LOG, Entry, append

SHARE = 0.01  # of the frames, of each kind of damage, in each direction
REQUESTS_PER_RESET = 5_000
INPUT_BYTES, MODEL_BYTES = 100, 3_000
SHORT = Timeouts(shortest_s=0.02)  # the lines here have no latency of their own
ENTRY_REQUESTS, ENTRY_S = 100_000, 300.0


class BadLine:
    """A Link that loses, damages, cuts and doubles what goes through it, both ways."""

    def __init__(self, link: Link, seed: int) -> None:
        self.link, self.random = link, random.Random(seed)
        self.requests = self.frames = self.lost = self.damaged = self.doubled = 0
        self._arrived: list[bytes] = []
        self._swallowed = False

    @property
    def waits_for_input(self) -> bool:
        """As the link says, where it knows; a reply that was lost here will not come either."""
        inner = getattr(self.link, "waits_for_input", None)
        return not self._arrived and (self._swallowed if inner is None else bool(inner))

    def write(self, data: bytes) -> None:
        self._swallowed = False
        self.requests += 1
        for part in self._disturbed(data):
            self.link.write(part)

    def read(self, timeout_s: float) -> bytes:
        if not self._arrived:
            data = self.link.read(timeout_s)
            self._arrived = self._disturbed(data) if data else []
        return self._arrived.pop(0) if self._arrived else b""

    def close(self) -> None:
        self.link.close()

    def _disturbed(self, data: bytes) -> list[bytes]:
        self.frames += 1
        chance = self.random.random() / SHARE
        if chance < 1:
            self.lost += 1
            return []
        if chance < 2:
            self.damaged += 1
            return [self._damage(data)]
        self.doubled += chance < 3
        return [data, data] if chance < 3 else [data]

    def _damage(self, data: bytes) -> bytes:
        at, kind = self.random.randrange(len(data)), self.random.randrange(4)
        if kind == 0:
            return data[:at]  # cut off
        if kind == 1:
            return data[:at] + self.random.randbytes(self.random.randint(1, 40)) + data[at:]
        if kind == 2:
            return data[:at] + self.random.randbytes(8) + data[at + 8 :]
        return data[:at] + bytes([data[at] ^ 1 << self.random.randrange(8)]) + data[at + 1 :]


@dataclass
class Setup:
    """A device behind a bad line, its model where it is not loaded yet, and inputs with their right outputs."""

    device: FirmwareDevice
    line: BadLine
    model: bytes
    inputs: np.ndarray
    right: list[bytes]


def _fake(seed: int) -> tuple[FakeLink, bytes, np.ndarray, list[bytes]]:
    firmware = FakeFirmware(lambda data: bytes(255 - byte for byte in data[:10]), INPUT_BYTES, 10)
    numbers = random.Random(seed)
    resets = frozenset(
        at + numbers.randrange(REQUESTS_PER_RESET) for at in range(1000, 2_000_000, REQUESTS_PER_RESET)
    )
    rng = np.random.default_rng(seed)
    inputs = rng.integers(-128, 128, (256, 1, INPUT_BYTES), dtype=np.int8)
    link = FakeLink(firmware, FaultPlan(resets_at=resets, seed=seed))
    return link, rng.bytes(MODEL_BYTES), inputs, [firmware.run(one.tobytes()) for one in inputs]


@contextmanager
def on_fake(seed: int) -> Iterator[Setup]:
    link, model, inputs, right = _fake(seed)
    line = BadLine(link, seed)
    device = FirmwareDevice(Session(line, "fake", SHORT), "fake")
    yield Setup(device, line, model, inputs, right)


@contextmanager
def on_pty(seed: int) -> Iterator[Setup]:
    """The line is bad on the board's side of the terminal."""
    link, model, inputs, right = _fake(seed)
    line = BadLine(link, seed)
    with PtyBoard(through(line)) as board:
        port = SerialLink(board.port, 921_600)
        device = FirmwareDevice(Session(port, board.port, SHORT), "pty")
        yield Setup(device, line, model, inputs, right)
        port.close()


@contextmanager
def on_firmware(runner: str, seed: int) -> Iterator[Setup]:
    """The STM32F407's firmware with a small random model, a new one for every setup."""
    case = make_case(seed % 500)
    while len(case.inputs) != 1 or len(case.model) > 20_000:
        seed += 1
        case = make_case(seed % 500)
    rng, form, reference = np.random.default_rng(seed), case.inputs[0], HostEngine()
    inputs = rng.integers(-128, 128, (16, *form.shape), dtype=np.int8)
    reference.load(case.model)
    right = [_bytes(reference.invoke(one)) for one in inputs]
    with open_target("stm32f407", runner) as device:
        assert isinstance(device, FirmwareDevice)
        device.load(case.model)
        line = BadLine(device.session.link, seed)
        device.session.link, device.session.timeouts = line, Timeouts(shortest_s=0.1)
        yield Setup(device, line, b"", inputs, right)


def _bytes(outputs: np.ndarray | list[np.ndarray]) -> bytes:
    return b"".join(one.tobytes() for one in (outputs if isinstance(outputs, list) else [outputs]))


SETUPS = {
    "fake": on_fake,
    "pty": on_pty,
    "unicorn": partial(on_firmware, "unicorn"),
    "qemu": partial(on_firmware, "qemu"),
}


def campaign(kind: str, requests: int, seconds: float, seed: int) -> Entry:
    """Inferences over one bad line until so many requests or seconds are over."""
    start, wrong, gave_up, done = time.monotonic(), 0, 0, 0
    with SETUPS[kind](seed) as setup:
        if setup.model:
            setup.device.load(setup.model)
        while setup.line.requests < requests and time.monotonic() - start < seconds:
            at = done % len(setup.inputs)
            try:
                wrong += _bytes(setup.device.invoke(setup.inputs[at])) != setup.right[at]
                done += 1
            except DeviceError:
                gave_up += 1  # five attempts in a row were hit: an error, and no answer
        line, session = setup.line, setup.device.session
        details = {
            "inferences": done, "errors": gave_up, "frames": line.frames, "lost": line.lost, "damaged": line.damaged,
            "doubled": line.doubled, "sent again": session.retries, "model loaded again": setup.device.restarts,
        }  # fmt: skip
        command = f"python -m tests.reliability.line {kind}"
        return Entry(
            f"line {kind}", command, seed, setup.line.requests, wrong, time.monotonic() - start, details
        )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=SETUPS)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=float, default=600.0)
    options = parser.parse_args()
    end, left, wrong = time.monotonic() + 60 * options.minutes, options.requests, 0
    while left > 0 and time.monotonic() < end:
        seconds = min(ENTRY_S, end - time.monotonic())
        entry = campaign(options.kind, min(left, ENTRY_REQUESTS), seconds, time.time_ns() % 2**31)
        append(entry, LOG)
        left, wrong = left - entry.n, wrong + entry.failed
        print(f"{entry.campaign}: {entry.n:,} requests, {entry.failed} wrong", file=sys.stderr, flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
