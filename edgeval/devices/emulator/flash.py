"""Flash controllers: unlock, erase whole sectors, program erased words. Anything else is a fault.

The real chips forgive some of it (programming over old data ANDs the bits, or sets an error flag that nobody
reads); the emulator does not.
"""

from __future__ import annotations

from collections.abc import Callable

from edgeval.devices.emulator.peripherals import Registers
from edgeval.errors import DeviceFault
from edgeval.targets import Target

KEYS = [0x45670123, 0xCDEF89AB]
PROGRAM, ERASE, START, LOCK = 1 << 0, 1 << 1, 1 << 16, 1 << 31


class Flash(Registers):
    """Erase and program of the model slot. `dual_bank_pages` chooses the STM32L4+ registers."""

    def __init__(
        self,
        target: Target,
        read_memory: Callable[[int, int], bytes],
        write_memory: Callable[[int, bytes], None],
    ) -> None:
        by_page = target.family == "stm32l4"
        self._keyr, self._status, self._control = (0x08, 0x10, 0x14) if by_page else (0x04, 0x0C, 0x10)
        self._by_page = by_page
        super().__init__({self._control: LOCK, 0x20: 1 << 22 if by_page else 0})
        self._target = target
        self._read_memory = read_memory
        self._write_memory = write_memory
        self._keys: list[int] = []

    def lock(self) -> None:
        """The state after a reset."""
        self.values[self._control] = LOCK
        self._keys = []

    def write(self, offset: int, value: int) -> None:
        if offset == self._keyr:
            self._key(value)
        elif offset == self._control:
            self._set_control(value)
        elif offset != self._status:  # its flags are cleared by writing ones; none is ever set
            super().write(offset, value)

    def _key(self, value: int) -> None:
        self._keys = [*self._keys, value][-2:]
        if self._keys == KEYS:
            self.values[self._control] &= ~LOCK

    def _set_control(self, value: int) -> None:
        if self.values[self._control] & LOCK and not value & LOCK:
            return  # the chip ignores writes to a locked register
        self.values[self._control] = value & ~START
        if value & START and value & ERASE:
            self._erase(value)

    def _erase(self, control: int) -> None:
        number = control >> 3 & (0xFF if self._by_page else 0xF)
        if self._by_page and control >> 11 & 1:
            number += len(self._target.flash.sectors) // 2
        sectors = self._target.flash.sectors
        if number >= len(sectors) or sectors[number].address < self._target.slot.address:
            raise DeviceFault(
                f"the firmware erases flash sector {number}, which is not part of the model slot"
            )
        self._write_memory(sectors[number].address, b"\xff" * sectors[number].bytes)

    def program(self, address: int, data: bytes) -> str:
        """A write of the core to the flash; returns what is wrong with it, "" where nothing is."""
        control = self.values[self._control]
        if control & LOCK or not control & PROGRAM:
            return "write to flash that is not unlocked for programming"
        if not self._target.slot.holds(address):
            return "write to flash outside of the model slot"
        if len(data) != 4 or address % 4:
            return "write to flash that is not a whole, aligned word"
        if self._read_memory(address, 4) != b"\xff\xff\xff\xff":
            return "write to flash that was not erased"
        self._write_memory(address, data)
        return ""
