"""Thumb-2 instructions as the timing models see them: a class, registers read and written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MULTIPLE = ("ldm", "stm", "push", "pop", "vldm", "vstm", "vpush", "vpop")
DOUBLE = ("ldrd", "strd")
MAC = ("mul", "mla", "mls", "smull", "umull", "smlal", "umlal", "smla", "smlad", "smuad", "smlsd", "smusd",
       "smlald", "smulbb", "smulbt", "smultb", "smultt", "smulwb", "smulwt", "smmul", "smmla", "umaal")  # fmt: skip
DIVIDE = ("sdiv", "udiv")
EXTEND = ("sxt", "uxt", "sbfx", "ubfx", "bfi", "bfc", "sadd", "ssub", "uadd", "usub", "qadd", "qsub",
          "shadd", "uhadd", "pkh", "sel", "usad")  # fmt: skip
SATURATE = ("ssat", "usat")
BRANCH = ("b", "bl", "bx", "blx", "cbz", "cbnz", "tbb", "tbh")
CONDITIONS = ("eq", "ne", "hs", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le")


@dataclass(frozen=True)
class Instruction:
    """`kind` is one of: alu, shift, extend, saturate, mac, divide, load, store, multiple, branch, it, fp, fp_mac,
    fp_divide, other. `count` is the number of registers that a multiple moves; `address` are the registers that
    form an address, `accumulator` the register that a MAC adds to."""

    address: int
    bytes: int
    kind: str
    reads: frozenset[str]
    writes: frozenset[str]
    base: frozenset[str]
    accumulator: str
    count: int
    narrow_load: bool
    indexed: bool
    conditional_branch: bool
    loads: bool


def decode(code: bytes, address: int) -> list[Instruction]:
    """The instructions in `code`, which lies at `address`."""
    return [_instruction(raw) for raw in _disassembler().disasm(code, address)]


_cached: list[Any] = []


def _disassembler() -> Any:
    if not _cached:
        import capstone

        engine = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
        engine.detail = True
        _cached.append(engine)
    return _cached[0]


def _instruction(raw: Any) -> Instruction:
    import capstone

    name = raw.mnemonic.split(".")[0]
    kind = _kind(name, raw)
    read, written = ([raw.reg_name(number) for number in side] for side in raw.regs_access())
    memory = [operand.mem for operand in raw.operands if operand.type == capstone.CS_OP_MEM]
    base = {raw.reg_name(number) for mem in memory for number in (mem.base, mem.index) if number}
    registers = [operand for operand in raw.operands if operand.type == capstone.CS_OP_REG]
    return Instruction(
        address=raw.address,
        bytes=raw.size,
        kind=kind,
        reads=frozenset(read) - {"cpsr"},
        writes=frozenset(written) - {"cpsr"},
        base=frozenset(base),
        accumulator=raw.reg_name(registers[-1].reg) if kind == "mac" and len(registers) == 4 else "",
        count=_moved(name, len(registers)),
        narrow_load=name.startswith(("ldrb", "ldrsb", "ldrh", "ldrsh")),
        indexed=any(mem.index for mem in memory),
        conditional_branch=kind == "branch" and name not in ("b", "bl", "bx", "blx", "tbb", "tbh"),
        loads=name.startswith(("ldr", "ldm", "pop", "vldr", "vldm", "vpop")),
    )


def _moved(name: str, registers: int) -> int:
    if name.startswith(DOUBLE):
        return 2
    if name.startswith(("push", "pop", "vpush", "vpop")):
        return registers
    return registers - 1 if name.startswith(MULTIPLE) else 1


def _kind(name: str, raw: Any) -> str:
    stem = name[:-2] if name.endswith(CONDITIONS) and len(name) > 4 else name
    if name.startswith("it"):
        return "it"
    if stem in BRANCH or (name[0] == "b" and name[1:] in CONDITIONS):
        return "branch"
    if name.startswith("v"):
        return _vector_kind(name)
    if name.startswith(MULTIPLE) or name.startswith(DOUBLE):
        return "multiple"
    if name.startswith("ldr"):
        return "load"
    if name.startswith("str"):
        return "store"
    for kind, stems in (("divide", DIVIDE), ("mac", MAC), ("saturate", SATURATE), ("extend", EXTEND)):
        if stem.startswith(stems):
            return kind
    if name.startswith(("dsb", "dmb", "isb", "mrs", "msr", "nop", "udf")):
        return "other"
    shifted = any(operand.shift.type for operand in raw.operands)
    return "shift" if shifted or stem.startswith(("lsl", "lsr", "asr", "ror")) else "alu"


def _vector_kind(name: str) -> str:
    if name.startswith(MULTIPLE):
        return "multiple"
    if name.startswith("vldr"):
        return "load"
    if name.startswith("vstr"):
        return "store"
    if name.startswith(("vdiv", "vsqrt")):
        return "fp_divide"
    return "fp_mac" if name.startswith(("vmla", "vmls", "vfma", "vfms", "vnmla", "vfnma")) else "fp"
