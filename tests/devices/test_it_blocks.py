"""A memory hook inside an IT block: Unicorn 2.1.4 leaves the block's state behind, and instructions of the next one are
skipped. Reference: the Armv7-M ARM, by which the hand-made code below sets R2, R4 and R5."""

from __future__ import annotations

import struct
from typing import Any

import pytest
import unicorn
from unicorn import arm_const as arm

from edgeval import targets
from edgeval.devices.build.elf import FirmwareElf
from edgeval.devices.emulator.machine import Machine
from edgeval.devices.emulator.trace import Recorder, recording

CODE = struct.pack(
    "<10H",
    0x4280,  # cmp r0, r0
    0xBF04,  # itt eq
    0x680B,  # ldreq r3, [r1]: a read of the slot, which the hook sees
    0x2601,  # moveq r6, #1
    0x4281,  # cmp r1, r0: not equal
    0xE7FF,  # b to the next instruction, which begins another block
    0x2201,  # movs r2, #1
    0x2401,  # movs r4, #1
    0x2501,  # movs r5, #1
    0xBF00,  # nop
)
REGISTERS = (arm.UC_ARM_REG_R2, arm.UC_ARM_REG_R4, arm.UC_ARM_REG_R5, arm.UC_ARM_REG_R6)


def place(machine: Machine) -> int:
    return machine.target.slot.address - 0x100


def run(machine: Machine) -> list[int]:
    """What the code left in R2, R4, R5 and R6; it lies at the end of the code."""
    start = place(machine)
    machine.uc.mem_write(start, CODE)
    machine.uc.reg_write(arm.UC_ARM_REG_R1, machine.target.slot.address)
    for register in (arm.UC_ARM_REG_R0, *REGISTERS):
        machine.uc.reg_write(register, 0)
    machine.uc.emu_start(start | 1, start + len(CODE) - 2)
    return [int(machine.uc.reg_read(register)) for register in REGISTERS]


@pytest.fixture
def machine() -> Machine:
    target = targets.load("stm32f407")
    return Machine(target, FirmwareElf(target.elf_path("builtin")))


def test_the_recorders_hook_skips_nothing(machine: Machine) -> None:
    recorder = Recorder(machine, "builtin")
    start = place(machine)
    recorder._conditional = [start + 4, start + 6]  # what the ELF's own code gives for the ELF
    with recording(machine, recorder, watch_flash=True):
        assert run(machine) == [1, 1, 1, 1]


def test_without_the_cure_instructions_are_skipped(machine: Machine) -> None:
    """Where this fails, Unicorn has no such fault any more and the cure can go."""

    def hook(uc: Any, access: int, address: int, size: int, value: int, data: Any) -> None:
        pass

    slot = machine.target.slot
    machine.uc.hook_add(unicorn.UC_HOOK_MEM_READ, hook, None, slot.address, slot.end - 1)
    machine.uc.ctl_flush_tb()
    assert run(machine) != [1, 1, 1, 1]
