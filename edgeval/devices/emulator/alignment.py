"""Finds accesses that fault on the core although Unicorn allows them: unaligned multiple and double loads.

LDRD, STRD, LDM, STM, PUSH, POP, VLDR, VSTR and exclusive accesses need word alignment on Armv7-M, whatever
CCR.UNALIGN_TRP says (Armv7-M ARM, A3.2.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from unicorn import Uc
from unicorn import unicorn_const as uc_const

from edgeval.devices.emulator.machine import Machine
from edgeval.errors import DeviceFault


def needs_alignment(first: int, second: int) -> bool:
    """Does the instruction with these two half-words fault at an address that is not a multiple of 4?"""
    if first & 0xF000 == 0xC000 or first & 0xF600 == 0xB400:  # 16-bit LDM, STM; PUSH, POP
        return True
    if first & 0xFE00 == 0xE800:  # LDM, STM, LDRD, STRD, LDREX, STREX, table branch
        return first & 0xFFE0 != 0xE8C0 or second & 0xFFE0 != 0xF000  # TBB and TBH read bytes and half-words
    return first & 0xFE00 == 0xEC00 and second & 0x0E00 == 0x0A00  # VLDR, VSTR, VLDM, VSTM


@contextmanager
def alignment_checked(machine: Machine) -> Iterator[None]:
    """Check every access of the machine in this block; DeviceFault at the first that the core refuses."""

    def on_access(uc: Uc, access: int, address: int, size: int, value: int, data: Any) -> None:
        if address & 3 and size >= 4:
            code = machine.read_memory(machine.pc, 4)
            if needs_alignment(int.from_bytes(code[:2], "little"), int.from_bytes(code[2:], "little")):
                raise DeviceFault(machine.at(f"unaligned access to 0x{address:08x}"))

    kinds = uc_const.UC_HOOK_MEM_READ | uc_const.UC_HOOK_MEM_WRITE
    hook = machine.uc.hook_add(kinds, on_access)
    machine.uc.ctl_flush_tb()
    try:
        yield
    finally:
        machine.uc.hook_del(hook)
        machine.uc.ctl_flush_tb()
