"""Renode's files against the targets, and our side of its runner.

References: the targets' TOML, the linker scripts, and for names, properties and commands Renode 1.16's public
sources (types and constructor arguments below were read there). Renode itself runs these files in
.github/workflows/renode.yml; what is under test here needs no Renode.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edgeval import targets
from edgeval.devices import renode
from edgeval.devices.build.host import firmware_sources
from edgeval.devices.opening import open_target
from edgeval.devices.renode import RenodeDevice
from edgeval.errors import DeviceError
from tests.firmware.cases import Case

NAMES = ("stm32f407", "stm32f746")
ROBOT = Path(__file__).with_name("renode_same_bytes.robot")
BOARDS = firmware_sources() / "boards"

# Of Renode 1.16.0 and 1.16.1: type -> properties that may be set, and those that must be.
TYPES = {
    "Memory.MappedMemory": ({"size"}, {"size"}),
    "Memory.ArrayMemory": ({"size"}, {"size"}),
    "IRQControllers.NVIC": ({"priorityMask", "systickFrequency"}, set()),
    "CPU.CortexM": ({"cpuType", "nvic", "PerformanceInMips"}, {"cpuType", "nvic"}),
    "MTD.STM32F4_FlashController": ({"flash"}, {"flash"}),
    "UART.STM32_UART": ({"frequency"}, set()),
    "UART.STM32F7_USART": ({"frequency", "lowPowerMode"}, {"frequency"}),
    "Miscellaneous.STM32_PWR": (set(), set()),
    "Miscellaneous.STM32F4_RCC": ({"rtcPeripheral"}, {"rtcPeripheral"}),
    "Timers.STM32F4_RTC": ({"wakeupTimerFrequency"}, set()),
}
SIZE_OF_MODEL = 0x400  # what the peripherals without a size in the description take


@dataclass
class Entry:
    """One object of a platform description."""

    type: str
    address: int | None
    bytes: int | None
    properties: dict[str, str] = field(default_factory=dict)
    connections: list[str] = field(default_factory=list)


def parse(text: str) -> tuple[dict[str, Entry], list[str]]:
    """Objects by name, and the lines of sysbus' init section. Fails on any line that it does not know."""
    entries: dict[str, Entry] = {}
    init: list[str] = []
    current: Entry | None = None
    for line in text.splitlines():
        line = line.split("//")[0].rstrip()
        if not line:
            continue
        if head := re.fullmatch(r"(\w+): ([\w.]+) @ sysbus(?: <?(0x\w+)(?:, \+(0x\w+)>)?)?", line):
            name, kind, address, size = head.groups()
            assert name not in entries, f"{name} twice"
            current = entries[name] = Entry(
                kind, int(address, 16) if address else None, int(size, 16) if size else None
            )
        elif line == "sysbus:" or line == "    init:":
            current = None
        elif current is None:
            assert line.startswith("        "), line
            init.append(line.strip())
        elif connection := re.fullmatch(r"    (?:\w+ )?-> (\w+@\d+)", line):
            current.connections.append(connection[1])
        elif setting := re.fullmatch(r'    (\w+): (\w+|"[\w-]+")', line):
            current.properties[setting[1]] = setting[2].strip('"')
        else:
            raise AssertionError(f"unknown syntax: {line!r}")
    return entries, init


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def board(name: str) -> Path:
    """The folder of a target's board."""
    return BOARDS / targets.load(name).board


@pytest.fixture
def platform(name: str) -> tuple[dict[str, Entry], list[str]]:
    return parse((board(name) / "renode.repl").read_text())


def spans(platform: tuple[dict[str, Entry], list[str]]) -> list[tuple[int, int]]:
    """First address and the one behind the last, of everything on the bus."""
    entries, init = platform
    found = []
    for entry in entries.values():
        if entry.address is not None:
            size = int(entry.properties["size"], 16) if "size" in entry.properties else entry.bytes
            found.append((entry.address, entry.address + (size or SIZE_OF_MODEL)))
    for line in init:
        first, last = re.fullmatch(r"SilenceRange <(0x\w+), (0x\w+)>", line).groups()  # type: ignore[union-attr]
        found.append((int(first, 16), int(last, 16) + 1))
    return sorted(found)


def test_types_and_properties_exist_in_renode(platform: tuple[dict[str, Entry], list[str]]) -> None:
    entries, _ = platform
    for label, entry in entries.items():
        allowed, needed = TYPES[entry.type]
        assert needed <= set(entry.properties) <= allowed, label
        for key in ("nvic", "flash", "rtcPeripheral"):
            assert entry.properties.get(key, key if key != "rtcPeripheral" else "rtc") in entries
        assert all(line.split("@")[0] in entries for line in entry.connections), label


def test_memories_are_the_chips(name: str, platform: tuple[dict[str, Entry], list[str]]) -> None:
    target, (entries, _) = targets.load(name), platform
    described = {
        label: (entry.address, int(entry.properties["size"], 16))
        for label, entry in entries.items()
        if entry.type == "Memory.MappedMemory"
    }
    assert described == {
        region.name: (region.address, region.bytes) for region in (target.flash.memory, *target.ram)
    }


def test_memories_are_the_linker_scripts(name: str, platform: tuple[dict[str, Entry], list[str]]) -> None:
    entries, _ = platform
    script = (board(name) / "board.ld").read_text()
    regions = {
        region: (int(origin, 16), int(kilobytes) * 1024)
        for region, origin, kilobytes in re.findall(
            r"(\w+) \(\w+\)\s*: ORIGIN = (0x\w+), LENGTH = (\d+)K", script
        )
    }
    flash, ram = (
        entries["flash"],
        [e for n, e in entries.items() if e.type == "Memory.MappedMemory" and n != "flash"],
    )
    assert regions["CODE"][0] == flash.address
    assert regions["CODE"][1] + regions["SLOT"][1] == int(flash.properties["size"], 16)
    assert regions["RAM"] == (
        min(e.address or 0 for e in ram),
        sum(int(e.properties["size"], 16) for e in ram),
    )


def test_core_clock_and_link_are_the_targets(name: str, platform: tuple[dict[str, Entry], list[str]]) -> None:
    target, (entries, _) = targets.load(name), platform
    assert entries["cpu"].properties["cpuType"] == target.core
    assert int(entries["cpu"].properties["PerformanceInMips"]) * 10**6 == target.clock_hz
    assert int(entries["nvic"].properties["systickFrequency"]) == target.clock_hz
    assert int(entries[target.uart.peripheral].properties["frequency"]) == target.clock_hz // 2  # APB2


def test_everything_that_the_firmware_touches_is_there(
    name: str, platform: tuple[dict[str, Entry], list[str]]
) -> None:
    """The peripherals of the TOML are all that the firmware uses: the Unicorn machine faults on others."""
    on_the_bus = spans(platform)
    assert all(end <= start for (_, end), (start, _) in pairwise(on_the_bus))
    entries, _ = platform
    for region in targets.load(name).peripherals:
        assert any(start <= region.address < end for start, end in on_the_bus), region.name
        if region.name in entries and region.name != "flash":  # which is the memory here
            assert entries[region.name].address == region.address


def test_scripts_set_what_they_use(name: str) -> None:
    """Every variable is set by the caller, by Renode, or as a macro of the script itself."""
    lines = [
        line
        for line in (board(name) / "renode.resc").read_text().splitlines()
        if not line.startswith(("#", ":"))
    ]
    used = set(re.findall(r"\$(\w+)", "\n".join(lines)))
    assert used == {"elf", "port", "ORIGIN", "reset"}
    assert "macro reset" in lines and "runMacro $reset" in lines
    assert "machine LoadPlatformDescription $ORIGIN/renode.repl" in lines
    assert f"connector Connect sysbus.{targets.load(name).uart.peripheral} edgeval" in lines
    assert 'emulation CreateServerSocketTerminal $port "edgeval" false' in lines
    assert lines[-1] == "start"
    vectors = int(next(line.split()[-1] for line in lines if "VectorTableOffset" in line), 16)
    assert vectors == targets.load(name).flash.memory.address


def test_robot_file_runs_every_script_and_waits_for_both_verdicts() -> None:
    text = ROBOT.read_text()
    assert all(f"Start Machine    {name}    {targets.load(name).board}" in text for name in NAMES)
    script = re.search(r"include @\$\{ROOT\}/(\S+)", text)
    assert script is not None
    for name in NAMES:
        assert (ROBOT.parents[2] / script[1].replace("${board}", targets.load(name).board)).is_file()
    assert (
        {path.parent for path in BOARDS.glob("*/renode.resc")}
        == {path.parent for path in BOARDS.glob("*/renode.repl")}
        == {board(name) for name in NAMES}
    )
    assert "(PASS|FAIL)" in text and "Should Pass" in text and "Should Fail" in text


@pytest.fixture
def standin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program `renode` on the PATH that is Unicorn behind a TCP port, see standin_renode.py."""
    program = tmp_path / "renode"
    script = Path(__file__).with_name("standin_renode.py")
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    renode.version.cache_clear()


def test_the_session_goes_over_the_port(standin: None, name: str, case: Case) -> None:
    with open_target(name, "renode") as device, open_target("host") as host:
        device.load(case.model)
        host.load(case.model)
        x = case.inputs[0].reshape(host.inputs[0].shape)
        assert np.array_equal(np.asarray(device.invoke(x)), np.asarray(host.invoke(x)))
        assert device.name == f"{name} in Renode" and renode.version() == "renode 1.16.1"
        assert isinstance(device, RenodeDevice)
        emulator = device._link._emulator
        assert emulator is not None and emulator.running
    assert not emulator.running


def test_a_script_that_fails_is_said(standin: None, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEVAL_STANDIN", "broken")
    with pytest.raises(
        DeviceError, match=f"{name} in Renode ended with exit code 1: .*LoadPlatformDescription"
    ):
        open_target(name, "renode")
