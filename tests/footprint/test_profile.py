"""Counts and estimates. References: single steps of the emulator; the TRM's cycle tables; hand-made cases."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from unicorn import unicorn_const as uc_const

from edgeval import targets
from edgeval.devices.build.elf import FirmwareElf, read_elf
from edgeval.devices.emulator.timing import cortex_m4, cortex_m7
from edgeval.devices.emulator.timing.cache import LruCache
from edgeval.devices.emulator.timing.instruction import decode
from edgeval.devices.emulator.trace import Recorder, recording
from edgeval.devices.emulator.unicorn_device import UnicornDevice
from edgeval.devices.measure import random_inputs
from edgeval.devices.opening import RUNNERS, open_target
from edgeval.errors import ModelError
from edgeval.evaluation.deployment import Deployment, device_samples
from edgeval.footprint.fit import fit
from edgeval.footprint.profile import profile
from edgeval.targets import Cache
from tests.firmware.cases import Case
from tests.runners import need
from tests.schemas import check


@pytest.fixture(scope="module", params=["stm32f746", "stm32l4r5"])
def document(request: pytest.FixtureRequest, case: Case) -> dict[str, Any]:
    return profile(case.model, request.param)


def executed(recorder: Recorder, elf: FirmwareElf) -> Counter[int]:
    """How often each instruction runs, from the recorded blocks."""
    times: Counter[int] = Counter()
    for (_, block), count in recorder.total.edges.items():
        for instruction in decode(elf.bytes_at(block, recorder.block_bytes[block]), block):
            times[instruction.address] += count
    return times


@pytest.mark.parametrize("name", ["stm32f746", "stm32l4r5"])
def test_blocks_equal_single_steps(name: str, case: Case) -> None:
    """Every instruction stepped one by one, from the call of invoke to its return.

    A step skips what an IT block skips; the count does not, for it takes a cycle all the same.
    """
    target = targets.load(name)
    elf = read_elf(target.elf_path("builtin"))
    with UnicornDevice(target, elf, check_alignment=False) as device:
        device.load(case.model)
        recorder, steps = Recorder(device.machine, "builtin"), Counter[int]()

        def step(uc: Any, address: int, size: int, data: Any) -> None:
            steps[address] += recorder.inside

        with recording(device.machine, recorder, watch_flash=False):
            device.machine.uc.hook_add(uc_const.UC_HOOK_CODE, step)
            device.invoke(*random_inputs(device))
    times = executed(recorder, elf)
    conditional = {address for address, _, _, in_it_block in elf.instructions() if in_it_block}
    assert sum(times.values()) > 1_000
    assert all(steps[at] <= times[at] for at in conditional)
    assert {at: n for at, n in times.items() if at not in conditional} == {
        at: n for at, n in steps.items() if n and at not in conditional
    }


def test_parts_make_the_whole(document: dict[str, Any]) -> None:
    check("profile", document)
    ram, flash = document["peak_ram_bytes"], document["flash_bytes"]
    assert ram["total"] == ram["arena"] + ram["stack"] + ram["static"] <= document["ram_bytes"]
    assert flash["total"] == flash["code"] + flash["model"]
    operators = document["operators"]
    between = document["instructions"] - sum(row["instructions"] for row in operators)
    assert 0 <= between < 100 + 60 * len(operators)  # the loop over the operators
    assert max(row["arena_bytes"] for row in operators) <= ram["arena"]
    assert sum(row["instructions"] for row in document["functions"]) <= document["instructions"]
    seconds = document["cycles_estimated"] / targets.load(document["target"]).clock_hz
    assert document["latency_ms"]["value"] == pytest.approx(seconds * 1e3, abs=1e-3)


def test_a_profile_is_repeatable(document: dict[str, Any], case: Case) -> None:
    assert profile(case.model, document["target"]) == document


def assembled(*halfwords: int) -> list[Any]:
    return decode(b"".join(word.to_bytes(2, "little") for word in halfwords), 0x08000000)


def test_m4_cycles_of_the_reference_manual() -> None:
    """DDI0439 table 3-1: N back-to-back loads take N + 1, a multiple 1 + N, a MAC 1, an STR 1."""
    assert cortex_m4.block_cycles(assembled(0x6801)) == 2  # ldr r1, [r0]
    assert cortex_m4.block_cycles(assembled(0x6801, 0x6842, 0x6883)) == 4  # three ldr
    assert cortex_m4.block_cycles(assembled(0xC80E)) == 4  # ldmia r0!, {r1, r2, r3}
    assert cortex_m4.block_cycles(assembled(0xFB21, 0x3204)) == 1  # smlad r2, r1, r4, r3
    assert cortex_m4.block_cycles(assembled(0x6001)) == 1  # str r1, [r0]
    assert cortex_m4.block_cycles(assembled(0x1840)) == 1  # adds r0, r0, r1
    assert cortex_m4.block_cycles(assembled(0x1840, 0x6801)) == 4  # the address comes from the addition


def test_m7_issues_two_independent_instructions_a_cycle() -> None:
    independent = assembled(0x1C40, 0x1C49, 0x1C52, 0x1C5B)  # adds r0..r3, #1
    chained = assembled(0x1C40, 0x1C40, 0x1C40, 0x1C40)
    assert cortex_m7.block_cycles(independent) == 2
    assert cortex_m7.block_cycles(chained) == 4


def test_m7_chained_macs_take_a_cycle_each() -> None:
    """The accumulator is forwarded: smlad r2, r1, r4, r2 four times."""
    assert cortex_m7.block_cycles(assembled(*(0xFB21, 0x2204) * 4)) == 4


def test_cache_against_a_plain_list() -> None:
    """Fully associative: the same fills as a list of the lines used last."""
    cache, recent, fills = LruCache(Cache(bytes=128, line_bytes=16, ways=8), prefetch=False), [], 0
    for line in np.random.default_rng(0).integers(0, 14, 2000).tolist():
        fills += line not in recent
        recent = [*(other for other in recent if other != line), line][-8:]
        cache.read(line)
    assert cache.fills == fills


def test_prefetched_lines_are_not_counted() -> None:
    cache = LruCache(Cache(bytes=128, line_bytes=16, ways=8), prefetch=True)
    for line in range(100, 150):
        cache.read(line)
    assert cache.fills == 1


def test_fit_says_what_the_device_says(case: Case) -> None:
    for name in targets.names():
        (row,) = fit([("case", case.model)], name)["models"]
        with open_target(name) as device:
            device.load(case.model)
            assert row["fits"] and row["ram_bytes"]["arena"] == device.stats().arena_used_bytes


def test_fit_gives_the_numbers_of_what_does_not_fit(shared_data: Path) -> None:
    mobilenet = shared_data / "bench-mobilenetv2-0.35-int8.tflite"
    padded = mobilenet.read_bytes() + bytes(100_000)  # bytes behind a flatbuffer are never read
    (row,) = fit([("mobilenet", padded)], "stm32f407")["models"]
    assert not row["fits"] and row["reasons"] == ["flash: the model has 832,576 bytes, the slot 786,432"]
    assert row["ram_bytes"]["arena"] > 0
    with open_target("stm32f407") as device, pytest.raises(ModelError, match="its flash has 786,432 bytes"):
        device.load(padded)


def test_fit_tells_why_an_engine_refuses(case: Case) -> None:
    (row,) = fit([("half", case.model[: len(case.model) // 2])], "stm32f746")["models"]
    assert not row["fits"] and "refuses the model" in row["reasons"][0]


def test_another_emulator_gives_memory_and_no_time(case: Case) -> None:
    """Reference: Unicorn's profile of the same model."""
    need("qemu")
    ours, theirs = profile(case.model, "stm32f407"), profile(case.model, "stm32f407", runner="qemu")
    for key in ("peak_ram_bytes", "flash_bytes", "fits", "ram_bytes"):
        assert theirs[key] == ours[key], key
    assert theirs["runner"] == "qemu" and theirs["source"] == "emulated"
    assert theirs["instructions"] is theirs["cycles_estimated"] is theirs["cycles_measured"] is None
    assert theirs["latency_ms"]["value"] is None and "--runner unicorn" in theirs["latency_ms"]["model"]
    assert [row["operator"] for row in theirs["operators"]] == [row["operator"] for row in ours["operators"]]
    assert set(theirs) == set(ours)
    check("profile", theirs)


def test_each_runner_has_its_own_prediction_file() -> None:
    names = {runner: Deployment("stm32f407", runner=runner).predictions for runner in RUNNERS}
    assert names == {
        "unicorn": "emulated-stm32f407.npz",
        "qemu": "emulated-stm32f407-qemu.npz",
        "renode": "emulated-stm32f407-renode.npz",
        "serial": "board-stm32f407.npz",
    }
    labels = np.arange(1000) % 10
    for runner, samples in (("qemu", 200), ("renode", 200), ("unicorn", 1000), ("serial", 1000)):
        chosen = device_samples(labels, 1_000_000, Deployment("stm32f407", runner=runner))
        assert (len(labels) if chosen is None else len(chosen)) == samples
