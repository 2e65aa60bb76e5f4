"""The firmware ELF: what is loaded where, symbols, and the function and source line of an address."""

from __future__ import annotations

import bisect
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from edgeval.errors import ToolError


@dataclass(frozen=True)
class Segment:
    """Bytes that are loaded at an address."""

    address: int
    data: bytes


@dataclass(frozen=True)
class Function:
    """Address range of a function."""

    name: str
    address: int
    bytes: int


class FirmwareElf:
    """An ELF file of the firmware. ToolError where the file is none."""

    def __init__(self, path: Path) -> None:
        from elftools.common.exceptions import ELFError
        from elftools.elf.elffile import ELFFile

        self.path = path
        try:
            with path.open("rb") as file:
                elf = ELFFile(file)
                if elf["e_machine"] != "EM_ARM":
                    raise ToolError(f"{path} is an ELF for {elf['e_machine']}, not for an Arm core")
                self._read(elf)
        except (OSError, ELFError) as error:
            raise ToolError(f"{path} cannot be read as firmware: {error}; build it again") from error

    def _read(self, elf: Any) -> None:
        self.segments = tuple(
            Segment(part["p_paddr"], part.data())
            for part in elf.iter_segments()
            if part["p_type"] == "PT_LOAD" and part["p_filesz"] > 0
        )
        entries = [symbol for symbol in elf.get_section_by_name(".symtab").iter_symbols() if symbol.name]
        self.symbols = {symbol.name: symbol["st_value"] for symbol in entries}
        self.functions = tuple(
            sorted(
                (
                    Function(symbol.name, symbol["st_value"] & ~1, symbol["st_size"])
                    for symbol in entries
                    if symbol["st_info"]["type"] == "STT_FUNC" and symbol["st_size"] > 0
                ),
                key=lambda function: function.address,
            )
        )
        # Mapping symbols tell code ($t) from data ($d) (ELF for the Arm architecture, 5.5.5).
        self._marks = sorted(
            (symbol["st_value"] & ~1, symbol.name[:2])
            for symbol in entries
            if symbol.name[:2] in ("$t", "$d")
        )
        note = elf.get_section_by_name(".note.gnu.build-id")
        self.build_id = note.data()[16:36].hex() if note is not None else ""

    def instructions(self) -> Iterator[tuple[int, int, int, bool]]:
        """Address, first and second half-word of every Thumb instruction, and whether an IT block holds it.

        The second half-word of a 16-bit instruction is that of the next one.
        """
        for function in self.functions:
            for start, end in self._code_ranges(function):
                yield from self._decode(start, end)

    def _code_ranges(self, function: Function) -> Iterator[tuple[int, int]]:
        """The parts of a function that are code: literals and jump tables lie between them."""
        start: int | None = function.address
        end = function.address + function.bytes
        first = bisect.bisect_right(self._marks, (function.address, "~"))
        for at, kind in self._marks[first : bisect.bisect_left(self._marks, (end, ""))]:
            if kind == "$d" and start is not None:
                yield start, at
                start = None
            elif kind == "$t" and start is None:
                start = at
        if start is not None:
            yield start, end

    def _decode(self, address: int, end: int) -> Iterator[tuple[int, int, int, bool]]:
        conditional = 0
        while address < end:
            first, second = struct.unpack("<HH", self.bytes_at(address, 4))
            yield address, first, second, conditional > 0
            conditional = max(0, conditional - 1)
            if first & 0xFF00 == 0xBF00 and first & 0xF:  # IT: the lowest set bit ends the mask
                conditional = 4 - ((first & 0xF & -(first & 0xF)).bit_length() - 1)
            address += 4 if first >> 11 >= 0x1D else 2

    def bytes_at(self, address: int, count: int) -> bytes:
        """Bytes of the loaded image, zeros behind its end."""
        for segment in self.segments:
            offset = address - segment.address
            if 0 <= offset < len(segment.data):
                return segment.data[offset : offset + count].ljust(count, b"\0")
        return bytes(count)

    @property
    def code_bytes(self) -> int:
        """Bytes of flash that the firmware takes, without the model."""
        return sum(len(segment.data) for segment in self.segments)

    @cached_property
    def _starts(self) -> list[int]:
        return [function.address for function in self.functions]

    def function_at(self, address: int) -> str:
        """The function that holds `address`, "?" where none does."""
        at = bisect.bisect_right(self._starts, address) - 1
        if at < 0:
            return "?"
        function = self.functions[at]
        return function.name if address < function.address + function.bytes else "?"

    def describe(self, address: int) -> str:
        """`function at file:line` of an address, as far as symbols and line tables tell."""
        address &= ~1
        line = self._line_at(address)
        return self.function_at(address) + (f" at {line}" if line else "")

    def _line_at(self, address: int) -> str:
        at = bisect.bisect_right(self._lines, (address, "\uffff")) - 1
        return self._lines[at][1] if at >= 0 else ""

    @cached_property
    def _lines(self) -> list[tuple[int, str]]:
        """Start address of every line-table row with its `file:line`; "" ends a sequence."""
        from elftools.elf.elffile import ELFFile

        rows: list[tuple[int, str]] = []
        with self.path.open("rb") as file:
            elf = ELFFile(file)
            if not elf.has_dwarf_info():
                return rows
            dwarf = elf.get_dwarf_info()
            for unit in dwarf.iter_CUs():
                program = dwarf.line_program_for_CU(unit)
                if program is not None:
                    rows += _unit_lines(program)
        return sorted(rows)


def _unit_lines(program: Any) -> list[tuple[int, str]]:
    header = program.header
    first = 0 if header["version"] >= 5 else 1  # DWARF 5 counts files from 0
    names = [entry.name.decode("utf-8", "replace") for entry in header["file_entry"]]
    rows = []
    for entry in program.get_entries():
        state = entry.state
        if state is None:
            continue
        index = state.file - first
        known = 0 <= index < len(names) and not state.end_sequence
        rows.append((state.address, f"{names[index]}:{state.line}" if known else ""))
    return rows


@lru_cache(maxsize=8)
def read_elf(path: Path) -> FirmwareElf:
    """The ELF at `path`, read once per process."""
    return FirmwareElf(path)
