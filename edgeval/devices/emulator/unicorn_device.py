"""The Unicorn machine as a device: the same session and protocol as a board."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgeval.devices.build.elf import FirmwareElf
from edgeval.devices.device import FirmwareDevice
from edgeval.devices.emulator.alignment import alignment_checked
from edgeval.devices.emulator.machine import Machine
from edgeval.devices.wire.link import Link
from edgeval.devices.wire.session import Session, Timeouts
from edgeval.targets import Target

# Nothing is lost on this line; only a hang takes so long, or a large model on a busy PC.
TIMEOUTS = Timeouts(hello_s=60.0, request_s=60.0, erase_s=60.0, commit_s=60.0, infer_s=300.0)


class UnicornLink:
    """The machine's UART. `waits_for_input` tells the session that no reply will come any more."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.waits_for_input = False

    def write(self, data: bytes) -> None:
        self.machine.send(data)
        self.waits_for_input = False

    def read(self, timeout_s: float) -> bytes:
        """Run the machine until it waits for input."""
        sent = self.machine.run(timeout_s)
        self.waits_for_input = not sent
        return sent

    def close(self) -> None:
        self.machine.close()


class UnicornDevice(FirmwareDevice):
    """Firmware on the emulated chip.

    The first inference of every model runs once more before it counts, slowly, with every access checked for
    alignment: addresses do not depend on the data, so one inference shows them all. `check_alignment` turns
    that off for further processes that run the same model.
    """

    def __init__(
        self, target: Target, elf: FirmwareElf, link: Link | None = None, check_alignment: bool = True
    ) -> None:
        self.machine = Machine(target, elf)
        self._check_alignment = check_alignment
        name = f"emulated {target.name}"
        super().__init__(Session(link or UnicornLink(self.machine), name, TIMEOUTS), name)

    def close(self) -> None:
        super().close()
        self.machine.close()  # whatever link was given

    def load(self, model: bytes | str | Path) -> None:
        """Write the model into the flash slot, open it, and check one inference for alignment."""
        super().load(model)
        if self._check_alignment:
            with alignment_checked(self.machine):
                self.invoke(*(np.zeros(info.shape, info.dtype) for info in self.inputs))
