"""Flash and RAM of the shipped firmware. Reference: firmware/size_budget.toml."""

from __future__ import annotations

import pytest

from edgeval import targets
from edgeval.devices.build.firmware import describe
from edgeval.devices.build.host import firmware_sources
from edgeval.tomlfile import read_toml

BUDGET = read_toml(firmware_sources() / "size_budget.toml")
SLACK = 0.05  # more room than this lets growth pass unseen


def test_every_board_has_a_budget() -> None:
    assert set(BUDGET) == {targets.load(name).board for name in targets.names()}


@pytest.mark.parametrize("name", targets.names())
def test_the_firmware_keeps_to_its_budget(name: str) -> None:
    target = targets.load(name)
    built = describe(target, "builtin", target.elf_path("builtin"))
    used = {"code_bytes": built.code_bytes, "ram_bytes": built.static_bytes + built.stack_bytes}
    assert set(used) == set(BUDGET[target.board])
    for figure, bytes_used in used.items():
        budget = BUDGET[target.board][figure]
        assert bytes_used <= budget, f"{figure} of {target.board} grew beyond firmware/size_budget.toml"
        assert bytes_used >= budget * (1 - SLACK), f"lower {figure} of {target.board} in size_budget.toml"
