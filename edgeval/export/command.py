"""From the options of `edgeval export` to its exports and what is printed of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from edgeval import runs, store
from edgeval.errors import ModelError, StoreError, UsageError
from edgeval.export.job import Options, Result, export_own, export_runs
from edgeval.export.network import from_factory, from_onnx
from edgeval.records import Preprocessing


def run_export(
    grid: str | None,
    run_folder: Path | None,
    factory: str | None,
    weights: Path | None,
    onnx: Path | None,
    int8: bool,
    dataset: str | None,
    data_dir: Path | None,
    out: Path | None,
    mean: float | None,
    std: float | None,
    calibration: int,
    max_int8_drop: float,
    as_json: bool,
) -> None:
    """Export and print; ModelError where a network of a grid was refused, after the others."""
    given = [name for name, value in _sources(grid, run_folder, factory, onnx).items() if value is not None]
    if len(given) != 1:
        raise UsageError(
            f"export needs one of --grid, --run, --torch and --onnx, seen: {', '.join(given) or 'none'}"
        )
    options = Options(int8, dataset, data_dir, calibration, max_int8_drop / 100)
    if given[0] in ("--grid", "--run"):
        _refuse(given[0], {"--weights": weights, "--out": out, "--mean": mean, "--std": std})
        results = export_runs(_selected(grid, run_folder), options)
    else:
        preprocessing = Preprocessing(0.0 if mean is None else mean, 1.0 if std is None else std)
        results = [_own(factory, weights, onnx, preprocessing, out, options)]
    _print(results, as_json)


def _sources(
    grid: str | None, run_folder: Path | None, factory: str | None, onnx: Path | None
) -> dict[str, object]:
    return {"--grid": grid, "--run": run_folder, "--torch": factory, "--onnx": onnx}


def _refuse(source: str, others: dict[str, object]) -> None:
    for name, value in others.items():
        if value is not None:
            raise UsageError(f"{name} does not go with {source}; leave it out")


def _selected(grid: str | None, run_folder: Path | None) -> Sequence[runs.Run]:
    if grid is not None:
        found = runs.finished_runs(runs.grid_folder(grid))
        if not found:
            raise StoreError(f"{grid} has no finished run; run edgeval train-grid --grid {grid} first")
        return found
    assert run_folder is not None
    folder = run_folder.resolve()
    match = re.fullmatch(r"seed(\d+)", folder.name)
    if match is None or not (folder / runs.RUN_JSON).is_file():
        raise StoreError(
            f"{run_folder} is not the folder of a trained run (models/GRID/NET/seedN with run.json)"
        )
    return [runs.Run(run_folder.parent.parent, folder.parent.name, int(match.group(1)))]


def _own(
    factory: str | None,
    weights: Path | None,
    onnx: Path | None,
    preprocessing: Preprocessing,
    out: Path | None,
    options: Options,
) -> Result:
    source = "--torch" if factory is not None else "--onnx"
    if options.dataset is None or out is None:
        raise UsageError(f"{source} needs --dataset and --out")
    if factory is None:
        assert onnx is not None
        _refuse(source, {"--weights": weights})
        return export_own(lambda _: from_onnx(onnx, preprocessing), options.dataset, out, options)
    if weights is None:
        raise UsageError("--torch needs --weights, the file of its state dict")
    return export_own(
        lambda material: from_factory(factory, weights, preprocessing, material),
        options.dataset,
        out,
        options,
    )


def _print(results: Sequence[Result], as_json: bool) -> None:
    if as_json:
        document = {"schema_version": store.SCHEMA_VERSION, "exports": [asdict(result) for result in results]}
        print(store.json_bytes(document).decode(), end="")
    else:
        for result in results:
            print(_line(result))
    refused = [result for result in results if result.state == "refused"]
    if refused:
        raise ModelError(
            f"{len(refused)} of {len(results)} networks were refused, first {refused[0].label}: {refused[0].reason}"
        )


def _line(result: Result) -> str:
    if result.record is None:
        return f"{result.label}: {result.state}"
    parts = [f"{name} {entry['bytes']:,} bytes" for name, entry in result.record["files"].items()]
    if result.record["int8"]:
        parity = result.record["int8"]["parity"]
        parts.append(
            f"accuracy {100 * parity['float_accuracy']:.1f} -> {100 * parity['int8_accuracy']:.1f} % int8, "
            f"{parity['flipped_labels']} of {parity['samples']} labels flipped"
        )
    took = f"in {result.seconds:.1f} s" if result.state == "exported" else "before"
    return f"{result.label}: exported {took}: {'; '.join(parts)}"
