"""Two and eight processes that run the same command on one store at the same moment.

    python -m tests.reliability.crowd --rounds 200

Every process ends with the code of an undisturbed run, or with 2 and a line that says another process is at it; at
least one succeeds; the files are those of an undisturbed run.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.reliability import forking
from tests.reliability.log import LOG, ROOT, Entry, append
from tests.reliability.workshop import BY_NAME, Workshop

SIZES = (2, 8)
STEPS = (
    "import",
    "import-board",
    "compare-imported",
    "baseline-imported",
    "train",
    "export-own",
    "compare-file",
)
BUSY = "another process"
ROUNDS_PER_ENTRY = 25


class Crowd:
    """Rounds of one workshop; `failed` says what was wrong, `busy` how many gave way to another process."""

    def __init__(self, workshop: Workshop, names: Sequence[str], seed: int) -> None:
        self.workshop, self.names, self.random = workshop, names, random.Random(seed)
        self.by_round: Counter[str] = Counter()
        self.busy, self.failed = 0, list[str]()

    def round(self, size: int) -> None:
        """`size` processes of one step, started within a moment."""
        weights = [self.workshop.undisturbed[name].seconds ** -0.75 for name in self.names]
        (name,) = self.random.choices(self.names, weights)
        shop = self.workshop
        shop.restore_before(name)
        outputs = [shop.folder / f"output{index}" for index in range(size)]
        arguments = BY_NAME[name].command.split()
        started = [forking.start(arguments, shop.work, output, shop.environment) for output in outputs]
        self.by_round[f"{size} x {name}"] += 1
        self._check(f"{size} x {name}", name, [forking.wait(pid) for pid in started], outputs)

    def _check(self, what: str, name: str, codes: list[int], outputs: list[Path]) -> None:
        expected = self.workshop.undisturbed[name].code
        for code, output in zip(codes, outputs, strict=True):
            said = output.read_text(errors="replace")
            busy = code == 2 and BUSY in said
            self.busy += busy
            if code != expected and not busy:
                self._fail(f"{what}: exit code {code}: {said[-400:]}")
        if expected not in codes:
            self._fail(f"{what}: nobody succeeded")
        different = self.workshop.differences(name)
        if different:
            self._fail(f"{what}: {len(different)} files differ: {', '.join(different[:5])}")

    def _fail(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)
        self.failed.append(text)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=200, help="of each number of processes")
    parser.add_argument("--steps", default=",".join(STEPS))
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "crowd")
    parser.add_argument("--log", type=Path, default=LOG)
    options = parser.parse_args()
    names = options.steps.split(",")
    forking.preload(forking.needed_by(names))
    workshop, failed = Workshop(options.folder, names), 0
    for _ in range(0, options.rounds, ROUNDS_PER_ENTRY):
        for size in SIZES:
            failed += _entry(workshop, names, size, min(ROUNDS_PER_ENTRY, options.rounds), options.log)
    return int(failed > 0)


def _entry(workshop: Workshop, names: Sequence[str], size: int, rounds: int, log: Path) -> int:
    seed, start = time.time_ns() % 2**31, time.monotonic()
    crowd = Crowd(workshop, names, seed)
    for _ in range(rounds):
        crowd.round(size)
    details = {"rounds": dict(crowd.by_round), "gave way": crowd.busy, "failures": crowd.failed[:20]}
    took, command = time.monotonic() - start, "python -m tests.reliability.crowd"
    append(Entry(f"{size} processes", command, seed, rounds, len(crowd.failed), took, details), log)
    print(
        f"{size} processes, {rounds} rounds, {len(crowd.failed)} failures, {took:.0f} s",
        file=sys.stderr,
        flush=True,
    )
    return len(crowd.failed)


if __name__ == "__main__":
    sys.exit(main())
