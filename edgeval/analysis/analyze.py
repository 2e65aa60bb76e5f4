"""From a grid or a table to the document of its analysis."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgeval import runs
from edgeval.analysis.document import analyze_models, analyze_table
from edgeval.analysis.inputs.costs import budget_of
from edgeval.analysis.inputs.stored import read_grid
from edgeval.analysis.inputs.table import read_table
from edgeval.analysis.scaling.ranks import read_ranks
from edgeval.analysis.scaling.spectrum import training_images
from edgeval.analysis.ship import Floors
from edgeval.documents.analysis import AnalysisDocument
from edgeval.errors import DataError, ToolError, UsageError
from edgeval.progress import say

REPORTS = Path("reports")


def analyze(
    grid: str | None,
    table: Path | None,
    floors: Floors,
    target: str | None = None,
    data_dir: Path | None = None,
    engine: str = "builtin",
) -> tuple[AnalysisDocument, Path]:
    """The document of a grid or a table, as `edgeval analyze` names them, and the folder it belongs to.

    Raises UsageError unless one of both is given, and what reading and analysing them raises.
    """
    if (grid is None) == (table is None):
        raise UsageError(
            "give either --grid NAME or --table FILE.csv, for example: edgeval analyze --grid demo"
        )
    if table is not None:
        return _table(table, floors), REPORTS / table.stem
    folder = runs.grid_folder(grid or "")
    if floors.of_device and target is None:
        raise UsageError("a limit of latency, RAM or flash needs a target, for example --target stm32f746")
    budget = budget_of(target, engine) if target else None
    models, info, warnings = read_grid(folder, target, budget)
    images, missing = _images(folder, data_dir)
    document = analyze_models(
        models,
        info,
        folder.name,
        floors,
        images,
        [*warnings, *missing],
        budget=budget,
        ranks=read_ranks(folder),
    )
    return document, REPORTS / folder.name


def _table(path: Path, floors: Floors) -> AnalysisDocument:
    read = read_table(path)
    units = f"accuracy in {read.accuracy_unit}" + (f", ece in {read.ece_unit}" if read.ece_unit else "")
    ignored = f"; columns without meaning here: {', '.join(read.ignored)}" if read.ignored else ""
    say(f"{path.name}: {len(read.rows)} lines, read {units}{ignored}")
    return analyze_table(read, path.name, floors)


def _images(grid: Path, data_dir: Path | None) -> tuple[np.ndarray | None, list[str]]:
    """The training images, or a warning: everything but the spectrum can do without them."""
    try:
        return training_images(grid, data_dir), []
    except (DataError, ToolError, ImportError) as error:  # torchvision, for CIFAR, is an extra
        return None, [f"no spectrum: {error}"]
