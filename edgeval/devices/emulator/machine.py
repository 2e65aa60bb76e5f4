"""A Unicorn machine built from a target: memories, peripherals, run until the firmware waits for input.

Nothing of the firmware is replaced or skipped. No hook runs during an inference, so the emulation goes at
full speed; accesses outside of the memory map are found by the memory map itself.
"""

from __future__ import annotations

import gc
from typing import Any

from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB, Uc, UcError, unicorn_const as uc_const
from unicorn.arm_const import (
    UC_ARM_REG_CONTROL,
    UC_ARM_REG_LR,
    UC_ARM_REG_MSP,
    UC_ARM_REG_PC,
    UC_ARM_REG_SP,
    UC_CPU_ARM_CORTEX_M4,
    UC_CPU_ARM_CORTEX_M7,
)

from edgeval.devices.build.elf import FirmwareElf
from edgeval.devices.emulator.flash import Flash
from edgeval.devices.emulator.peripherals import Dma, Peripheral, PwrF7, Rcc, Registers, SystemControl, Usart
from edgeval.devices.emulator.watchdog import Watchdog
from edgeval.errors import DeviceError, DeviceFault, DeviceTimeout
from edgeval.targets import Memory, Target

CPUS = {"cortex-m4": UC_CPU_ARM_CORTEX_M4, "cortex-m7": UC_CPU_ARM_CORTEX_M7}
PAGE = 0x1000
CORE_PERIPHERALS = Memory("core peripherals", 0xE0000000, 0x100000)
NOWHERE = 0  # stop address that the firmware never reaches: no memory is there
RAM_AT_POWER_UP = 0xAA  # nobody may rely on zeros
STATUS_AT = {"stm32f4": 0x00, "stm32f7": 0x1C, "stm32l4": 0x1C}
DMA_LANES = {"stm32f4": (0x40, 0xB8), "stm32f7": (0x40, 0xB8), "stm32l4": (0x08, 0x1C)}  # control registers


class Machine:
    """One emulated chip running one firmware ELF."""

    def __init__(self, target: Target, elf: FirmwareElf) -> None:
        self.target = target
        self.elf = elf
        self.uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
        self.uc.ctl_set_cpu_model(CPUS[target.core])
        self._closed = False
        self._idle = False
        self._reset_requested = False
        self._timed_out = False
        self._invalid: tuple[str, int, int] | None = None
        self._watchdog = Watchdog(self._stop_late)
        self._map_memories()
        self._map_peripherals()
        self._load()
        self.reset()

    def close(self) -> None:
        """Give the emulated memory back at once; nothing runs here any more."""
        if self._closed:
            return
        self._closed = True
        self._watchdog.end()
        del self.uc
        gc.collect()  # its callbacks are in a cycle of references that ctypes.cast makes, so nothing else frees them

    def send(self, data: bytes) -> None:
        """Bytes for the firmware's UART."""
        self.usart.arrive(data)

    def run(self, timeout_s: float) -> bytes:
        """Run until the firmware waits for input; returns what it has sent.

        Raises DeviceFault where the firmware does what the chip does not allow, DeviceTimeout where it does
        not come back in `timeout_s`, DeviceError after `close`.
        """
        if self._closed:
            raise DeviceError(f"the emulated {self.target.name} is closed; open it again")
        self._idle = self._timed_out = False
        self._watchdog.start(timeout_s)
        try:
            while not self._idle:
                self._go()
        finally:
            self._watchdog.stop()
        sent = bytes(self.usart.outgoing)
        self.usart.outgoing.clear()
        return sent

    def execute(self, address: int, until: int) -> None:
        """Run from `address` until `until` is reached or something stops the emulation."""
        self._invalid = None
        try:
            self.uc.emu_start(address | 1, until)
        except UcError as error:
            raise DeviceFault(self._fault_text(error)) from error

    def _go(self) -> None:
        self.execute(self.pc, NOWHERE)
        if self._timed_out:
            raise DeviceTimeout(f"the emulated {self.target.name} hangs in {self.elf.describe(self.pc)}")
        if self._reset_requested:
            self.reset()

    def reset(self) -> None:
        """Start from the vector table, as after a reset. Memories keep their contents."""
        self._reset_requested = False
        self.flash.lock()
        vectors = bytes(self.uc.mem_read(self.target.flash.memory.address, 8))
        self.uc.reg_write(UC_ARM_REG_CONTROL, 0)
        self.uc.reg_write(UC_ARM_REG_MSP, int.from_bytes(vectors[:4], "little"))
        self.uc.reg_write(UC_ARM_REG_SP, int.from_bytes(vectors[:4], "little"))
        self.uc.reg_write(UC_ARM_REG_LR, 0xFFFFFFFF)
        self.uc.reg_write(UC_ARM_REG_PC, int.from_bytes(vectors[4:], "little"))

    @property
    def pc(self) -> int:
        return int(self.uc.reg_read(UC_ARM_REG_PC))

    def read_memory(self, address: int, count: int) -> bytes:
        """Bytes of the emulated memory."""
        return bytes(self.uc.mem_read(address, count))

    def write_memory(self, address: int, data: bytes) -> None:
        """Change the emulated memory, whatever its protection."""
        self.uc.mem_write(address, data)

    def _map_memories(self) -> None:
        flash = self.target.flash.memory
        self.uc.mem_map(flash.address, flash.bytes, uc_const.UC_PROT_READ | uc_const.UC_PROT_EXEC)
        self.uc.mem_write(flash.address, b"\xff" * flash.bytes)
        for region in self.target.ram:
            # Code in RAM would be a bug: the firmware has none.
            self.uc.mem_map(region.address, region.bytes, uc_const.UC_PROT_READ | uc_const.UC_PROT_WRITE)
            self.uc.mem_write(region.address, bytes([RAM_AT_POWER_UP]) * region.bytes)
        self.uc.hook_add(uc_const.UC_HOOK_MEM_WRITE_PROT, self._on_flash_write)
        self.uc.hook_add(uc_const.UC_HOOK_MEM_UNMAPPED, self._on_unmapped)
        self.uc.hook_add(uc_const.UC_HOOK_MEM_FETCH_PROT, self._on_unmapped)

    def _map_peripherals(self) -> None:
        memory = (self.read_memory, self.write_memory)
        self.usart = Usart(STATUS_AT[self.target.family], *memory, self._on_waiting)
        self.flash = Flash(self.target, *memory)
        pages: dict[int, list[tuple[Memory, Peripheral]]] = {}
        for region in self.target.peripherals:
            pages.setdefault(region.address // PAGE, []).append((region, self._peripheral(region.name)))
        for number, residents in pages.items():
            self._map_page(number * PAGE, PAGE, residents)
        core = SystemControl(self._on_reset)
        self._map_page(CORE_PERIPHERALS.address, CORE_PERIPHERALS.bytes, [(CORE_PERIPHERALS, core)])

    def _peripheral(self, name: str) -> Peripheral:
        if name == self.target.uart.peripheral:
            return self.usart
        if name == "flash":
            return self.flash
        if name == "rcc":
            return Rcc()
        if name == "pwr" and self.target.family == "stm32f7":
            return PwrF7()
        if name.startswith("dma") and not name.startswith("dmamux"):
            return Dma(*DMA_LANES[self.target.family], self.usart.receive, self.usart.transmit)
        return Registers()

    def _map_page(self, start: int, size: int, residents: list[tuple[Memory, Peripheral]]) -> None:
        def find(offset: int) -> tuple[Peripheral, int]:
            for region, peripheral in residents:
                if region.holds(start + offset):
                    return peripheral, start + offset - region.address
            raise DeviceFault(self.at(f"access to 0x{start + offset:08x}, where no peripheral is"))

        found: dict[int, tuple[Peripheral, int]] = {}

        def read(uc: Uc, offset: int, width: int, data: Any) -> int:
            if offset not in found:
                found[offset] = find(offset)
            peripheral, register = found[offset]
            return peripheral.read(register)

        def write(uc: Uc, offset: int, width: int, value: int, data: Any) -> None:
            if offset not in found:
                found[offset] = find(offset)
            peripheral, register = found[offset]
            peripheral.write(register, value)

        self.uc.mmio_map(start, size, read, None, write, None)

    def _load(self) -> None:
        for segment in self.elf.segments:
            self.uc.mem_write(segment.address, segment.data)

    def _on_waiting(self) -> None:
        self._idle = True
        self.uc.emu_stop()

    def _on_reset(self) -> None:
        self._reset_requested = True
        self.uc.emu_stop()

    def _stop_late(self) -> None:
        self._timed_out = True
        self.uc.emu_stop()

    def _on_flash_write(self, uc: Uc, access: int, address: int, size: int, value: int, data: Any) -> bool:
        word = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
        problem = self.flash.program(address, word)
        if problem:
            self._invalid = (problem, address, size)
        return not problem

    def _on_unmapped(self, uc: Uc, access: int, address: int, size: int, value: int, data: Any) -> bool:
        kind = "write" if access == uc_const.UC_MEM_WRITE_UNMAPPED else "read"
        if access in (uc_const.UC_MEM_FETCH_UNMAPPED, uc_const.UC_MEM_FETCH_PROT):
            kind = "jump"
        self._invalid = (f"{kind} outside of the memory map", address, size)
        return False

    def _fault_text(self, error: UcError) -> str:
        if self._invalid is None:
            names = {uc_const.UC_ERR_INSN_INVALID: "undefined instruction"}
            return self.at(names.get(error.errno, str(error)))
        problem, address, size = self._invalid
        ram = self.target.ram[0].address
        if ram - PAGE <= address < ram and self.uc.reg_read(UC_ARM_REG_SP) <= ram + PAGE // 4:
            return self.at(f"stack overflow: access to 0x{address:08x}, below the stack's end 0x{ram:08x}")
        return self.at(f"{problem} ({size} bytes at 0x{address:08x})")

    def at(self, problem: str) -> str:
        """`problem` with the place in the firmware where it happened."""
        lr = int(self.uc.reg_read(UC_ARM_REG_LR))
        return (
            f"emulated {self.target.name}: {problem}, pc 0x{self.pc:08x} in {self.elf.describe(self.pc)}, "
            f"called from {self.elf.describe(lr - 2)}"
        )
