"""The Python readers under atheris, which is libFuzzer over the bytecode of edgeval; PyPI has it for Linux.

pip install atheris
python -m tests.reliability.atheris_readers --minutes 2 npz tflite      each in a process of its own, logged
"""

from __future__ import annotations

import argparse
import contextlib
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.reliability.log import LOG, ROOT, Entry, append

KINDS = (
    "npz", "table-csv", "table-npz", "tflite", "policy", "grid", "baseline", "predictions", "evidence", "session",
)  # fmt: skip
KEPT = ROOT / "build" / "fuzz" / "readers"
LONGEST = 8_000


def fuzz(kind: str, options: list[str]) -> None:
    """Fuzz one reader in this process until libFuzzer's options end it."""
    import atheris

    with atheris.instrument_imports(include=["edgeval"]):
        from tests.reliability import readers

    corpus, folder = KEPT / kind, Path(tempfile.mkdtemp(prefix="edgeval-readers-"))
    corpus.mkdir(parents=True, exist_ok=True)
    (corpus / "good").write_bytes(readers.READERS[kind].seed())

    def mutated(data: bytes, longest: int, seed: int) -> bytes:
        chosen = random.Random(seed)
        if kind in ("baseline", "evidence") and chosen.random() < 0.5:
            with contextlib.suppress(ValueError, RecursionError):
                return readers.with_another_value(data, chosen.randrange)[:longest]
        changed: bytes = atheris.Mutate(data, longest)
        return changed

    arguments = [
        sys.argv[0],
        *options,
        f"-max_len={LONGEST}",
        f"-artifact_prefix={KEPT}/{kind}-",
        str(corpus),
    ]
    atheris.Setup(arguments, lambda data: try_one(readers, kind, data, folder), custom_mutator=mutated)
    atheris.Fuzz()


def try_one(readers: object, kind: str, data: bytes, folder: Path) -> None:
    readers.try_reader(kind, data, folder)  # type: ignore[attr-defined]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kinds", choices=KINDS, nargs="+")
    parser.add_argument("--minutes", type=float, default=2, help="of each reader")
    parser.add_argument("--inside", nargs=2, help=argparse.SUPPRESS)  # seconds and seed of one
    options = parser.parse_args()
    if options.inside:
        seconds, seed = options.inside
        fuzz(options.kinds[0], [f"-max_total_time={seconds}", f"-seed={seed}", "-print_final_stats=1"])
    return sum(_logged(kind, round(60 * options.minutes)) for kind in options.kinds)


def _logged(kind: str, seconds: int) -> int:
    seed, start = time.time_ns() % 2**31, time.monotonic()
    command = ["-m", "tests.reliability.atheris_readers", kind]
    done = subprocess.run(
        [sys.executable, *command, "--inside", str(seconds), str(seed)],
        capture_output=True,
        text=True,
        check=False,
    )
    count = re.search(r"number_of_executed_units: (\d+)", done.stderr) or re.search(
        r"Done (\d+) runs", done.stderr
    )
    found = re.search(r"=== Uncaught Python exception: ===\n(.*)", done.stderr)
    failed = int(found is not None or done.returncode != 0 or count is None)
    details = {"found": found[1][:300] if found else None}
    executions = int(count[1]) if count else 0
    took = time.monotonic() - start
    append(
        Entry(f"atheris {kind}", f"python {' '.join(command)}", seed, executions, failed, took, details), LOG
    )
    print(f"{kind}: {executions:,} executions, {details['found']}", file=sys.stderr, flush=True)
    if failed:
        print(done.stderr[-2500:], file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main())
