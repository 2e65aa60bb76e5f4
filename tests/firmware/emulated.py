"""The engine alone, cross-compiled with its DSP kernels and called function by function on an emulated core.

No firmware, no UART: a test of kernels, and an exact count of instructions between call and return.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import unicorn
from elftools.elf.elffile import ELFFile
from unicorn import arm_const as arm

from edgeval.devices.build.engine import engine_includes, engine_sources
from edgeval.devices.build.host import firmware_sources

CORES = {
    "cortex-m7": ["-mcpu=cortex-m7", "-mfpu=fpv5-sp-d16"],
    "cortex-m4": ["-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16"],
}
MODELS = {"cortex-m7": arm.UC_CPU_ARM_CORTEX_M7, "cortex-m4": arm.UC_CPU_ARM_CORTEX_M4}
FLAGS = ["-mthumb", "-mfloat-abi=hard", "-std=c11", "-O2", "-g1", "-ffunction-sections"]
CODE, MODEL, ARENA, STACK, RETURN = 0x08000000, 0x90000000, 0x20000000, 0x30000000, 0x0F000000
CODE_BYTES, MODEL_BYTES, ARENA_BYTES, STACK_BYTES = 1 << 20, 1 << 23, 1 << 20, 1 << 16
# Offsets of the members of ev_engine_t, in pointers.
OPEN, INPUT, OUTPUT, INVOKE, STATS = 2, 3, 4, 5, 6


def build(core: str, folder: Path) -> Path:
    """The ELF with the engine for a core; its kernels are the DSP ones where there are such."""
    firmware = firmware_sources()
    engine = firmware / "engine" / "builtin"
    dsp = {path.name: path for path in (engine / "kernels" / "dsp").glob("*.c")}
    plain = [path for path in engine_sources(firmware) if path.name not in dsp]
    elf = folder / f"{core}.elf"
    subprocess.run(
        [
            "arm-none-eabi-gcc", *CORES[core], *FLAGS, *engine_includes(firmware),
            *map(str, [*plain, *dsp.values()]), "-nostartfiles",
            f"-Wl,-Ttext={CODE:#x},-e,0,-u,ev_engine_builtin,--gc-sections", "-o", str(elf),
        ],
        check=True,
    )  # fmt: skip
    return elf


def have_compiler() -> bool:
    return shutil.which("arm-none-eabi-gcc") is not None


@dataclass
class Counts:
    """Instructions executed, in all and by function."""

    total: int = 0
    functions: Counter[str] = field(default_factory=Counter)


class EmulatedEngine:
    """One model on the emulated core."""

    def __init__(self, elf: Path, core: str) -> None:
        self._uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self._uc.ctl_set_cpu_model(MODELS[core])
        for start, size in (
            (CODE, CODE_BYTES),
            (MODEL, MODEL_BYTES),
            (ARENA, ARENA_BYTES),
            (STACK, STACK_BYTES),
        ):
            self._uc.mem_map(start, size)
        self._uc.mem_map(RETURN, 0x1000)
        self._uc.reg_write(arm.UC_ARM_REG_C1_C0_2, 0xF << 20)  # the FPU, which reset leaves off
        self._uc.reg_write(arm.UC_ARM_REG_FPEXC, 1 << 30)
        with elf.open("rb") as file:
            image = ELFFile(file)
            for segment in image.iter_segments("PT_LOAD"):
                self._uc.mem_write(segment["p_paddr"], segment.data())
            symbols = image.get_section_by_name(".symtab")
            self._engine = symbols.get_symbol_by_name("ev_engine_builtin")[0]["st_value"]
            self._names = sorted(
                (symbol["st_value"] & ~1, symbol.name)
                for symbol in symbols.iter_symbols()
                if symbol["st_info"]["type"] == "STT_FUNC"
            )
        self._model = 0

    def load(self, model: bytes, arena_bytes: int = ARENA_BYTES) -> int:
        """Open a model; the status."""
        self._uc.mem_write(MODEL, model)
        self._uc.mem_write(ARENA, b"\xa5" * arena_bytes)
        results = STACK + 0x100
        status = self._call(OPEN, results, MODEL, len(model), ARENA, arena_bytes, results + 16)
        self._model = struct.unpack("<I", self._uc.mem_read(results, 4))[0]
        return status

    def invoke(self, *inputs: np.ndarray) -> np.ndarray:
        """One inference of a model with one output."""
        for index, values in enumerate(inputs):
            address, _ = self._tensor(INPUT, index)
            self._uc.mem_write(address, values.tobytes())
        assert self._call(INVOKE, self._model, 0, 0, STACK + 0x100) == 0
        address, size = self._tensor(OUTPUT, 0)
        return np.frombuffer(bytes(self._uc.mem_read(address, size)), np.int8)

    def count(self, *inputs: np.ndarray) -> Counts:
        """Instructions of one inference, between the call and the return of invoke."""
        counts, sizes, names = Counts(), {}, {}

        def block(uc: unicorn.Uc, address: int, size: int, _data: object) -> None:
            if address not in sizes:
                sizes[address] = instructions(bytes(uc.mem_read(address, size)))
                names[address] = self._function(address)
            counts.total += sizes[address]
            counts.functions[names[address]] += sizes[address]

        for index, values in enumerate(inputs):
            address, _ = self._tensor(INPUT, index)
            self._uc.mem_write(address, values.tobytes())
        self._uc.ctl_flush_tb()
        hook = self._uc.hook_add(unicorn.UC_HOOK_BLOCK, block)
        assert self._call(INVOKE, self._model, 0, 0, STACK + 0x100) == 0
        self._uc.hook_del(hook)
        self._uc.ctl_flush_tb()
        return counts

    def arena_used_bytes(self) -> int:
        assert self._call(STATS, self._model, STACK + 0x100) == 0
        return int(struct.unpack("<5I", self._uc.mem_read(STACK + 0x100, 20))[3])

    def _function(self, address: int) -> str:
        import bisect

        index = bisect.bisect_right(self._names, (address, "\uffff")) - 1
        return self._names[index][1]

    def _tensor(self, member: int, index: int) -> tuple[int, int]:
        assert self._call(member, self._model, index, STACK + 0x100) == 0
        address, size = struct.unpack("<II", self._uc.mem_read(STACK + 0x100, 8))
        return address, size

    def _call(self, member: int, *arguments: int) -> int:
        """Call a member of ev_engine_t as the AAPCS says: four arguments in registers, the rest on the stack."""
        (function,) = struct.unpack("<I", self._uc.mem_read(self._engine + 4 * member, 4))
        stack = STACK + STACK_BYTES - 64
        for register, value in zip(
            (arm.UC_ARM_REG_R0, arm.UC_ARM_REG_R1, arm.UC_ARM_REG_R2, arm.UC_ARM_REG_R3),
            arguments,
            strict=False,
        ):
            self._uc.reg_write(register, value)
        for index, value in enumerate(arguments[4:]):
            self._uc.mem_write(stack + 4 * index, struct.pack("<I", value))
        self._uc.reg_write(arm.UC_ARM_REG_SP, stack)
        self._uc.reg_write(arm.UC_ARM_REG_LR, RETURN | 1)
        self._uc.emu_start(function | 1, RETURN)
        status: int = self._uc.reg_read(arm.UC_ARM_REG_R0)
        return status - (1 << 32) if status >> 31 else status


def instructions(code: bytes) -> int:
    """How many Thumb instructions a block has: the top five bits tell the 32-bit ones."""
    count = at = 0
    while at < len(code):
        at += 4 if code[at + 1] >> 3 in (0b11101, 0b11110, 0b11111) else 2
        count += 1
    return count
