"""Where the runs of a grid lie: models/<grid>/<arch>-<size>/seed<k>/ (docs/DESIGN.md, files)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from edgeval import store
from edgeval.documents.files import EXPORT_JSON as EXPORT_JSON, RUN_JSON as RUN_JSON, read_run
from edgeval.documents.run import RunDocument
from edgeval.errors import StoreError, UsageError

MODELS = Path("models")
WEIGHTS = "weights.pt"
HISTORY = "history.csv"
ONNX_MODEL = "model.onnx"
INT8_MODEL = "model_int8.tflite"
PREDICTIONS = "predictions"
ACTIVATION_RANK = "activation_rank.json"


@dataclass(frozen=True, order=True)
class Run:
    """One network of a grid: `model_id` is `<arch>-<size>`, for example `scalecnn-16`."""

    grid: Path
    model_id: str
    seed: int

    @property
    def folder(self) -> Path:
        return self.grid / self.model_id / f"seed{self.seed}"

    @property
    def family(self) -> str:
        return self.model_id.rpartition("-")[0]

    def __str__(self) -> str:
        return f"{self.model_id} seed {self.seed}"

    def document(self) -> RunDocument:
        """The verified run.json."""
        return read_run(self.folder)


def home_of(grid: Path) -> Path:
    """The project of a grid, <project>/models/<grid>: relative paths were given there."""
    return grid.resolve().parents[1]


def grid_folder(name_or_path: str) -> Path:
    """The folder of a grid given by name (`demo` -> models/demo) or by path.

    Raises StoreError where there is none.
    """
    for folder in (Path(name_or_path), MODELS / name_or_path):
        if folder.is_dir() and (folder / "grid.toml").exists():
            return folder
    raise StoreError(
        f"no trained grid '{name_or_path}' (no grid.toml there or in {MODELS}); run edgeval train-grid first"
    )


def only_grid() -> str:
    """The name of the one trained grid in models/: what a command means that names none.

    Raises UsageError where there is none or a choice.
    """
    names = sorted(path.parent.name for path in MODELS.glob("*/grid.toml"))
    if not names:
        raise UsageError(
            f"no trained grid in {MODELS}; run edgeval train-grid first, or name a file of your own"
        )
    if len(names) > 1:
        raise UsageError(f"{MODELS} has several grids; choose one with --grid: {', '.join(names)}")
    return names[0]


def finished_runs(grid: Path) -> list[Run]:
    """All runs of a grid whose training is finished, smallest name first; damage raises StoreError."""
    runs = []
    for folder in sorted(grid.glob("*/seed*")):
        match = re.fullmatch(r"seed(\d+)", folder.name)
        if match and store.is_finished(folder, RUN_JSON):
            runs.append(Run(grid, folder.parent.name, int(match.group(1))))
    return sorted(runs)
