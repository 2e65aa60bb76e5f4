"""From the options of `edgeval export` to its exports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edgeval import runs
from edgeval.errors import StoreError, UsageError
from edgeval.export.job import Options, Result, export_own, export_runs
from edgeval.export.network import from_factory, from_onnx
from edgeval.records import PerChannel, Preprocessing, preprocessing_of


@dataclass(frozen=True)
class Request:
    """What a user asked for: at most one of `grid`, `run`, `torch` and `onnx`, and what goes with it."""

    grid: str | None
    run: Path | None
    torch: str | None
    onnx: Path | None
    weights: Path | None
    out: Path | None
    mean: PerChannel | None
    std: PerChannel | None


def export_request(request: Request, options: Options) -> list[Result]:
    """Do the exports, without a source those of the one grid in models/.

    Raises UsageError where the options do not go together.
    """
    given = [f"--{name}" for name in ("grid", "run", "torch", "onnx") if getattr(request, name) is not None]
    if len(given) > 1:
        raise UsageError(f"export takes one of --grid, --run, --torch and --onnx, seen: {', '.join(given)}")
    if not given:
        request, given = replace(request, grid=runs.only_grid()), ["--grid"]
    if request.grid is not None or request.run is not None:
        _refuse(given[0], request, ("weights", "out", "mean", "std"))
        return export_runs(
            _of_grid(request.grid) if request.grid is not None else _of_run(request.run), options
        )
    if options.dataset is None or request.out is None:
        raise UsageError(f"{given[0]} needs --dataset and --out")
    return [_export_own(request, options.dataset, request.out, options)]


def _refuse(source: str, request: Request, names: Sequence[str]) -> None:
    for name in names:
        if getattr(request, name) is not None:
            raise UsageError(f"--{name} does not go with {source}; leave it out")


def _of_grid(name: str) -> Sequence[runs.Run]:
    found = runs.finished_runs(runs.grid_folder(name))
    if not found:
        raise StoreError(f"{name} has no finished run; run edgeval train-grid --grid {name} first")
    return found


def _of_run(folder: Path | None) -> Sequence[runs.Run]:
    whole = Path() if folder is None else folder.resolve()
    match = re.fullmatch(r"seed(\d+)", whole.name)
    if match is None or not (whole / runs.RUN_JSON).is_file():
        raise StoreError(f"{folder} is not the folder of a trained run (models/GRID/NET/seedN with run.json)")
    return [runs.Run(whole.parent.parent, whole.parent.name, int(match.group(1)))]


def _export_own(request: Request, dataset: str, out: Path, options: Options) -> Result:
    asked = preprocessing_of(request.mean, request.std) or Preprocessing()
    factory, weights, onnx = request.torch, request.weights, request.onnx
    if onnx is not None:
        _refuse("--onnx", request, ("weights",))
        return export_own(
            lambda material: from_onnx(onnx, replace(asked, kind=material.kind)), dataset, out, options
        )
    if factory is None or weights is None:
        raise UsageError("--torch needs --weights, the file of its state dict")
    return export_own(
        lambda material: from_factory(factory, weights, replace(asked, kind=material.kind), material),
        dataset, out, options,
    )  # fmt: skip
