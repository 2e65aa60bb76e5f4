"""The builtin engine against TFLite Micro with CMSIS-NN on 15 public models, operator by operator.

Both on emulated stm32l4r5: instructions are exact, cycles estimated by edgeval's model. The reference is stored in
../shared/data/tflm-l4r5-public-models.json. The models lie in checkouts of their repositories, in the folder that
EDGEVAL_PUBLIC_MODELS names: FOLDER/mlcommons/tiny, FOLDER/tensorflow/tflite-micro, FOLDER/mit-han-lab/tinyengine.

    python -m tests.benchmarks.public_models --models FOLDER                 # a table of the models
    python -m tests.benchmarks.public_models --models FOLDER --operators kws # and of every operator
    python -m tests.benchmarks.public_models --models FOLDER --markdown      # the table of docs/ENGINE.md
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeval import targets
from edgeval.devices.build.elf import FirmwareElf
from edgeval.devices.build.firmware import build_firmware
from edgeval.devices.emulator.timing.model import CostModel
from edgeval.devices.emulator.trace import Recorder, Work, recording
from edgeval.devices.emulator.unicorn_device import UnicornDevice
from edgeval.devices.measure import random_inputs
from tests.conftest import SHARED_DATA
from tests.firmware.emulated import have_compiler

TARGET, ENGINE = "stm32l4r5", "builtin"
REFERENCE = SHARED_DATA / "tflm-l4r5-public-models.json"
FOLDER = "EDGEVAL_PUBLIC_MODELS"
AIM = 1.0
FIGURES = ("instructions", "cycles", "arena")


@dataclass(frozen=True)
class Need:
    """What one inference needs: exact instructions, estimated cycles; arena bytes of the whole model."""

    name: str
    instructions: int
    cycles: int
    arena: int = 0


@dataclass(frozen=True)
class Comparison:
    """A model's needs under both, in total and by operator."""

    ours: Need
    theirs: Need
    operators: list[tuple[Need, Need]]


def run() -> list[dict[str, Any]]:
    """Three rows a model: instructions, estimated cycles and arena bytes; the ratio is ours to theirs."""
    rows = []
    for one in compare(Path(os.environ.get(FOLDER, "")), [], None):
        for figure in FIGURES:
            ours, theirs = getattr(one.ours, figure), getattr(one.theirs, figure)
            rows.append(
                {
                    "what": f"{figure}, {one.ours.name}",
                    "peer": f"TFLM + CMSIS-NN, emulated {TARGET}",
                    "ours": f"{ours:,}",
                    "theirs": f"{theirs:,}",
                    "ratio": f"{ours / theirs:.3f}",
                    "aim": f"<= {AIM}",
                }
            )
    return rows


def compare(folder: Path, names: list[str], elf: Path | None) -> Iterator[Comparison]:
    """Every model that is there; says on stderr which are not. Builds the firmware where no `elf` is given."""
    if not (REFERENCE.is_file() and (elf or have_compiler())):
        print("public models: skipped, needs ../shared/data and arm-none-eabi-gcc", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as build:
        target = targets.load(TARGET)
        firmware = FirmwareElf(elf or build_firmware(target, ENGINE, Path(build)).elf)
        for name, reference in json.loads(REFERENCE.read_text())["models"].items():
            model = _find(folder, reference["source"])
            if names and name not in names:
                continue
            if model is None:
                source = reference["source"]
                print(f"{name}: skipped, {source} is not under ${FOLDER} ({folder})", file=sys.stderr)
                continue
            yield _comparison(name, firmware, model.read_bytes(), reference)


def _find(folder: Path, source: str) -> Path | None:
    repository, path = source.split(": ")
    place = SHARED_DATA / path if repository == "shared data" else folder / repository / path
    return place if place.is_file() else None


def _comparison(name: str, elf: FirmwareElf, model: bytes, reference: dict[str, Any]) -> Comparison:
    theirs = Need(
        name,
        reference["instructions"],
        reference["cycles_estimated_by_beb422b"],
        reference["arena_bytes"],
    )
    total, operators = count(name, elf, model)
    peers = [Need(*row) for row in reference["operators"]]
    ours = [
        Need(peer.name, one.instructions, one.cycles) for peer, one in zip(peers, operators, strict=False)
    ]
    return Comparison(total, theirs, list(zip(ours, peers, strict=True)))


def count(name: str, elf: FirmwareElf, model: bytes) -> tuple[Need, list[Need]]:
    """One inference of a model: in total, and operator by operator."""
    chip = targets.load(TARGET)
    with UnicornDevice(chip, elf, check_alignment=False) as device:
        device.load(model)
        inputs = random_inputs(device)
        plain, split = Recorder(device.machine, ENGINE), Recorder(device.machine, ENGINE)
        with recording(device.machine, plain, watch_flash=False):
            device.invoke(*inputs)
        with recording(device.machine, split, watch_flash=True):
            device.profile(*inputs)
        arena = device.stats().arena_used_bytes
    costs = CostModel(chip, elf, {**split.block_bytes, **plain.block_bytes})
    parts = [split.total, *split.operators]
    total = Work(
        plain.total.edges, sum(part.code_fills for part in parts), sum(part.data_fills for part in parts)
    )
    operators = [_need("", costs, work) for work in split.operators]
    return _need(name, costs, total, arena), operators


def _need(name: str, costs: CostModel, work: Work, arena: int = 0) -> Need:
    cost = costs.cost(work)
    return Need(name, cost.instructions, round(cost.cycles + cost.flash_cycles), arena)


def _ratios(ours: Need, theirs: Need) -> str:
    columns = []
    for figure in FIGURES:
        mine, other = getattr(ours, figure), getattr(theirs, figure)
        columns.append(f"{mine:>12,} {other:>12,} {mine / other:>6.2f}" if other else "")
    return "  ".join(columns).rstrip()


def _markdown(models: Iterator[Comparison]) -> None:
    print("| model | instructions | estimated cycles | arena bytes | operators above 1.0 in cycles |")
    print("| --- | --- | --- | --- | --- |")
    for one in models:
        cells = []
        for figure in FIGURES:
            ours, theirs = getattr(one.ours, figure), getattr(one.theirs, figure)
            cells.append(f"{ours:,} ({ours / theirs:.2f})")
        above = [
            f"{mine.name} {mine.cycles / other.cycles:.2f}"
            for mine, other in one.operators
            if mine.cycles > other.cycles
        ]
        print(f"| {one.ours.name} | {' | '.join(cells)} | {', '.join(above) or 'none'} |", flush=True)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", help="models, by their name in the reference; all without")
    parser.add_argument("--models", type=Path, default=Path(os.environ.get(FOLDER, "")), help=f"or ${FOLDER}")
    parser.add_argument("--operators", action="store_true", help="a row for each operator too")
    parser.add_argument("--elf", type=Path, help="a firmware built before, instead of building it")
    parser.add_argument("--markdown", action="store_true", help="a Markdown table, the ratios in brackets")
    options = parser.parse_args()
    if options.markdown:
        _markdown(compare(options.models, options.names, options.elf))
        return
    header = "  ".join(f"{figure:>12} {'TFLM':>12} {'ratio':>6}" for figure in FIGURES)
    print(f"{'':24}{header}")
    for one in compare(options.models, options.names, options.elf):
        print(f"{one.ours.name:24}{_ratios(one.ours, one.theirs)}", flush=True)
        for index, (ours, theirs) in enumerate(one.operators if options.operators else []):
            print(f"  {index:>2} {ours.name:19.19}{_ratios(ours, theirs)}")


if __name__ == "__main__":
    main()
