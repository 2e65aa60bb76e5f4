"""Memory maps agree: TOML, linker script, ELF. A rebuild gives the same bytes."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from edgeval import targets
from edgeval.devices.build import firmware as firmware_build
from edgeval.devices.build.elf import read_elf
from edgeval.devices.build.firmware import TOOLS, build_firmware, describe
from edgeval.devices.build.host import firmware_sources

BOARDS = firmware_sources() / "boards"


def board(name: str) -> Path:
    """The folder of a target's board."""
    return BOARDS / targets.load(name).board


def test_every_board_is_one_targets() -> None:
    """Folders of boards and target TOMLs name each other, and CMake's presets are those of the folders."""
    folders = sorted(path.parent.name for path in BOARDS.glob("*/board.cmake"))
    assert folders == sorted(targets.load(name).board for name in targets.names())
    for name in targets.names():
        assert f"set(BOARD_TARGET {name})" in (board(name) / "board.cmake").read_text()
        preset = json.loads((board(name) / "preset.json").read_text())
        assert [entry["name"] for entry in preset["configurePresets"]] == [board(name).name]
    included = json.loads((firmware_sources() / "CMakePresets.json").read_text())["include"]
    assert included == [f"boards/{folder}/preset.json" for folder in folders]


@pytest.mark.parametrize("name", targets.names())
def test_board_agrees_with_the_toml_on_slot_and_link(name: str) -> None:
    target = targets.load(name)
    source = (board(name) / "board.c").read_text()
    slot = re.search(
        r"slot = \{\.slot = (0x\w+)u, \.first_unit = (\d+), \.unit_bytes = (\d+)u \* 1024u\}", source
    )
    assert slot is not None and int(slot[1], 16) == target.slot.address
    unit_bytes = int(slot[3]) * 1024
    in_slot = [sector for sector in target.flash.sectors if sector.address >= target.slot.address]
    # The page driver numbers by address, and takes both the pages of single and of dual bank mode.
    by_address = "flash_page.c" in (board(name) / "board.cmake").read_text()
    assert {sector.bytes for sector in in_slot} == {unit_bytes // 2 if by_address else unit_bytes}
    first = 0 if by_address else target.flash.sectors.index(in_slot[0])
    assert int(slot[2]) == first
    assert f"#define BAUD {target.uart.baud}u" in source
    assert f"uart_config_t {target.uart.peripheral} =" in source


@pytest.mark.parametrize("name", targets.names())
def test_linker_script_equals_the_targets_toml(name: str) -> None:
    target = targets.load(name)
    script = (board(name) / "board.ld").read_text()
    regions = {
        region: (int(origin, 16), int(length) * 1024)
        for region, origin, length in re.findall(
            r"(CODE|SLOT|RAM) \(\w+\)\s*: ORIGIN = (0x[0-9A-F]+), LENGTH = (\d+)K", script
        )
    }
    assert regions == {
        "CODE": (target.flash.memory.address, target.code_bytes),
        "SLOT": (target.slot.address, target.slot.bytes),
        "RAM": (target.ram[0].address, target.ram_bytes),
    }
    assert target.slot.end == target.flash.memory.end
    assert all(a.end == b.address for a, b in zip(target.ram, target.ram[1:], strict=False))
    assert target.slot.address in {sector.address for sector in target.flash.sectors}
    assert target.flash.sectors[-1].end == target.flash.memory.end


@pytest.mark.parametrize("name", targets.names())
def test_elf_lies_where_the_toml_says(name: str) -> None:
    target = targets.load(name)
    elf = read_elf(target.elf_path("builtin"))
    at = elf.symbols
    assert (at["ld_slot_start"], at["ld_slot_end"]) == (target.slot.address, target.slot.end)
    assert (at["ld_ram_start"], at["ld_ram_end"]) == (target.ram[0].address, target.ram[-1].end)
    assert at["ld_stack_start"] == target.ram[0].address, "an overflow of the stack must leave the RAM"
    assert at["ld_arena_start"] % 16 == 0
    assert all(
        target.flash.memory.address <= segment.address
        and segment.address + len(segment.data) <= target.slot.address
        for segment in elf.segments
    )
    built = describe(target, "builtin", elf.path)
    assert built.static_bytes + built.stack_bytes + built.arena_bytes == target.ram_bytes


@pytest.mark.parametrize("name", targets.names())
def test_the_firmware_has_no_heap_and_no_double_precision(name: str) -> None:
    elf = read_elf(targets.load(name).elf_path("builtin"))
    assert not {"malloc", "_malloc_r", "_sbrk", "free", "printf"} & set(elf.symbols)
    # A VFP data-processing or load instruction with the size bit set; the chips have single precision only.
    doubles = [
        f"{address:#x} in {elf.function_at(address)}"
        for address, first, second, _ in elf.instructions()
        if first & 0xEF00 == 0xEE00 and second & 0x0F10 == 0x0B00
    ]
    assert not doubles


@pytest.mark.parametrize("name", targets.names())
def test_boards_agree_with_the_peripherals_of_the_toml(name: str) -> None:
    """Every register address in the board's and its drivers' sources lies in a listed peripheral or the core."""
    target = targets.load(name)
    cmake = (board(name) / "board.cmake").read_text()
    sources = [
        board(name) / "board.c",
        *(firmware_sources() / path for path in re.findall(r"drivers/\S+\.c", cmake)),
    ]
    for source in sources:
        for text in re.findall(r"0x4[0-9A-Fa-f]{7}(?=u)", source.read_text()):
            address = int(text, 16)
            if text not in ("0x45670123",):  # the flash unlock key
                assert any(region.holds(address) for region in target.peripherals), f"{source.name}: {text}"


@pytest.mark.slow
@pytest.mark.parametrize("name", targets.names())
def test_a_rebuild_elsewhere_gives_the_same_bytes(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other folders for sources and build; compared with the ELF in the package (gcc-arm-none-eabi of Debian 12)."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed")
    sources = tmp_path / "some where" / "firmware"
    shutil.copytree(firmware_sources(), sources)
    monkeypatch.setattr(firmware_build, "firmware_sources", lambda: sources)
    target = targets.load(name)
    built = build_firmware(target, "builtin", tmp_path / "out")
    shipped = target.elf_path("builtin")
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (built.elf, shipped)]
    assert digests[0] == digests[1], "the shipped ELF is not of these sources; run: edgeval firmware build"
