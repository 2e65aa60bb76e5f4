"""`python -m tests.benchmarks [NAME...]`: runs the benchmarks and prints one table."""

from __future__ import annotations

import importlib
import json
import platform
import sys
from pathlib import Path
from typing import Any

NAMES = ("startup", "training", "evaluation", "export", "engine", "public_models", "analysis")
COLUMNS = ("what", "peer", "ours", "theirs", "ratio", "aim")
RESULTS = Path("build") / "benchmarks.json"


def main(names: list[str]) -> None:
    rows: list[dict[str, Any]] = []
    for name in names or NAMES:
        print(f"running {name} ...", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"tests.benchmarks.{name}").run()
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    widths = {column: max(len(column), *(len(str(row[column])) for row in rows)) for column in COLUMNS}
    print("  ".join(column.ljust(widths[column]) for column in COLUMNS))
    for row in rows:
        print("  ".join(str(row[column]).ljust(widths[column]) for column in COLUMNS))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
