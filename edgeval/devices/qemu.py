"""The firmware in QEMU: the same ELF, the UART as a socket, one process a device.

QEMU's machine has the core, the memories and the USART, but neither RCC nor flash controller nor DMA, and its
flash is read-only to the guest. So the firmware stays at the reset clock, moves the bytes itself, and cannot write
the model: QEMU puts it into the slot before the core starts, and the firmware's LOAD_BEGIN finds it there, as it
finds one that a board has kept. That takes a new start for every model, about 0.3 s. Every instruction of an
inference is the same as elsewhere. QEMU models no time: it gives outputs and memory use, no latency.
"""

from __future__ import annotations

import re
import socket
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from edgeval.devices.build.elf import read_elf
from edgeval.devices.device import FirmwareDevice, model_bytes
from edgeval.devices.process import Emulator, SocketLink, await_firmware, require_program
from edgeval.devices.wire.session import Session, Timeouts
from edgeval.errors import ToolError
from edgeval.targets import Target

PROGRAM = "qemu-system-arm"
HINT = "on Debian and Ubuntu: apt install qemu-system-arm"
START_S = 180.0  # takes 0.3 s on a free machine, and was seen to take more than 30 s on an overloaded one
# Nothing is lost on this line but what arrives while the firmware starts; a busy machine takes long.
TIMEOUTS = Timeouts(hello_s=0.2, request_s=60.0, erase_s=60.0, commit_s=60.0, infer_s=300.0, shortest_s=3.0)


class QemuDevice(FirmwareDevice):
    """`target`'s firmware `elf` in QEMU, which has a machine for it. ToolError where QEMU is absent."""

    def __init__(self, target: Target, elf: Path) -> None:
        self._target = target
        self._elf = elf
        self._qemu = require_program(PROGRAM, HINT)
        self._link = SocketLink()
        name = f"{target.name} in QEMU"
        try:
            super().__init__(self._started(Session(self._link, name, TIMEOUTS)), name)
            self.session.locate = read_elf(elf).describe
        except BaseException:
            self._link.close()
            raise

    def load(self, model: bytes | str | Path) -> None:
        """Start again with the model in the slot, and open it. A model that is larger is left to the firmware,
        which refuses it."""
        data = model_bytes(model)
        if len(data) <= self._target.slot.bytes:
            self._started(self.session, data)
        super().load(data)

    def _started(self, session: Session, model: bytes = b"") -> Session:
        """QEMU reads the model before its core starts, so the file is gone when the firmware answers."""
        ours, theirs = socket.socketpair()
        with tempfile.NamedTemporaryFile(prefix="edgeval-") as file:
            file.write(model)
            file.flush()
            command = [self._qemu, *self._arguments(theirs.fileno(), file.name if model else None)]
            with theirs:
                emulator = Emulator(session.where, command, (theirs.fileno(),))
            self._link.connect(emulator, ours)
            await_firmware(session, START_S)
        return session

    def _arguments(self, uart: int, model: str | None) -> list[str]:
        arguments = ["-machine", str(self._target.qemu_machine), "-kernel", str(self._elf)]
        arguments += ["-nodefaults", "-display", "none", "-nic", "none"]
        arguments += ["-chardev", f"socket,id=uart,fd={uart}", "-serial", "chardev:uart"]
        if model is not None:
            slot = self._target.slot.address
            arguments += ["-device", f"loader,file={model},addr={slot:#x},force-raw=on"]
        return arguments


@cache
def version() -> str:
    """`qemu 7.2.22`: what a prediction file says of its origin. ToolError where QEMU is absent."""
    program = require_program(PROGRAM, HINT)
    output = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False)
    found = re.search(r"version (\d[\w.]*)", output.stdout)
    if found is None:
        raise ToolError(f"{program} does not tell its version ({output.stderr.strip()}); install it again")
    return f"qemu {found[1]}"
