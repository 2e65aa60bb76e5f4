"""Firmware built with the scripted engine, once a session."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeval import targets
from edgeval.devices.build.elf import FirmwareElf
from edgeval.devices.build.firmware import TOOLS, build_firmware

SCRIPTED = Path(__file__).resolve().parent / "scripted_engine" / "engine.cmake"


@pytest.fixture(scope="session")
def scripted_elf(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], FirmwareElf]:
    """The ELF of a target whose models misbehave as their first byte says, see scripted_engine/scripted.c."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed")
    built: dict[str, FirmwareElf] = {}

    def build(name: str) -> FirmwareElf:
        if name not in built:
            folder = tmp_path_factory.mktemp(name)
            definitions = {"EV_ENGINE_CMAKE": str(SCRIPTED)}
            built[name] = FirmwareElf(build_firmware(targets.load(name), "scripted", folder, definitions).elf)
        return built[name]

    return build
