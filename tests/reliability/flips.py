"""Models with flipped bits: the reader and the engine refuse them, or compute what TensorFlow Lite Micro computes.

    python -m tests.reliability.flips --models 100000

The wheel of tflite-micro is the reference; it is made for models that are right, and may die on a damaged one, so it
runs in processes of its own. A model that it refuses or dies on has no reference and is counted apart.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection

import numpy as np

from edgeval.devices.host import HostEngine
from edgeval.devices.opening import open_target
from edgeval.errors import EdgevalError
from edgeval.runtimes.tflite_file import inspect
from tests.firmware.cases import Case, make_case
from tests.reliability.log import LOG, Entry, append

CASES, FLIPS_MAX, ENTRY_MODELS = 200, 3, 5_000
REFERENCE_S = 20.0  # a damaged loop count can keep the reference busy for ever


@dataclass
class Reference:
    """The wheel in a process that is started again where it died."""

    process: Process | None = None
    pipe: Connection | None = None

    def outputs(self, model: bytes, inputs: Sequence[np.ndarray]) -> bytes | None:
        """The outputs' bytes; None where it refused, died or did not end."""
        if self.process is None:
            self.pipe, theirs = Pipe()
            self.process = Process(target=_serve, args=(theirs,), daemon=True)
            self.process.start()
            theirs.close()
        assert self.pipe is not None
        with contextlib.suppress(EOFError, ConnectionError):
            self.pipe.send((model, list(inputs)))
            if self.pipe.poll(REFERENCE_S):
                answer: bytes | None = self.pipe.recv()
                return answer
        self.process.kill()
        self.process.join()
        self.process = None
        return None


def _serve(pipe: Connection) -> None:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 2)  # it tells what it refuses
    while True:
        model, inputs = pipe.recv()
        try:
            with open_target("tflm") as device:
                device.load(model)
                pipe.send(_bytes(device.invoke(*inputs)))
        except Exception:  # whatever it raises for a damaged model: there is no reference
            pipe.send(None)


def _bytes(outputs: np.ndarray | list[np.ndarray]) -> bytes:
    return b"".join(one.tobytes() for one in (outputs if isinstance(outputs, list) else [outputs]))


def flipped(model: bytes, numbers: random.Random) -> bytes:
    """One to three bits turned, mostly where the file says what its weights mean rather than in weights alone."""
    changed = bytearray(model)
    for _ in range(numbers.randint(1, FLIPS_MAX)):
        changed[numbers.randrange(len(changed))] ^= 1 << numbers.randrange(8)
    return bytes(changed)


def judged(case: Case, model: bytes, engine: HostEngine, reference: Reference) -> str:
    """`refused`, `equal`, `no reference`, `other inputs`, or `wrong`: other bytes than the reference's."""
    with contextlib.suppress(EdgevalError):
        inspect(model)  # never anything else
    try:
        engine.load(model)
        ours = _bytes(engine.invoke(*case.inputs))
    except EdgevalError as error:
        return "other inputs" if "input" in str(error) else "refused"
    theirs = reference.outputs(model, case.inputs)
    if theirs is None:
        return "no reference"
    return "equal" if ours == theirs else "wrong"


def campaign(models: int, seed: int) -> tuple[Entry, list[bytes]]:
    """So many damaged models, and those whose outputs differ from the reference's."""
    numbers, start, seen, wrong = random.Random(seed), time.monotonic(), Counter[str](), []
    cases, engine, reference = [make_case(index) for index in range(CASES)], HostEngine(), Reference()
    for _ in range(models):
        case = numbers.choice(cases)
        model = flipped(case.model, numbers)
        outcome = judged(case, model, engine, reference)
        seen[outcome] += 1
        wrong += [model] if outcome == "wrong" else []
    took, command = time.monotonic() - start, "python -m tests.reliability.flips"
    return Entry("flipped bits", command, seed, models, len(wrong), took, {"outcomes": dict(seen)}), wrong


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=int, default=100_000)
    options = parser.parse_args()
    failed = 0
    for _ in _slices(options.models):
        entry, wrong = campaign(min(ENTRY_MODELS, options.models), time.time_ns() % 2**31)
        append(entry, LOG)
        failed += len(wrong)
        print(f"{entry.n:,} models, {entry.details['outcomes']}", file=sys.stderr, flush=True)
    return int(failed > 0)


def _slices(models: int) -> Iterator[int]:
    return iter(range(0, models, ENTRY_MODELS))


if __name__ == "__main__":
    sys.exit(main())
