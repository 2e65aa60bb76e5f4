"""The firmware in Renode: the same ELF on a machine of our own description, the UART as a TCP port.

A board that Renode can run has its script and platform description in its folder, firmware/boards/<board>. The model
goes through the link into the flash, as on a board. Renode counts instructions instead of time: it gives outputs
and memory use, no latency.
"""

from __future__ import annotations

import re
import socket
import subprocess
import time
from functools import cache
from pathlib import Path

from edgeval.devices.build.elf import read_elf
from edgeval.devices.build.host import firmware_sources
from edgeval.devices.device import FirmwareDevice
from edgeval.devices.process import Emulator, SocketLink, await_firmware, require_program
from edgeval.devices.wire.session import Session, Timeouts
from edgeval.errors import DeviceTimeout, ToolError
from edgeval.targets import Target

PROGRAM = "renode"
HINT = "unpack its portable release and put it on the PATH, see docs/RUNNERS.md"
START_S = 180.0  # the .NET runtime, and the platform that it compiles; seconds on a free machine
TIMEOUTS = Timeouts(hello_s=1.0, request_s=30.0, erase_s=60.0, commit_s=60.0, infer_s=600.0)
RETRY_S = 0.1


class RenodeDevice(FirmwareDevice):
    """`target`'s firmware `elf` in Renode, which has a script for it. ToolError where Renode is absent."""

    def __init__(self, target: Target, elf: Path) -> None:
        renode = require_program(PROGRAM, HINT)
        name = f"{target.name} in Renode"
        port = _free_port()
        emulator = Emulator(name, [renode, *_arguments(script(target), elf, port)])
        self._link = SocketLink()
        session = Session(self._link, name, TIMEOUTS)
        try:
            self._link.connect(emulator, _connected(emulator, port))
            await_firmware(session, START_S)
            super().__init__(session, name)
            self.session.locate = read_elf(elf).describe
        except BaseException:
            emulator.close()
            raise


def script(target: Target) -> Path:
    """The script that makes the machine of a target; there is a file only for targets that Renode can run."""
    return firmware_sources() / "boards" / target.board / "renode.resc"


def _arguments(script: Path, elf: Path, port: int) -> list[str]:
    """Headless, and its monitor on our pipe instead of a network port."""
    commands = [f"$elf={_path(elf.resolve())}", f"$port={port}", f"include {_path(script)}"]
    execute = [argument for command in commands for argument in ("-e", command)]
    return ["--console", "--disable-xwt", "--plain", *execute]


def _path(path: Path) -> str:
    """A path as Renode's monitor reads it."""
    return "@" + str(path).replace(" ", "\\ ")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _connected(emulator: Emulator, port: int) -> socket.socket:
    """The socket of the UART, as soon as the script has made it."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if not emulator.running:
            raise emulator.ended()
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=RETRY_S)
        except OSError:
            time.sleep(RETRY_S)
    raise DeviceTimeout(f"{emulator.name} has not opened its UART within {START_S:g} s: {emulator.said()}")


@cache
def version() -> str:
    """`renode 1.16.1`: what a prediction file says of its origin. ToolError where Renode is absent."""
    program = require_program(PROGRAM, HINT)
    try:
        output = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=START_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"{program} --version does not end within {START_S:g} s; install it again") from error
    found = re.search(r"v(\d+\.\d+\.\d+)", output.stdout)
    if found is None:
        raise ToolError(f"{program} does not tell its version ({output.stderr.strip()}); install it again")
    return f"renode {found[1]}"
