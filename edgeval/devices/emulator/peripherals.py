"""Peripherals of the emulated chips: what the firmware touches, nothing more.

A peripheral answers reads and writes of its registers by offset. Registers without behaviour keep what was
written. References: RM0090 (STM32F4), RM0385 (STM32F7), RM0432 (STM32L4+).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

READY_BITS = {
    # register offset: (enable bit, ready bit) pairs
    "rcc": {0x00: ((0, 1), (8, 10), (16, 17), (24, 25))},
    "pwr": {},
}
CFGR = 0x08  # clock source: switch in bits 0 and 1, switch status in bits 2 and 3


class Peripheral(Protocol):
    def read(self, offset: int) -> int: ...

    def write(self, offset: int, value: int) -> None: ...


class Registers:
    """Plain registers: GPIO, DMAMUX, and the base of the others."""

    def __init__(self, reset: dict[int, int] | None = None) -> None:
        self.values = dict(reset or {})

    def read(self, offset: int) -> int:
        return self.values.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        self.values[offset] = value & 0xFFFFFFFF


class Rcc(Registers):
    """Clock control: every oscillator that is switched on is ready, every clock switch is done at once."""

    def write(self, offset: int, value: int) -> None:
        if offset == 0x00:
            for enable, ready in READY_BITS["rcc"][0x00]:
                value = value | 1 << ready if value >> enable & 1 else value & ~(1 << ready)
        elif offset == CFGR:
            value = value & ~0xC | (value & 3) << 2
        super().write(offset, value)


class PwrF7(Registers):
    """Power control of the STM32F7: the over-drive bits of CR1 (0x00) are ready in CSR1 (0x04)."""

    def read(self, offset: int) -> int:
        if offset == 0x04:
            return self.values.get(0x00, 0) & 0x30000 | 1 << 14
        return super().read(offset)


class SystemControl(Registers):
    """The core's own registers at 0xE0000000. There is no cycle counter: this emulator does not model time."""

    AIRCR = 0xED0C
    RESET_REQUEST = 0x05FA0004

    def __init__(self, on_reset: Callable[[], None]) -> None:
        super().__init__()
        self._on_reset = on_reset

    def read(self, offset: int) -> int:
        return 0 if 0x1000 <= offset < 0x2000 else super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == self.AIRCR and value == self.RESET_REQUEST:
            self._on_reset()
        super().write(offset, value)


class Dma(Registers):
    """DMA streams (F4, F7) or channels (L4), as far as the UART needs them.

    `lanes` maps the offset of a lane's control register to its direction; count, peripheral and memory
    address are the next three registers in both generations.
    """

    def __init__(
        self,
        receive_at: int,
        transmit_at: int,
        receive: Callable[[int, int, int], int],
        transmit: Callable[[int, int], None],
    ) -> None:
        super().__init__()
        self._receive_at = receive_at
        self._transmit_at = transmit_at
        self._receive = receive
        self._transmit = transmit
        self._ring_bytes = 0
        self._position = 0  # of the next received byte in the ring

    def read(self, offset: int) -> int:
        if offset == self._receive_at + 4 and self.values.get(self._receive_at, 0) & 1:
            ring = self.values.get(self._receive_at + 12, 0)
            self._position = self._receive(ring, self._ring_bytes, self._position)
            return self._ring_bytes - self._position
        return self.values.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        super().write(offset, value)
        if offset == self._receive_at and value & 1:
            self._ring_bytes = self.values.get(offset + 4, 0)
            self._position = 0
        elif offset == self._transmit_at and value & 1:
            self._transmit(self.values.get(offset + 12, 0), self.values.get(offset + 4, 0))
            self.values[offset + 4] = 0
            self.values[offset] = value & ~1


class Usart:
    """USART or LPUART whose bytes travel by DMA: a whole frame moves in one step.

    `waiting` is called when the firmware looks at the line while nothing is left to receive.
    """

    BATCH_BYTES = 512  # a quarter of the firmware's ring, which it empties between two batches
    STATUS_IDLE = 0xC0  # transmit register empty, transmission complete

    def __init__(
        self,
        status_at: int,
        read_memory: Callable[[int, int], bytes],
        write_memory: Callable[[int, bytes], None],
        waiting: Callable[[], None],
    ) -> None:
        self.incoming = bytearray()
        self.outgoing = bytearray()
        self._status_at = status_at
        self._read_memory = read_memory
        self._write_memory = write_memory
        self._waiting = waiting
        self._polled_empty = False
        self._values: dict[int, int] = {}

    def arrive(self, data: bytes) -> None:
        """Bytes from the other end of the line."""
        self.incoming += data
        self._polled_empty = False

    def read(self, offset: int) -> int:
        if offset == self._status_at:
            if self._polled_empty:
                self._waiting()
            return self.STATUS_IDLE
        return self._values.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        self._values[offset] = value

    def receive(self, ring: int, ring_bytes: int, position: int) -> int:
        """Move received bytes into the ring at `position`; returns the new position."""
        batch = bytes(self.incoming[: self.BATCH_BYTES])
        self._polled_empty = not batch
        if not batch:
            return position
        del self.incoming[: len(batch)]
        first = batch[: ring_bytes - position]
        self._write_memory(ring + position, first)
        if len(batch) > len(first):
            self._write_memory(ring, batch[len(first) :])
        return (position + len(batch)) % ring_bytes

    def transmit(self, address: int, count: int) -> None:
        """Send `count` bytes of memory."""
        self._polled_empty = False
        self.outgoing += self._read_memory(address, count)
