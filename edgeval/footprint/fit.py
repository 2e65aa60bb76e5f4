"""Which models fit a target, before any of them is trained: weights do not change the size.

The answer comes from the firmware's own engine on the emulated core (devices/emulator/engine_call.py), so it
is exact, and a model that is too large is given with what it would need.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from edgeval import targets
from edgeval.devices.build.elf import FirmwareElf, read_elf
from edgeval.devices.device import model_bytes
from edgeval.devices.emulator.engine_call import EngineCall, Needs
from edgeval.errors import ModelError, UsageError
from edgeval.targets import Target

SCHEMA_VERSION = 1


def fit(
    models: Iterable[tuple[str, bytes | str | Path]], target: str, engine: str = "builtin"
) -> dict[str, Any]:
    """Check named .tflite files against a target.

    Returns a document with a row for each of `models`: `fits`, `reasons` where it does not, bytes of RAM and
    flash, and what the target has. A model that the engine refuses does not fit, with its reason.
    """
    chip = targets.load(target)
    elf = read_elf(chip.elf_path(engine))
    with EngineCall(chip, elf, engine) as call:
        rows = [_row(name, model_bytes(model), chip, elf, call) for name, model in models]
    return {
        "schema_version": SCHEMA_VERSION,
        "target": chip.name,
        "engine": engine,
        "source": "emulated",
        "slot_bytes": chip.slot.bytes,
        "arena_bytes": _arena_bytes(elf),
        "models": rows,
    }


def models_in(folder: Path) -> list[tuple[str, Path]]:
    """The .tflite files below a folder with their names, smallest first; UsageError where there are none."""
    paths = sorted(folder.rglob("*.tflite"), key=lambda path: (path.stat().st_size, path))
    if not paths:
        raise UsageError(f"{folder} has no .tflite files; export them with: edgeval export --int8")
    return [(str(path.relative_to(folder).with_suffix("")), path) for path in paths]


def _arena_bytes(elf: FirmwareElf) -> int:
    """RAM that static data and stack leave."""
    return elf.symbols["ld_arena_end"] - elf.symbols["ld_arena_start"]


def _row(name: str, data: bytes, target: Target, elf: FirmwareElf, call: EngineCall) -> dict[str, Any]:
    try:
        needs, refused = call.needs(data), ""
    except ModelError as error:
        needs, refused = None, str(error)
    reasons = [refused] if refused else _reasons(data, needs, target, _arena_bytes(elf))
    reserved = target.ram_bytes - _arena_bytes(elf)
    arena = needs.arena_bytes if needs else None
    return {
        "model": name,
        "fits": not reasons,
        "reasons": reasons,
        "ram_bytes": {
            "total": arena + reserved if arena is not None else None,
            "arena": arena,
            "static_and_stack": reserved,
        },
        "flash_bytes": {"total": elf.code_bytes + len(data), "code": elf.code_bytes, "model": len(data)},
    }


def _reasons(data: bytes, needs: Needs | None, target: Target, arena_bytes: int) -> list[str]:
    reasons = []
    if len(data) > target.slot.bytes:
        reasons.append(f"flash: the model has {len(data):,} bytes, the slot {target.slot.bytes:,}")
    if needs is not None and needs.arena_bytes > arena_bytes:
        reasons.append(f"RAM: the arena needs {needs.arena_bytes:,} bytes, {arena_bytes:,} are left")
    return reasons
