"""Ask the firmware's own engine what a model needs, without the firmware's limits.

The engine's open function in the ELF is called on the emulated core with the model and an arena in memory that
the chip does not have. So the answer is exact for the target, also for models that fit neither slot nor RAM.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from types import TracebackType

from unicorn import unicorn_const as uc_const
from unicorn.arm_const import (
    UC_ARM_REG_LR,
    UC_ARM_REG_R0,
    UC_ARM_REG_R1,
    UC_ARM_REG_R2,
    UC_ARM_REG_R3,
    UC_ARM_REG_SP,
)

from edgeval.devices.build.elf import FirmwareElf
from edgeval.devices.emulator.machine import Machine
from edgeval.devices.wire.protocol import Op, Status
from edgeval.devices.wire.session import refusal
from edgeval.targets import Target

MODEL_AT, ARENA_AT = 0x60000000, 0x90000000  # external memory, which no target of ours has
ARENA_BYTES = 64 << 20
PAGE = 0x1000
OPEN_AT, STATS_AT = 8, 24  # offsets of `open` and `stats` in ev_engine_t
SCRATCH_BYTES = 128  # below the stack pointer, for results
START_S = 10.0


@dataclass(frozen=True)
class Needs:
    """What the engine says of a model: bytes of arena, number of operators."""

    arena_bytes: int
    operators: int


class EngineCall:
    """The engine of one firmware on one target, a context manager."""

    def __init__(self, target: Target, elf: FirmwareElf, engine: str) -> None:
        self._machine = Machine(target, elf)
        self._machine.run(START_S)  # the start-up code has set up the core
        self._engine = engine
        self._where = f"engine '{engine}' on {target.name}"
        self._machine.uc.mem_map(ARENA_AT, ARENA_BYTES)

    def __enter__(self) -> EngineCall:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._machine.close()

    def needs(self, model: bytes) -> Needs:
        """What `model` needs; ModelError where the engine refuses it."""
        uc = self._machine.uc
        size = -(-len(model) // PAGE) * PAGE
        uc.mem_map(MODEL_AT, size, uc_const.UC_PROT_READ)
        try:
            uc.mem_write(MODEL_AT, model)
            return self._open(len(model))
        finally:
            uc.mem_unmap(MODEL_AT, size)

    def _open(self, model_bytes: int) -> Needs:
        uc = self._machine.uc
        frame = (int(uc.reg_read(UC_ARM_REG_SP)) - SCRATCH_BYTES) & ~7
        handle_at, error_at, stats_at = frame + 16, frame + 32, frame + 64
        # Arguments five and six lie on the stack (Procedure Call Standard for the Arm Architecture, 6.5).
        uc.mem_write(frame, struct.pack("<II", ARENA_BYTES, error_at))
        arguments = (handle_at, MODEL_AT, model_bytes, ARENA_AT)
        status = self._call(OPEN_AT, frame, arguments)
        if status != Status.OK:
            _, *error = struct.unpack("<iiii", self._machine.read_memory(error_at, 16))
            payload = struct.pack("<iii", *error)
            raise refusal(self._where, Op.LOAD_COMMIT, status, payload)
        (handle,) = struct.unpack("<I", self._machine.read_memory(handle_at, 4))
        self._call(STATS_AT, frame, (handle, stats_at, 0, 0))
        words = struct.unpack("<5I", self._machine.read_memory(stats_at, 20))
        return Needs(arena_bytes=words[3], operators=words[2])

    def _call(self, function_at: int, stack: int, arguments: tuple[int, int, int, int]) -> int:
        """Call a function of the engine's table and return its status."""
        uc, machine = self._machine.uc, self._machine
        table = machine.elf.symbols[f"ev_engine_{self._engine}"]
        entry = int.from_bytes(machine.read_memory(table + function_at, 4), "little")
        back = machine.target.slot.address  # nothing is executed there
        stack_before = int(uc.reg_read(UC_ARM_REG_SP))
        registers = (UC_ARM_REG_R0, UC_ARM_REG_R1, UC_ARM_REG_R2, UC_ARM_REG_R3)
        for register, value in zip(registers, arguments, strict=True):
            uc.reg_write(register, value)
        uc.reg_write(UC_ARM_REG_SP, stack)
        uc.reg_write(UC_ARM_REG_LR, back | 1)
        machine.execute(entry, back)
        result = int(uc.reg_read(UC_ARM_REG_R0))
        uc.reg_write(UC_ARM_REG_SP, stack_before)
        return result - (1 << 32) if result >> 31 else result
