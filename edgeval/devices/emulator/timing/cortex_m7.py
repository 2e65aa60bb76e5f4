"""Cycles of a basic block on a Cortex-M7: in-order issue of up to two instructions a cycle.

Arm publishes no table. Latencies and pairing rules are those that LLVM's ARMScheduleM7.td and GCC's
cortex-m7.md describe, in outline: one load-store multiple, MAC, branch, extend, floating-point operation a
cycle, two loads, results of loads a cycle late, of byte loads two.
"""

from __future__ import annotations

from edgeval.devices.emulator.timing.instruction import Instruction

NAME = "Cortex-M7, dual issue after LLVM's ARMScheduleM7"
MISPREDICTED = 4
# Cycles until a result can be used by the next instruction.
LATENCY = {
    "alu": 1,
    "shift": 1,
    "extend": 1,
    "saturate": 2,
    "mac": 2,
    "divide": 7,
    "load": 2,
    "store": 1,
    "multiple": 2,
    "branch": 1,
    "it": 0,
    "fp": 3,
    "fp_mac": 6,
    "fp_divide": 16,
    "other": 1,
}
ALONE = ("multiple", "divide", "other")  # never issued together with another one
ONE_A_CYCLE = ("store", "mac", "branch", "extend", "shift", "fp", "fp_mac", "fp_divide")
FLOATING = ("fp", "fp_mac", "fp_divide")


class _Pipeline:
    """Issue times: `cycle` is that of the instruction issued last, `slots` are the kinds issued in it."""

    def __init__(self) -> None:
        self.cycle = 0
        self.slots: list[str] = []
        self.ready: dict[str, int] = {}

    def issue(self, instruction: Instruction) -> None:
        if instruction.kind == "it":
            return
        earliest = max(self._operands_ready(instruction), self.cycle)
        if earliest == self.cycle and not self._fits(instruction.kind):
            earliest += 1
        if earliest > self.cycle:
            self.cycle, self.slots = earliest, []
        self.slots.append(instruction.kind)
        latency = LATENCY[instruction.kind] + instruction.narrow_load
        if instruction.kind == "multiple":
            self.cycle += instruction.count - 1
        for register in instruction.writes:
            # A base register that is written back comes from the address stage.
            late = 0 if register in instruction.base else latency
            self.ready[register] = self.cycle + late

    def _operands_ready(self, instruction: Instruction) -> int:
        times = [0]
        for register in instruction.reads:
            ready = self.ready.get(register, 0)
            if register == instruction.accumulator:
                ready -= 1  # the accumulator of a MAC is forwarded
            if register in instruction.base:
                ready += 1  # addresses are needed a stage early
            times.append(ready)
        return max(times)

    def _fits(self, kind: str) -> bool:
        if not self.slots:
            return True
        if len(self.slots) == 2 or kind in ALONE or self.slots[0] in ALONE or self.slots[0] == "branch":
            return False
        if kind in FLOATING and self.slots[0] in FLOATING:
            return False
        if kind == "extend":
            return False  # only from the first of the two slots
        return not (kind in ONE_A_CYCLE and kind == self.slots[0])


def block_cycles(block: list[Instruction]) -> float:
    """Cycles of the block in a loop: what a second pass right behind the first one takes."""
    pipeline = _Pipeline()
    ends = []
    for _ in range(2):
        for instruction in block:
            pipeline.issue(instruction)
        pipeline.cycle += 1  # the next block starts in a new cycle
        pipeline.slots = []
        ends.append(pipeline.cycle)
    return ends[1] - ends[0]


def taken_cycles(block: list[Instruction]) -> float:
    """What a taken branch costs more: nothing, the branch target cache predicts it."""
    return 0


def mispredicted_cycles() -> float:
    """What a branch costs more that goes the rarer of its two ways."""
    return MISPREDICTED
