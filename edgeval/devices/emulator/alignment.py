"""Finds accesses that fault on the core although Unicorn allows them: unaligned multiple and double accesses.

LDRD, STRD, LDM, STM, VLDR, VSTR, VLDM, VSTM and exclusive accesses need word alignment on Armv7-M, whatever
CCR.UNALIGN_TRP says (Armv7-M ARM, A3.2.1). The candidates are found in the code beforehand and only they are
watched. Their offsets are multiples of 4, so the base register decides. Left out: bases SP and PC, which are
always aligned, and instructions in IT blocks, which may be skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref, c_uint32
from dataclasses import dataclass
from typing import Any

from unicorn import Uc, unicorn_const as uc_const
from unicorn.arm_const import UC_ARM_REG_LR, UC_ARM_REG_R0

from edgeval.devices.build.elf import FirmwareElf
from edgeval.devices.emulator.machine import Machine
from edgeval.errors import DeviceFault

SP, LR, PC = 13, 14, 15


@dataclass(frozen=True)
class Access:
    """An instruction that needs an aligned address in register `base`."""

    address: int
    base: int


def base_register(first: int, second: int) -> int | None:
    """The base register of an instruction, given as half-words, that needs alignment; None for all others."""
    if first & 0xF000 == 0xC000:  # 16-bit LDM, STM
        return first >> 8 & 7
    if first & 0xFE00 == 0xE800:  # LDM, STM, LDRD, STRD, LDREX, STREX, but not TBB and TBH
        return None if first & 0xFFF0 == 0xE8D0 and second & 0xFFE0 == 0xF000 else first & 15
    if first & 0xFE00 == 0xEC00 and second & 0x0E00 == 0x0A00:  # VLDR, VSTR, VLDM, VSTM, but not VMOV
        return None if first & 0xFFE0 == 0xEC40 else first & 15
    return None


def candidates(elf: FirmwareElf) -> list[Access]:
    """All unconditional instructions of the firmware that need an aligned address."""
    found = []
    for address, first, second, conditional in elf.instructions():
        base = base_register(first, second)
        if base is not None and base not in (SP, PC) and not conditional:
            found.append(Access(address, base))
    return found


def register_id(number: int) -> int:
    """Unicorn's id of a core register; only R0 to R12 follow one another."""
    return UC_ARM_REG_LR if number == LR else UC_ARM_REG_R0 + number


@contextmanager
def alignment_checked(machine: Machine) -> Iterator[None]:
    """Check the machine's accesses in this block; DeviceFault at the first that the core refuses."""

    value = c_uint32()
    place = byref(value)
    read = machine.uc._do_reg_read  # Uc.reg_read takes four times as long as all the rest of this check

    def check(uc: Uc, address: int, size: int, register: int) -> None:
        read(register, place)
        if value.value & 3:
            raise DeviceFault(machine.at(f"unaligned access through 0x{value.value:08x}"))

    hooks: list[Any] = [
        machine.uc.hook_add(
            uc_const.UC_HOOK_CODE, check, register_id(access.base), access.address, access.address
        )
        for access in candidates(machine.elf)
    ]
    machine.uc.ctl_flush_tb()
    try:
        yield
    finally:
        for hook in hooks:
            machine.uc.hook_del(hook)
        machine.uc.ctl_flush_tb()
