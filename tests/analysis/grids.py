"""Grids on disk as training, export and evaluation leave them, made from planted predictions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from edgeval import runs, store
from edgeval.cases.case import ModelCase
from edgeval.records import Predictions, predictions_bytes

MODEL_FILES = {"float": runs.WEIGHTS, "onnx": runs.ONNX_MODEL}


def write_grid(folder: Path, cases: Iterable[ModelCase], spec: str = "npz:absent.npz") -> Path:
    """models/<grid>/<model>/seed<k>/ with run.json, stand-ins of the model files, and the predictions."""
    folder.mkdir(parents=True)
    (folder / "grid.toml").write_text("schema_version = 1\n")
    for case in cases:
        for seed, stages in case.seeds.items():
            write_run(folder / case.id / f"seed{seed}", case, stages, spec)
    return folder


def write_run(folder: Path, case: ModelCase, stages: dict[str, Predictions], spec: str) -> None:
    dataset = next(iter(stages.values())).provenance.dataset
    document = {
        "schema_version": store.SCHEMA_VERSION,
        "params": case.params,
        "macs": case.macs,
        "dataset": {"spec": spec, "sha256": dataset.sha256},
        "input": {"mean": 0.0, "std": 1.0},
    }
    for stage, seen in stages.items():
        name = MODEL_FILES.get(stage, runs.INT8_MODEL)
        digest = store.publish(folder, name, f"stand-in of {case.id}".encode())
        made = replace(seen, provenance=replace(seen.provenance, model_sha256=digest))
        store.publish(folder, f"{runs.PREDICTIONS}/{stage}.npz", predictions_bytes(made))
    store.publish(folder, runs.RUN_JSON, store.json_bytes(document))
