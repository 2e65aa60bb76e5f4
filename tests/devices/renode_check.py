"""Talks to firmware at a TCP port of Renode and prints one verdict, for tests/devices/renode_same_bytes.robot.

    python -m tests.devices.renode_check --target stm32f746 --port 3456

prints `PASS stm32f746: ...` where the firmware there gives the bytes that the same ELF gives under Unicorn, and
`FAIL stm32f746: ...` in every other case, also where nothing answers. `--changed` flips one bit of what Unicorn
gave: then the verdict has to be FAIL, or this program does not compare.
"""

from __future__ import annotations

import argparse
import socket
import time

import numpy as np

from edgeval import targets
from edgeval.devices.build.elf import read_elf
from edgeval.devices.device import Device, FirmwareDevice
from edgeval.devices.opening import open_target
from edgeval.devices.process import await_firmware
from edgeval.devices.renode import START_S, TIMEOUTS
from edgeval.devices.wire.session import Session
from edgeval.errors import DeviceError
from tests.firmware.cases import Case, make_case

CONNECT_S = 20.0
SEEDS = range(0, 60, 3)  # every third case is a graph


class PortLink:
    """A Link to a TCP port, which may open a little later."""

    def __init__(self, port: int) -> None:
        deadline = time.monotonic() + CONNECT_S
        while True:
            try:
                self._socket = socket.create_connection(("127.0.0.1", port))
                return
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def write(self, data: bytes) -> None:
        self._socket.sendall(data)

    def read(self, timeout_s: float) -> bytes:
        self._socket.settimeout(max(timeout_s, 0.001))
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return b""
        if not data:
            raise DeviceError("Renode has closed the port; see its log")
        return data

    def close(self) -> None:
        self._socket.close()


def attached(target: str, port: int) -> FirmwareDevice:
    """The firmware behind a port; DeviceError where it is not the ELF of this checkout."""
    session = Session(PortLink(port), f"{target} at port {port}", TIMEOUTS)
    await_firmware(session, START_S)
    device = FirmwareDevice(session, session.where)
    if device.hello.build_id != read_elf(targets.load(target).elf_path("builtin")).build_id:
        raise DeviceError(f"{device.name} runs another build, {device.hello.build_id[:8]}")
    return device


def answer(device: Device, case: Case) -> bytes:
    """The outputs of one case as bytes."""
    device.load(case.model)
    inputs = [x.reshape(info.shape) for x, info in zip(case.inputs, device.inputs, strict=True)]
    outputs = device.invoke(*inputs)
    return b"".join(
        np.asarray(part).tobytes() for part in (outputs if isinstance(outputs, list) else [outputs])
    )


def verdict(target: str, port: int, changed: bool) -> str:
    """The line that this program prints."""
    cases = [make_case(seed) for seed in SEEDS]
    try:
        with attached(target, port) as device, open_target(target) as unicorn:
            different = 0
            for case in cases:
                ours, theirs = bytearray(answer(unicorn, case)), answer(device, case)
                ours[0] ^= changed
                different += bytes(ours) != theirs
    except (DeviceError, OSError) as error:
        return f"FAIL {target}: {error}"
    word = "FAIL" if different else "PASS"
    return f"{word} {target}: {len(cases) - different} of {len(cases)} models give the bytes of Unicorn"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--target", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--changed", action="store_true")
    given = parser.parse_args()
    line = verdict(given.target, given.port, given.changed)
    print(line, flush=True)
    return 0 if line.startswith("PASS") else 1


if __name__ == "__main__":
    raise SystemExit(main())
