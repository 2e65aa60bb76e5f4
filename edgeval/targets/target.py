"""What is known of a target: core, clock, memory map, model slot, link. Read from `<name>.toml` beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from edgeval import store
from edgeval.errors import ToolError, unknown
from edgeval.tomlfile import read_toml

FOLDER = Path(__file__).resolve().parent
ENGINES = ("builtin", "tflm")
# Of the library that engine tflm is linked against; TFLM documents it where TFLM_DOCUMENT says.
TFLM_BUILD = "TARGET=cortex_m_generic TARGET_ARCH=cortex-m4+fp OPTIMIZED_KERNEL_DIR=cmsis_nn microlite"
TFLM_DOCUMENT = "tensorflow/lite/micro/cortex_m_generic/README.md"


@dataclass(frozen=True)
class Memory:
    """A region of addresses."""

    name: str
    address: int
    bytes: int

    @property
    def end(self) -> int:
        return self.address + self.bytes

    def holds(self, address: int) -> bool:
        return self.address <= address < self.end


@dataclass(frozen=True)
class Flash:
    """The flash: `sectors` are its erase units in address order; a read that misses every cache costs
    `wait_states` cycles for `line_bytes`."""

    memory: Memory
    wait_states: int
    line_bytes: int
    sectors: tuple[Memory, ...]


@dataclass(frozen=True)
class Cache:
    """A cache between core and flash, taken to replace the line used least recently."""

    bytes: int
    line_bytes: int
    ways: int


@dataclass(frozen=True)
class Uart:
    """The link's peripheral, and the USB ids under which a board's serial port shows up."""

    peripheral: str
    baud: int
    usb_vendor: int
    usb_products: tuple[int, ...]


@dataclass(frozen=True)
class Target:
    """A chip on a board. `board` is the board's folder in firmware/boards, `board_name` its maker's name for it.
    `ram` is contiguous; `code_bytes` of flash lie before the model slot. `pyocd` is the chip's name in pyOCD;
    `qemu_machine` is QEMU's machine with this chip, None where it has none."""

    name: str
    board: str
    board_name: str
    core: str
    family: str
    pyocd: str
    clock_hz: int
    flash: Flash
    slot: Memory
    ram: tuple[Memory, ...]
    data_cache: Cache
    instruction_cache: Cache
    uart: Uart
    peripherals: tuple[Memory, ...]
    qemu_machine: str | None = None

    @property
    def ram_bytes(self) -> int:
        return sum(region.bytes for region in self.ram)

    @property
    def flash_bytes(self) -> int:
        return self.flash.memory.bytes

    @property
    def code_bytes(self) -> int:
        return self.slot.address - self.flash.memory.address

    def elf_place(self, engine: str) -> Path:
        """Where the ready firmware of an engine lies: in this installation, or in the user's cache folder where
        it is linked against the user's TensorFlow Lite Micro."""
        folder = FOLDER / "elf" if engine == "builtin" else store.cache_folder() / "firmware"
        return folder / f"{self.name}-{engine}.elf"

    def elf_path(self, engine: str) -> Path:
        """The ready firmware of an engine; UsageError for an unknown engine, ToolError where it was not built."""
        if engine not in ENGINES:
            raise unknown("engine", engine, ENGINES)
        path = self.elf_place(engine)
        if not path.is_file():
            command = f"edgeval firmware build --target {self.name} --engine {engine}"
            if engine == "tflm":
                command += (
                    f" --tflm-root PATH (your tflite-micro, built as its {TFLM_DOCUMENT} says: {TFLM_BUILD})"
                )
            raise ToolError(
                f"there is no firmware of engine '{engine}' for {self.name}: {path} is missing; build it with: "
                + command
            )
        return path


def names() -> list[str]:
    """The names of all targets."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@cache
def load(name: str) -> Target:
    """The target of this name; UsageError with the nearest name where there is none."""
    path = FOLDER / f"{name}.toml"
    if name not in names():
        raise unknown("target", name, names())
    return _target(read_toml(path))


def _target(table: dict[str, Any]) -> Target:
    flash = table["flash"]
    uart = table["uart"]
    return Target(
        name=table["name"],
        board=table["board"],
        board_name=table["board_name"],
        core=table["core"],
        family=table["family"],
        pyocd=table["pyocd"],
        clock_hz=table["clock_hz"],
        flash=Flash(
            memory=Memory("flash", flash["address"], flash["bytes"]),
            wait_states=flash["wait_states"],
            line_bytes=flash["line_bytes"],
            sectors=_sectors(flash["address"], flash["sectors"]),
        ),
        slot=Memory("slot", table["slot"]["address"], table["slot"]["bytes"]),
        ram=tuple(Memory(**region) for region in table["ram"]),
        data_cache=Cache(**table["data_cache"]),
        instruction_cache=Cache(**table["instruction_cache"]),
        uart=Uart(
            uart["peripheral"],
            uart["baud"],
            uart["usb_vendor"],
            tuple(uart["usb_products"]),
        ),
        peripherals=tuple(Memory(name, *span) for name, span in table["peripherals"].items()),
        qemu_machine=table.get("qemu", {}).get("machine"),
    )


def _sectors(address: int, groups: list[list[int]]) -> tuple[Memory, ...]:
    sectors: list[Memory] = []
    for count, size in groups:
        for _ in range(count):
            sectors.append(Memory(f"sector {len(sectors)}", address, size))
            address += size
    return tuple(sectors)
