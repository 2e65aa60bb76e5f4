"""From executed blocks to instructions (exact) and cycles (estimated)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from types import ModuleType

from edgeval.devices.build.elf import FirmwareElf
from edgeval.devices.emulator.timing import cortex_m4, cortex_m7
from edgeval.devices.emulator.timing.instruction import decode
from edgeval.devices.emulator.trace import Work
from edgeval.targets import Target

CORES: dict[str, ModuleType] = {"cortex-m4": cortex_m4, "cortex-m7": cortex_m7}


@dataclass(frozen=True)
class Block:
    """A basic block with its static costs; `end` is the address behind it."""

    end: int
    instructions: int
    cycles: float
    taken_cycles: float
    conditional: bool


@dataclass(frozen=True)
class Cost:
    """What a stretch of execution costs; `cycles` without waiting for the flash, which is `flash_cycles`."""

    instructions: int
    cycles: float
    flash_cycles: float


class CostModel:
    """Costs of work on one target, with the blocks of one ELF."""

    def __init__(self, target: Target, elf: FirmwareElf, block_bytes: dict[int, int]) -> None:
        self.core = CORES[target.core]
        self._target = target
        self._elf = elf
        self._blocks = {address: self._block(address, size) for address, size in block_bytes.items()}

    def cost(self, work: Work) -> Cost:
        """Exact instructions and estimated cycles of `work`."""
        times = _times(work)
        instructions = sum(self._blocks[at].instructions * count for at, count in times.items())
        cycles = sum(self._blocks[at].cycles * count for at, count in times.items())
        return Cost(instructions, cycles + self._branch_cycles(work), self._flash_cycles(work))

    def by_function(self, work: Work) -> Counter[str]:
        """Exact instructions of each function."""
        functions: Counter[str] = Counter()
        for at, count in _times(work).items():
            functions[self._elf.function_at(at)] += self._blocks[at].instructions * count
        return functions

    def _block(self, address: int, size: int) -> Block:
        code = decode(self._elf.bytes_at(address, size), address)
        return Block(
            end=address + size,
            instructions=len(code),
            cycles=self.core.block_cycles(code),
            taken_cycles=self.core.taken_cycles(code),
            conditional=bool(code) and code[-1].conditional_branch,
        )

    def _branch_cycles(self, work: Work) -> float:
        """Refills of taken branches, and mispredictions: a branch is predicted to go its more frequent way."""
        cycles = 0.0
        taken: Counter[int] = Counter()
        straight: Counter[int] = Counter()
        for (before, address), count in work.edges.items():
            block = self._blocks.get(before)
            if block is None:
                continue
            if block.end == address:
                straight[before] += count
            else:
                taken[before] += count
                cycles += block.taken_cycles * count
        for at, block in self._blocks.items():
            if block.conditional:
                cycles += self.core.mispredicted_cycles() * min(taken[at], straight[at])
        return cycles

    def _flash_cycles(self, work: Work) -> float:
        flash = self._target.flash
        return flash.wait_states * (
            work.code_fills * _reads(self._target.instruction_cache.line_bytes, flash.line_bytes)
            + work.data_fills * _reads(self._target.data_cache.line_bytes, flash.line_bytes)
        )


def _reads(line_bytes: int, flash_bytes: int) -> int:
    return max(1, line_bytes // flash_bytes)


def _times(work: Work) -> Counter[int]:
    times: Counter[int] = Counter()
    for (_, address), count in work.edges.items():
        times[address] += count
    return times
