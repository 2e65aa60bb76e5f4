"""A fault at every write, fsync, rename and link of a command, one after the other: nothing is lost or half read.

    python -m tests.reliability.faults     all commands of COMMANDS; goes on where it was stopped

The nth call of a run fails with EIO, with ENOSPC from then on, is torn in the middle of a write, or kills the process
group; for every n and kind. Then: an error is exit code 2 and one line; no manifest lists what does not match; what was
there before is as it was, or already new; the same command, run again, leaves the files of an undisturbed run. The
calls are counted over all processes of a command by a preloaded library (fault_shim.c).
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.reliability import forking
from tests.reliability.log import LOG, ROOT, Entry, append
from tests.reliability.workshop import BY_NAME, Workshop, contents, half_written

COMMANDS = (
    "train",
    "export",
    "compare-two-stages",
    "compare-again",
    "baseline-again",
    "import",
    "import-board",
)
KINDS = {"EIO": 1, "ENOSPC": 2, "torn write": 3, "crash": 4}
COMMAND = "python -m tests.reliability.faults"
KILLED = -9
DONE = "done.json"


class Control(ctypes.Structure):
    """control_t of fault_shim.c."""

    _fields_ = (
        ("count", ctypes.c_ulong),
        ("nth", ctypes.c_ulong),
        ("kind", ctypes.c_int),
        ("is_write", ctypes.c_int),
        ("folder", ctypes.c_char * 512),
        ("call", ctypes.c_char * 512),
    )


@dataclass
class Count:
    """What happened in one command; `calls` is how many calls its undisturbed run makes."""

    faults: int = 0
    calls: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)


class Faults:
    """All faults of one step of a workshop."""

    def __init__(self, workshop: Workshop, name: str) -> None:
        self.workshop, self.name, self.count = workshop, name, Count()
        workshop.restore_before(name)
        self.before = contents(workshop.work)
        self.after = contents(workshop.copy_after(name))

    def run(self) -> Count:
        """Every n until the command makes no such call any more."""
        nth = 0
        while self._all_kinds(nth := nth + 1):
            pass
        return self.count

    def _all_kinds(self, nth: int) -> bool:
        """False where the command ended before its nth call."""
        for kind in KINDS:
            code, control = self._disturbed(nth, kind)
            if not control.call:
                return False
            self.count.calls = nth
            if kind == "torn write" and not control.is_write:
                continue  # it was a crash, which the next kind is
            self.count.faults += 1
            self.count.by_kind[f"{kind} in {control.call.decode().split()[0]}"] += 1
            self._check(f"{self.name}: {kind} in call {nth} ({control.call.decode()})", code)
        return True

    def _disturbed(self, nth: int, kind: str) -> tuple[int, Control]:
        shop = self.workshop
        shop.restore_before(self.name)
        path = shop.folder / "control"
        path.write_bytes(bytes(Control(nth=nth, kind=KINDS[kind], folder=str(shop.work).encode())))
        arguments = BY_NAME[self.name].command.split()
        code = forking.wait(
            forking.start(arguments, shop.work, shop.output, shop.environment, lambda: _arm(path))
        )
        return code, Control.from_buffer_copy(path.read_bytes())

    def _check(self, what: str, code: int) -> None:
        shop, said = self.workshop, self.workshop.output.read_text(errors="replace")
        if code not in (2, KILLED, shop.undisturbed[self.name].code):
            self._fail(f"{what}: exit code {code}: {said[-500:]}")
        if "Traceback" in said or (code == 2 and not said.splitlines()[-1].startswith("edgeval: error: ")):
            self._fail(f"{what}: not one line: {said[-1500:]}")
        for path in half_written(shop.work):
            self._fail(f"{what}: {path} is listed and does not match")
        for path in self._lost(contents(shop.work)):
            self._fail(f"{what}: {path} is neither what it was nor what it becomes")
        again = forking.wait(
            forking.start(BY_NAME[self.name].command.split(), shop.work, shop.output, shop.environment)
        )
        different = shop.differences(self.name)
        if again != shop.undisturbed[self.name].code or different:
            said = shop.output.read_text(errors="replace")[-500:]
            self._fail(f"{what}: run again it gives {again}, {different[:5]} differ: {said}")

    def _lost(self, now: dict[str, str]) -> list[str]:
        """Files that were there before and hold neither their old nor their new content; a manifest may shrink."""
        return [
            path
            for path, old in self.before.items()
            if not path.endswith("manifest.json") and now.get(path) not in (old, self.after.get(path))
        ]

    def _fail(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)
        self.count.failed.append(text[:400])


def _arm(path: Path) -> None:
    if ctypes.CDLL(None).fault_arm(str(path).encode()) != 0:
        raise OSError(f"{path} cannot be mapped")


def preloaded(folder: Path) -> dict[str, str]:
    """The environment in which a process has the shim, which is compiled into `folder`."""
    library = folder / "fault_shim.so"
    folder.mkdir(parents=True, exist_ok=True)
    source = Path(__file__).with_name("fault_shim.c")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return os.environ | {"LD_PRELOAD": str(library)}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", default=",".join(COMMANDS))
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "faults")
    parser.add_argument("--log", type=Path, default=LOG)
    options = parser.parse_args()
    if "fault_shim" not in os.environ.get("LD_PRELOAD", ""):
        again = [sys.executable, "-m", "tests.reliability.faults", *sys.argv[1:]]
        os.execve(sys.executable, again, preloaded(options.folder))
    names = options.steps.split(",")
    forking.preload(forking.needed_by(names))
    workshop = Workshop(options.folder, names, nets=1)
    failed = sum(_campaign(workshop, name, options.log) for name in _left(options.folder, names))
    (options.folder / DONE).unlink()
    return int(failed > 0)


def _campaign(workshop: Workshop, name: str, log: Path) -> int:
    start = time.monotonic()
    count = Faults(workshop, name).run()
    details = {
        "step": name,
        "calls": count.calls,
        "kinds": dict(count.by_kind),
        "failures": count.failed[:20],
    }
    took, failed = time.monotonic() - start, len(count.failed)
    append(Entry("faults", f"{COMMAND} --steps {name}", 0, count.faults, failed, took, details), log)
    print(
        f"{name}: {count.calls} calls, {count.faults} faults, {failed} failures", file=sys.stderr, flush=True
    )
    return failed


def _left(folder: Path, names: Sequence[str]) -> Iterator[str]:
    """The names that an interrupted campaign has not finished; finished ones are kept in a file."""
    path = folder / DONE
    for name in names:
        done = json.loads(path.read_text()) if path.exists() else []
        if name not in done:
            yield name
            path.write_text(json.dumps([*done, name]))


if __name__ == "__main__":
    sys.exit(main())
