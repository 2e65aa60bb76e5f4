"""What a model needs on a target, without a data set: instructions, estimated latency, RAM, flash.

Instructions are counted exactly on the emulated target. Cycles are estimated from them: each core's instruction
classes (edgeval/devices/emulator/timing), refills after branches, and waits for the flash where a model of its
caches says that a line is missing. RAM is what the firmware itself reports.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edgeval import targets
from edgeval.devices.device import model_bytes
from edgeval.devices.elf import read_elf
from edgeval.devices.emulator.timing.model import Cost, CostModel
from edgeval.devices.emulator.trace import Recorder, Work, recording
from edgeval.devices.emulator.unicorn_device import UnicornDevice
from edgeval.devices.protocol import DeviceStats, OperatorRow
from edgeval.errors import DeviceError
from edgeval.targets import Target

SCHEMA_VERSION = 1
FUNCTIONS_SHOWN = 12
# What the estimate can be held against until a board has run this firmware; docs/PROFILE.md has the figures.
ACCURACY = "not measured on a board with this firmware; within about 25 % of published cycles per instruction"


def profile(model: bytes | str | Path, target: str, engine: str = "builtin") -> dict[str, Any]:
    """Profile one inference of a .tflite file on an emulated target.

    Returns a document with `instructions` (exact), `cycles_estimated`, `latency_ms`, `peak_ram_bytes`,
    `flash_bytes`, `fits`, and a row for each of `operators` and the largest `functions`. Raises ModelError for a
    model that the target refuses, with the reason.
    """
    chip = targets.load(target)
    data = model_bytes(model)
    elf = read_elf(chip.elf_path(engine))
    with UnicornDevice(chip, elf) as device:
        device.load(data)
        inputs = _inputs(device)
        plain = Recorder(device.machine, engine)
        with recording(device.machine, plain, watch_flash=False):
            expected = device.invoke(*inputs)
        split = Recorder(device.machine, engine)
        with recording(device.machine, split, watch_flash=True):
            _, rows = device.profile(*inputs)
        if not np.array_equal(expected, device.invoke(*inputs)):
            raise DeviceError(f"{device.name} gives another output while it is observed; report this")
        stats = device.stats()
    costs = CostModel(chip, elf, {**split.block_bytes, **plain.block_bytes})
    return _document(chip, engine, data, elf.code_bytes, _Result(plain, split, rows, stats, costs))


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


def _inputs(device: UnicornDevice) -> list[np.ndarray]:
    """Random inputs, the same in every run. Time hardly depends on them."""
    random = np.random.default_rng(0)
    return [
        random.integers(-128, 128, info.shape).astype(info.dtype)
        if info.dtype == np.int8
        else np.zeros(info.shape, info.dtype)
        for info in device.inputs
    ]


def _document(target: Target, engine: str, data: bytes, code_bytes: int, result: _Result) -> dict[str, Any]:
    cost = result.costs.cost(result.total)
    ram = _ram(result.stats)
    flash = {"total": code_bytes + len(data), "code": code_bytes, "model": len(data)}
    return {
        "schema_version": SCHEMA_VERSION,
        "target": target.name,
        "engine": engine,
        "source": "emulated",
        "instructions": cost.instructions,
        "cycles_estimated": round(_cycles(cost)),
        "cycles_waiting_for_flash": round(cost.flash_cycles),
        "latency_ms": _latency(target, cost, result.costs),
        "peak_ram_bytes": ram,
        "ram_bytes": target.ram_bytes,
        "flash_bytes": flash,
        "fits": ram["total"] <= target.ram_bytes and flash["total"] <= target.flash_bytes,
        "operators": _operators(result),
        "functions": _functions(result, cost.instructions),
    }


def _cycles(cost: Cost) -> float:
    return cost.cycles + cost.flash_cycles


def _latency(target: Target, cost: Cost, costs: CostModel) -> dict[str, Any]:
    return {
        "value": round(_cycles(cost) / target.clock_hz * 1e3, 3),
        "source": "estimated",
        "model": f"{costs.core.NAME}; {target.flash.wait_states} flash wait states behind LRU caches, RAM without",
        "clock_hz": target.clock_hz,
        "accuracy": ACCURACY,
    }


def _ram(stats: DeviceStats) -> dict[str, int]:
    parts = {
        "arena": stats.arena_used_bytes,
        "stack": stats.stack_used_bytes,
        "static": stats.static_bytes,
    }
    return {"total": sum(parts.values()), **parts}


def _operators(result: _Result) -> list[dict[str, Any]]:
    from tflite.utils import BUILTIN_OPCODE2NAME

    rows = []
    for index, (row, work) in enumerate(zip(result.rows, result.operators, strict=True)):
        cost = result.costs.cost(work)
        rows.append(
            {
                "index": index,
                "operator": BUILTIN_OPCODE2NAME.get(row.op_code, str(row.op_code)),
                "instructions": cost.instructions,
                "cycles_estimated": round(_cycles(cost)),
                "arena_bytes": row.live_bytes,
            }
        )
    return rows


def _functions(result: _Result, instructions: int) -> list[dict[str, Any]]:
    counts = result.costs.by_function(result.total).most_common(FUNCTIONS_SHOWN)
    return [
        {"function": name, "instructions": count, "share": round(count / instructions, 4)}
        for name, count in counts
    ]
