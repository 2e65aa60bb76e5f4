"""Builds the libFuzzer targets of firmware/fuzz and runs one of them for a while.

`python -m tests.reliability.libfuzzer --minutes 20 frame_decoder` runs in slices and logs each; what it finds is kept
in build/fuzz, so the next run goes on from there.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from edgeval.devices.build.host import firmware_sources
from tests.reliability.log import ROOT, Entry, append

FUZZ = firmware_sources() / "fuzz"
# The longest input in bytes: mostly small ones, which run fast; the last one reaches every limit.
LENGTHS = {
    "model_reader": (1_500, 2_500, 20_000),
    "frame_decoder": (160, 300, 4_200),
    "session": (600, 1_500, 9_000),
}
SLICE_S = 120
KEPT = ROOT / "build" / "fuzz"
# Nothing is allocated in an execution, so there is no freed block to watch and none to leak.
FAST = {"ASAN_OPTIONS": "quarantine_size_mb=1:malloc_context_size=0"}


@dataclass(frozen=True)
class Run:
    """What one start of a target did; `crashed` with the end of its log."""

    executions: int
    edges: int
    crashed: str | None


def absent_tool() -> str | None:
    """Why the targets cannot be built here, or None."""
    for tool in ("clang", "cmake", "ninja"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    runtime = subprocess.run(
        ["clang", "-print-runtime-dir"], capture_output=True, text=True, check=True
    ).stdout
    if not (Path(runtime.strip()) / f"libclang_rt.fuzzer-{platform.machine()}.a").is_file():
        return "clang has no libFuzzer; on Debian: apt install libclang-rt-dev"
    return None


def build(folder: Path) -> Path:
    """Configure and build all targets in `folder`."""
    configure = ["cmake", "-S", str(FUZZ), "-B", str(folder), "-G", "Ninja", "-DCMAKE_C_COMPILER=clang"]
    subprocess.run(configure, check=True, capture_output=True)
    subprocess.run(["cmake", "--build", str(folder)], check=True, capture_output=True)
    return folder


def run(program: Path, name: str, found: Path, seconds: int, length: int, seed: int) -> Run:
    """Fuzz over the corpus of `name` and what was found before; a crashing input lies beside `found`."""
    found.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [
            program, f"-max_total_time={seconds}", f"-max_len={length}", f"-seed={seed}", "-timeout=60",
            "-rss_limit_mb=1500", "-detect_leaks=0", "-print_final_stats=1",
            f"-artifact_prefix={found.parent}/{name}-", found, FUZZ / "corpus" / name,
        ],
        capture_output=True, text=True, errors="replace", env=os.environ | FAST, timeout=seconds + 300, check=False,
    )  # fmt: skip
    count, edges = (
        re.search(r"number_of_executed_units: (\d+)", done.stderr),
        re.findall(r"cov: (\d+)", done.stderr),
    )
    crashed = None if done.returncode == 0 and count else done.stderr[-3000:]
    return Run(int(count[1]) if count else 0, int(edges[-1]) if edges else 0, crashed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=LENGTHS, nargs="+")
    parser.add_argument("--minutes", type=float, default=20, help="of each target")
    options = parser.parse_args()
    absent = absent_tool()
    if absent:
        print(absent, file=sys.stderr)
        return 2
    programs = build(KEPT / "programs")
    return max(campaign(programs, name, 60 * options.minutes) for name in options.target)


def campaign(programs: Path, name: str, seconds: float) -> int:
    """Slices until the time is over; 1 at the first crash."""
    end = time.monotonic() + seconds
    for length in itertools.cycle(LENGTHS[name]):
        start, seed = time.monotonic(), time.time_ns() % 2**31
        done = run(programs / f"fuzz_{name}", name, KEPT / name, SLICE_S, length, seed)
        details = {"max_len": length, "edges": done.edges}
        command = f"python -m tests.reliability.libfuzzer {name}"
        took = time.monotonic() - start
        append(
            Entry(
                f"libfuzzer {name}",
                command,
                seed,
                done.executions,
                int(done.crashed is not None),
                took,
                details,
            )
        )
        print(f"{name}: {done.executions:,} executions, {done.edges} edges", file=sys.stderr, flush=True)
        if done.crashed:
            print(done.crashed, file=sys.stderr)
            return 1
        if time.monotonic() >= end:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
