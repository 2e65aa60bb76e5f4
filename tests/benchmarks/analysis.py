"""`edgeval analyze` on a grid of the paper's size: 18 sizes, 5 seeds, 10,000 images, 100 classes, float and int8."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edgeval.cases.case import ModelCase
from tests import planted
from tests.analysis.grids import write_grid

SECONDS, GIB = 120, 4  # what the analysis may take on two cores
SCALECNN = (21_936, 80_348, 175_336, 306_900, 679_756, 1_198_916, 2_676_148, 4_738_596)
MOBILENETV2 = (
    214_180,
    262_596,
    366_212,
    524_228,
    815_780,
    1_483_524,
    2_351_972,
    5_129_252,
    8_953_188,
    19_803_748,
)


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        grid = write_grid(Path(folder) / "models" / "synthetic", cases())
        command = [sys.executable, "-m", "edgeval", "analyze", "--grid", str(grid), "--out", f"{folder}/out"]
        start = time.perf_counter()
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        wall_s = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s, peak_gib = used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20
    return [
        _row("analyze 90 runs, wall", f"{wall_s:.0f} s", f"below {SECONDS} s"),
        _row("analyze 90 runs, CPU of both cores", f"{cpu_s:.0f} s", f"below {2 * SECONDS} s"),
        _row("analyze 90 runs, peak memory", f"{peak_gib:.2f} GiB", f"below {GIB} GiB"),
    ]


def cases() -> Iterator[ModelCase]:
    where = planted.world(classes=100, samples=10_000)
    for family, sizes in (("scalecnn", SCALECNN), ("mobilenetv2", MOBILENETV2)):
        for index, params in enumerate(sizes):
            name, skill = f"{family}-{index}", 2.6 + 0.25 * index
            chains = {
                seed: planted.chain(where, name, seed, skill, ("float", "int8"), None) for seed in range(5)
            }
            yield ModelCase(name, family, chains, params)


def _row(what: str, ours: str, aim: str) -> dict[str, Any]:
    return {"what": what, "peer": "", "ours": ours, "theirs": "", "ratio": "", "aim": aim}
