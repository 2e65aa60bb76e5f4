"""What a model needs on a target, without a data set: instructions, estimated latency, RAM, flash.

Instructions are counted exactly on the emulated target. Cycles are estimated from them: each core's instruction
classes (edgeval/devices/emulator/timing), refills after branches, and waits for the flash where a model of its
caches says that a line is missing. RAM is what the firmware itself reports.

Only Unicorn counts instructions. Another emulator gives memory and nothing about time; a board gives measured
cycles. What a runner cannot give is None.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np

from edgeval import targets
from edgeval.devices.build.elf import read_elf
from edgeval.devices.device import FirmwareDevice, model_bytes
from edgeval.devices.emulator.timing.model import Cost, CostModel
from edgeval.devices.emulator.trace import Recorder, Work, recording
from edgeval.devices.emulator.unicorn_device import UnicornDevice
from edgeval.devices.measure import Measured, measure, random_inputs
from edgeval.devices.opening import STAGE_OF, open_target
from edgeval.devices.wire.protocol import DeviceStats, Hello, OperatorRow
from edgeval.documents.device import ArenaParts, OperatorCost, PeakRam
from edgeval.documents.profile import FunctionCost, ProfileDocument, TimedLatency
from edgeval.errors import DeviceError
from edgeval.footprint.arena import arena_parts
from edgeval.targets import Target

SCHEMA_VERSION = 1
FUNCTIONS_SHOWN = 12
# What the estimate can be held against until a board has run this firmware; docs/PROFILE.md has the figures.
ACCURACY = "not measured on a board with this firmware; within about 25 % of published cycles per instruction"

NO_TIME = "none: this runner has no time source; --runner unicorn estimates, a board measures"
NO_COUNTER = "none: the board's cycle counter does not advance, or wraps within an inference"


def profile(
    model: bytes | str | Path,
    target: str,
    engine: str = "builtin",
    runner: str = "unicorn",
    port: str | None = None,
    record: Path | None = None,
) -> ProfileDocument:
    """Profile one inference of a .tflite file on a target.

    Returns a document with `instructions` (exact), `cycles_estimated`, `cycles_measured`, `latency_ms`,
    `peak_ram_bytes`, `flash_bytes`, `fits`, and a row for each of `operators` and the largest `functions`; None
    is what `runner` cannot give. Raises ModelError for a model that the target refuses, with the reason.
    """
    data = model_bytes(model)
    if runner == "unicorn":
        return _counted(data, target, engine)
    chip = targets.load(target)
    with open_target(target, runner, engine, port=port, record=record) as device:
        assert isinstance(device, FirmwareDevice)
        device.load(data)
        hello, measured = device.hello, measure(device)
    code_bytes = read_elf(chip.elf_path(engine)).code_bytes
    document = {
        **_common(chip, hello, runner, data, code_bytes, measured.stats),
        **_timed(chip, runner, measured, data),
    }
    return cast(ProfileDocument, document)


def _counted(data: bytes, target: str, engine: str) -> ProfileDocument:
    chip = targets.load(target)
    elf = read_elf(chip.elf_path(engine))
    with UnicornDevice(chip, elf) as device:
        device.load(data)
        inputs = random_inputs(device)
        plain = Recorder(device.machine, engine)
        with recording(device.machine, plain, watch_flash=False):
            expected = device.invoke(*inputs)
        split = Recorder(device.machine, engine)
        with recording(device.machine, split, watch_flash=True):
            _, rows = device.profile(*inputs)
        if not np.array_equal(expected, device.invoke(*inputs)):
            raise DeviceError(f"{device.name} gives another output while it is observed; report this")
        hello, stats = device.hello, device.stats()
    costs = CostModel(chip, elf, {**split.block_bytes, **plain.block_bytes})
    return _document(chip, hello, data, elf.code_bytes, _Result(plain, split, rows, stats, costs))


class _Result:
    """What the two observed inferences gave."""

    def __init__(
        self, plain: Recorder, split: Recorder, rows: list[OperatorRow], stats: DeviceStats, costs: CostModel
    ) -> None:
        self.rows = rows
        self.stats = stats
        self.costs = costs
        self.operators = split.operators
        # The flash was watched in the second inference only; the reads are the same in both.
        parts = [split.total, *split.operators]
        self.total = Work(
            edges=plain.total.edges,
            code_fills=sum(work.code_fills for work in parts),
            data_fills=sum(work.data_fills for work in parts),
        )


def _document(target: Target, hello: Hello, data: bytes, code_bytes: int, result: _Result) -> ProfileDocument:
    cost = result.costs.cost(result.total)
    document = {
        **_common(target, hello, "unicorn", data, code_bytes, result.stats),
        "instructions": cost.instructions,
        "cycles_estimated": round(_cycles(cost)),
        "cycles_waiting_for_flash": round(cost.flash_cycles),
        "cycles_measured": None,
        "latency_ms": _latency(target, cost, result.costs),
        "operators": _with_arena_parts(_operators(result), data, result.stats),
        "functions": _functions(result, cost.instructions),
    }
    return cast(ProfileDocument, document)


def _common(
    target: Target, hello: Hello, runner: str, data: bytes, code_bytes: int, stats: DeviceStats
) -> dict[str, Any]:
    """What every runner can give."""
    ram = _ram(stats)
    flash = {"total": code_bytes + len(data), "code": code_bytes, "model": len(data)}
    return {
        "schema_version": SCHEMA_VERSION,
        "target": target.name,
        "engine": hello.engine,
        "engine_version": hello.engine_version,
        "runner": runner,
        "source": "measured" if STAGE_OF[runner] == "board" else "emulated",
        "peak_ram_bytes": ram,
        "ram_bytes": target.ram_bytes,
        "flash_bytes": flash,
        "fits": ram["total"] <= target.ram_bytes and flash["total"] <= target.flash_bytes,
    }


def _timed(target: Target, runner: str, measured: Measured, data: bytes) -> dict[str, Any]:
    """The counter's cycles of a board; without a counter, and on an emulator in any case, nothing."""
    known = measured.has_time and STAGE_OF[runner] == "board"
    latency: TimedLatency = {"value": None, "source": None, "model": NO_TIME, "clock_hz": target.clock_hz}
    if STAGE_OF[runner] == "board":
        latency["model"] = NO_COUNTER
    if known:
        latency = {
            "value": round(measured.median_cycles / measured.core_hz * 1e3, 3),
            "source": "measured",
            "model": f"cycle counter of {measured.device}, median of {len(measured.cycles)} inferences",
            "clock_hz": measured.core_hz,
            "accuracy": f"{min(measured.cycles):,} to {max(measured.cycles):,} cycles",
        }
    rows: list[OperatorCost] = [
        {
            "index": index,
            "operator": _operator_name(row),
            "instructions": None,
            "cycles_estimated": None,
            "cycles_measured": row.cycles if known else None,
            "arena_bytes": row.live_bytes or None,  # an engine that does not say gives 0
        }
        for index, row in enumerate(measured.rows)
    ]
    return {
        "instructions": None,
        "cycles_estimated": None,
        "cycles_waiting_for_flash": None,
        "cycles_measured": measured.median_cycles if known else None,
        "latency_ms": latency,
        "operators": _with_arena_parts(rows, data, measured.stats),
        "functions": [],
    }


def _operator_name(row: OperatorRow) -> str:
    from tflite.utils import BUILTIN_OPCODE2NAME

    return BUILTIN_OPCODE2NAME.get(row.op_code, str(row.op_code))


def _cycles(cost: Cost) -> float:
    return cost.cycles + cost.flash_cycles


def _latency(target: Target, cost: Cost, costs: CostModel) -> TimedLatency:
    return {
        "value": round(_cycles(cost) / target.clock_hz * 1e3, 3),
        "source": "estimated",
        "model": f"{costs.core.NAME}; {target.flash.wait_states} flash wait states behind LRU caches, RAM without",
        "clock_hz": target.clock_hz,
        "accuracy": ACCURACY,
    }


def _ram(stats: DeviceStats) -> PeakRam:
    arena, stack, static = stats.arena_used_bytes, stats.stack_used_bytes, stats.static_bytes
    return {"total": arena + stack + static, "arena": arena, "stack": stack, "static": static}


def _operators(result: _Result) -> list[OperatorCost]:
    rows: list[OperatorCost] = []
    for index, (row, work) in enumerate(zip(result.rows, result.operators, strict=True)):
        cost = result.costs.cost(work)
        rows.append(
            {
                "index": index,
                "operator": _operator_name(row),
                "instructions": cost.instructions,
                "cycles_estimated": round(_cycles(cost)),
                "cycles_measured": None,
                "arena_bytes": row.live_bytes or None,
            }
        )
    return rows


def _with_arena_parts(rows: list[OperatorCost], data: bytes, stats: DeviceStats) -> list[OperatorCost]:
    """The operators with what lies in the arena while each runs; as they are where the engine does not say."""
    live = [row["arena_bytes"] for row in rows if row["arena_bytes"] is not None]
    if len(live) < len(rows):
        return rows
    parts = arena_parts(data, live, stats.arena_state_bytes)
    return [{**row, "arena_parts": cast(ArenaParts, of_row)} for row, of_row in zip(rows, parts, strict=True)]


def _functions(result: _Result, instructions: int) -> list[FunctionCost]:
    counts = result.costs.by_function(result.total).most_common(FUNCTIONS_SHOWN)
    return [
        {"function": name, "instructions": count, "share": round(count / instructions, 4)}
        for name, count in counts
    ]
