"""Cycles of a basic block on a Cortex-M4: single issue, three stages, zero wait states.

Classes after the Cortex-M4 Technical Reference Manual (DDI0439, chapter 3.3, as reprinted in TI SWCU185);
division, branch refill and floating-point divisions are means of the ranges given there.
"""

from __future__ import annotations

from edgeval.devices.emulator.timing.instruction import Instruction

NAME = "Cortex-M4, instruction classes of DDI0439"
REFILL = 2  # of 1 to 3 cycles: the pipeline after a taken branch
DIVIDE = 7  # of 2 to 12
FP_DIVIDE = 14
FP_MAC = 3
FIXED = {"divide": DIVIDE, "fp_divide": FP_DIVIDE, "fp_mac": FP_MAC, "it": 0}


def block_cycles(block: list[Instruction]) -> float:
    """Cycles of the block when its last branch is not taken; the first instruction follows an ALU operation."""
    cycles = 0
    before: Instruction | None = None
    for instruction in block:
        cycles += _cycles(instruction, before) + _address_stall(instruction, before)
        before = instruction
    return cycles


def taken_cycles(block: list[Instruction]) -> float:
    """What the block costs more when execution goes on elsewhere than behind it."""
    return REFILL


def mispredicted_cycles() -> float:
    """What a branch costs more that goes the rarer of its two ways: nothing, the core does not predict."""
    return 0


def _cycles(instruction: Instruction, before: Instruction | None) -> int:
    if instruction.kind == "multiple":
        return 1 + instruction.count
    if instruction.kind == "load":
        return 1 if _pipelines(instruction, before) else 2
    if instruction.kind == "store":
        return 2 if instruction.indexed and not _pipelines(instruction, before) else 1
    return FIXED.get(instruction.kind, 1)


def _pipelines(instruction: Instruction, before: Instruction | None) -> bool:
    """Loads and stores in a row overlap, unless the address comes from the load before."""
    if before is None or before.kind not in ("load", "store"):
        return False
    return not instruction.base & before.writes


def _address_stall(instruction: Instruction, before: Instruction | None) -> int:
    """An address that the operation right before computes arrives a cycle late."""
    if before is None or before.kind in ("load", "store", "multiple"):
        return 0
    return 1 if instruction.base & before.writes else 0
