"""What one inference executes: basic blocks, in total and operator by operator, and its reads of the flash.

Hooks run only here; a normal inference has none. The stretches are found by the addresses that execution
passes: the engine's invoke function, and the observer that the firmware's PROFILE request calls around every
operator.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from unicorn import Uc, unicorn_const as uc_const
from unicorn.arm_const import UC_ARM_REG_LR, UC_ARM_REG_R1, UC_ARM_REG_R2, UC_ARM_REG_XPSR

from edgeval.devices.emulator.machine import Machine
from edgeval.devices.emulator.timing.cache import LruCache

INVOKE_AT = 20  # offset of `invoke` in ev_engine_t, behind name, version, open, input, output
OBSERVER = "ev_profile_observer"
IT_STATE = 0x0600FC00  # bits of XPSR


@dataclass
class Work:
    """A stretch of execution: how often each block followed which, and line fills from the flash."""

    edges: Counter[tuple[int, int]] = field(default_factory=Counter)  # (block before, block) -> times
    code_fills: int = 0
    data_fills: int = 0


class Recorder:
    """Books executed blocks to the stretch they belong to.

    `total` is the inference from the call of the engine's invoke function to its return; with the PROFILE
    request `operators` are its operators in order, and `total` what lies between them.
    """

    def __init__(self, machine: Machine, engine: str) -> None:
        self.total = Work()
        self.operators: list[Work] = []
        self.block_bytes: dict[int, int] = {}
        self._machine = machine
        self._code = LruCache(machine.target.instruction_cache, prefetch=True)
        self._data = LruCache(machine.target.data_cache, prefetch=False)
        self._work: Work | None = None
        self._before = 0
        self._lines: dict[int, range] = {}
        self._conditional = [at for at, _, _, conditional in machine.elf.instructions() if conditional]
        self._skipping: dict[int, bool] = {}  # blocks with conditional instructions
        self._may_skip = False
        self._actions: dict[int, Callable[[], None]] = {
            _invoke_address(machine, engine): self._enter,
            machine.elf.symbols[OBSERVER] & ~1: self._observe,
        }

    @property
    def inside(self) -> bool:
        """Is the code that runs now booked?"""
        return self._work is not None

    def on_block(self, uc: Uc, address: int, size: int, data: Any) -> None:
        """Unicorn's block hook: edges only."""
        if address in self._actions:
            self._actions[address]()
        before, self._before = self._before, address
        if self._work is None:
            return
        edges = self._work.edges
        edge = (before, address)
        if edge in edges:
            edges[edge] += 1
        else:
            edges[edge] = 1
            self.block_bytes[address] = size

    def on_block_with_fetches(self, uc: Uc, address: int, size: int, data: Any) -> None:
        """Unicorn's block hook: edges, and the lines that the instructions come from."""
        looped = address == self._before
        if not looped:
            self._may_skip = self._holds_conditional(address, size)
        self.on_block(uc, address, size, data)
        if looped or self._work is None:
            return  # a loop around itself: its lines are in the cache
        lines = self._lines.get(address)
        if lines is None:
            shift = self._code.shift
            lines = self._lines[address] = range(address >> shift, (address + size - 1 >> shift) + 1)
        for line in lines:
            self._code.read(line)

    def on_slot_read(self, uc: Uc, access: int, address: int, size: int, value: int, data: Any) -> None:
        """Unicorn's memory hook.

        Unicorn 2.1.4 leaves the state of an IT block behind where a hook is called from inside one, and skips the first
        instructions of the next block.
        """
        self._data.read(address >> self._data.shift)
        if self._may_skip:
            state = int(uc.reg_read(UC_ARM_REG_XPSR))
            if state & IT_STATE:
                uc.reg_write(UC_ARM_REG_XPSR, state & ~IT_STATE)

    def _holds_conditional(self, address: int, size: int) -> bool:
        if address not in self._skipping:
            at = bisect.bisect_left(self._conditional, address)
            self._skipping[address] = at < len(self._conditional) and self._conditional[at] < address + size
        return self._skipping[address]

    def _switch(self, work: Work | None) -> None:
        if self._work is not None:
            self._work.code_fills += self._code.fills
            self._work.data_fills += self._data.fills
        self._code.fills = self._data.fills = 0
        self._work = work

    def _at_return(self, work: Work | None) -> None:
        """Book to `work` from the return of the function that is being entered."""
        address = int(self._machine.uc.reg_read(UC_ARM_REG_LR)) & ~1
        self._actions[address] = lambda: self._switch(work)

    def _enter(self) -> None:
        self._switch(self.total)
        self._at_return(None)

    def _observe(self) -> None:
        self._switch(None)
        uc = self._machine.uc
        position, finished = int(uc.reg_read(UC_ARM_REG_R1)), bool(uc.reg_read(UC_ARM_REG_R2))
        if finished:
            self._at_return(self.total)
            return
        while len(self.operators) <= position:
            self.operators.append(Work())
        self._at_return(self.operators[position])


def _invoke_address(machine: Machine, engine: str) -> int:
    table = machine.elf.symbols[f"ev_engine_{engine}"]
    return int.from_bytes(machine.read_memory(table + INVOKE_AT, 4), "little") & ~1


@contextmanager
def recording(machine: Machine, recorder: Recorder, watch_flash: bool) -> Iterator[None]:
    """Record in this block. `watch_flash`: also reads of instructions and model, which takes longer."""
    uc, slot = machine.uc, machine.target.slot
    block = recorder.on_block_with_fetches if watch_flash else recorder.on_block
    hooks = [uc.hook_add(uc_const.UC_HOOK_BLOCK, block)]
    if watch_flash:
        read = uc_const.UC_HOOK_MEM_READ
        hooks.append(uc.hook_add(read, recorder.on_slot_read, None, slot.address, slot.end - 1))
    uc.ctl_flush_tb()
    try:
        yield
    finally:
        for hook in hooks:
            uc.hook_del(hook)
        uc.ctl_flush_tb()
