"""SIGKILL at random moments over all commands: after any number of them, the same command leaves the same files.

    python -m tests.reliability.soak --kills 1000     goes on where it was stopped

A kill hits the whole process group, the command alone (its workers have to follow), or one worker (the command has to
end with code 2). After each kill no manifest may list a file that does not match; at the end every file is compared
with those of an undisturbed run. One trial in thirty starts `python -m edgeval` as a user does, the others fork
(forking.py).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.reliability import forking
from tests.reliability.log import LOG, ROOT, Entry, append
from tests.reliability.workshop import BY_NAME, STEPS, Workshop, half_written

KILLS_PER_ENTRY = 25
REAL_ONE_IN = 30
MODES = ("group", "command", "worker")
COMMAND = "make soak"


@dataclass
class Count:
    """What happened so far; `failed` says what was wrong."""

    kills: int = 0
    compared: int = 0
    by_step: Counter[str] = field(default_factory=Counter)
    by_mode: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)


class Soak:
    """Kills in the steps `names` of a workshop."""

    def __init__(self, workshop: Workshop, names: Sequence[str], seed: int) -> None:
        self.workshop, self.names, self.random = workshop, names, random.Random(seed)
        self.seconds = {name: done.seconds for name, done in workshop.undisturbed.items()}
        self.count = Count()

    def trial(self) -> None:
        """One to six kills of one step, then let it finish and compare; short steps come more often."""
        weights = [self.seconds[name] ** -0.75 for name in self.names]
        (name,) = self.random.choices(self.names, weights)
        real = self.random.randrange(REAL_ONE_IN) == 0
        self.workshop.restore_before(name)
        for _ in range(self.random.randint(1, 6)):
            if not self._killed(name, real):
                break  # it was faster
        self._finish(name, real)

    def _start(self, name: str, real: bool) -> int:
        arguments, shop = BY_NAME[name].command.split(), self.workshop
        if not real:
            return forking.start(arguments, shop.work, shop.output, shop.environment)
        environment = os.environ | shop.environment | {"PYTHONPATH": str(ROOT)}
        with shop.output.open("w") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "edgeval", *arguments], cwd=shop.work, env=environment, stdout=output,
                stderr=output, start_new_session=True,
            ).pid  # fmt: skip

    def _killed(self, name: str, real: bool) -> bool:
        pid, mode = self._start(name, real), self.random.choice(MODES)
        time.sleep(self.random.uniform(0, self.seconds[name] * (5 if real else 1)))
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            forking.wait(pid)
            return False
        workers = [one for one in group(pid) if one != pid]
        if mode == "worker" and not workers:
            mode = "command"
        if mode == "worker":
            _kill(self.random.choice(workers))
            code = forking.wait(pid)
            if code not in (0, 1, 2):
                self._fail(f"{name}: a worker was killed, the command ended with {code}: {self._said()}")
        elif mode == "command":
            _kill(pid)
            forking.wait(pid)
        else:
            _kill(pid, os.killpg)
            _kill(pid)  # it may not have left our group yet
            forking.wait(pid)
        self._await_end(name, pid)
        self.count.kills += 1
        self.count.by_step[name] += 1
        self.count.by_mode[f"{mode}{', real start' if real else ''}"] += 1
        for path in half_written(self.workshop.work):
            self._fail(f"{name}: {path} is listed and does not match after a kill of the {mode}")
        return True

    def _await_end(self, name: str, pid: int) -> None:
        for _ in range(600):
            if not group(pid):
                return
            time.sleep(0.1)
        self._fail(f"{name}: workers outlive a killed command by a minute: {group(pid)}")
        _kill(pid, os.killpg)

    def _finish(self, name: str, real: bool) -> None:
        start, expected = time.monotonic(), self.workshop.undisturbed[name]
        code = forking.wait(self._start(name, real))
        if not real:
            self.seconds[name] = 0.7 * self.seconds[name] + 0.3 * (time.monotonic() - start)
        if code != expected.code:
            self._fail(f"{name}: exit code {code}, undisturbed {expected.code}: {self._said()}")
            return
        different = self.workshop.differences(name)
        self.count.compared += 1
        if different:
            self._fail(f"{name}: {len(different)} files differ: {', '.join(different[:5])}")

    def _said(self) -> str:
        return self.workshop.output.read_text(errors="replace")[-500:]

    def _fail(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)
        kept = self.workshop.folder / f"failed-{int(time.time())}"
        shutil.copytree(self.workshop.work, kept, dirs_exist_ok=True)
        self.count.failed.append(text)


def _kill(pid: int, how: Callable[[int, int], None] = os.kill) -> None:
    with contextlib.suppress(ProcessLookupError):  # it had just ended, or not begun
        how(pid, signal.SIGKILL)


def group(leader: int) -> list[int]:
    """The living processes of a process group, without zombies."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z" and int(fields[2]) == leader:
            found.append(int(entry.name))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--steps", default=",".join(step.name for step in STEPS))
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "soak")
    parser.add_argument("--log", type=Path, default=LOG)
    options = parser.parse_args()
    names = options.steps.split(",")
    forking.preload(forking.needed_by(names))
    workshop = Workshop(options.folder, names)
    done, failed = _progress(options.folder), 0
    while done < options.kills:
        seed, start = time.time_ns() % 2**31, time.monotonic()
        soak = Soak(workshop, names, seed)
        while soak.count.kills < min(KILLS_PER_ENTRY, options.kills - done):
            soak.trial()
        count = soak.count
        done, failed = done + count.kills, failed + len(count.failed)
        details = {
            "comparisons": count.compared, "commands": dict(count.by_step), "modes": dict(count.by_mode),
            "failures": count.failed,
        }  # fmt: skip
        took = time.monotonic() - start
        append(Entry("kills", COMMAND, seed, count.kills, len(count.failed), took, details), options.log)
        _progress(options.folder, done % options.kills)
        print(f"{done} kills, {failed} failures, {took:.0f} s", file=sys.stderr, flush=True)
    return int(failed > 0)


def _progress(folder: Path, kills: int | None = None) -> int:
    path = folder / "progress.json"
    if kills is not None:
        path.write_text(json.dumps(kills))
    return int(json.loads(path.read_text())) if path.exists() else 0


if __name__ == "__main__":
    sys.exit(main())
