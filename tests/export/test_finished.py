"""What makes an export stale: each input of the files, changed once. Reference: docs/DESIGN.md, "Files"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from edgeval import runs, store
from edgeval.export.job import Options, _finished

OPTIONS = Options(int8=True, calibration=50)
Document = dict[str, Any]


def exported(folder: Path) -> tuple[runs.Run, Document, Document]:
    """A run with stand-ins of its files, its run.json and export.json as export leaves them."""
    run = runs.Run(folder, "scalecnn-4", 0)
    files = {
        name: {"sha256": store.publish(run.folder, name, name.encode()), "bytes": len(name)}
        for name in (runs.ONNX_MODEL, runs.INT8_MODEL)
    }
    document = {
        "weights_sha256": "ab" * 32,
        "dataset": {"train_sha256": "cd" * 32},
        "input": {"mean": 0.0, "std": 1.0},
    }
    record = {
        "schema_version": store.SCHEMA_VERSION,
        "source": {"network": run.model_id, "weights_sha256": document["weights_sha256"]},
        "input": {"shape": [32, 32, 3], "mean": 0.0, "std": 1.0},
        "calibration": {"requested": 50, "seed": 0, "train_sha256": "cd" * 32},
        "runtimes": {"onnx": f"onnxruntime {metadata.version('onnxruntime')}"},
        "converter": {"numpy": metadata.version("numpy"), "no-such-converter": "1.0"},
        "int8": {"parity": {"drop": 0.01}},
        "files": files,
        "backend": OPTIONS.backend,
    }
    return run, document, record


def finished(run: runs.Run, document: Document, record: Document, options: Options) -> bool:
    store.publish(run.folder, runs.EXPORT_JSON, store.json_bytes(record))
    return _finished(run, document, options) is not None


def test_an_export_of_the_same_is_finished(tmp_path: Path) -> None:
    assert finished(*exported(tmp_path), OPTIONS)


CHANGES: dict[str, Callable[[Document, Document], object]] = {
    "weights": lambda run, record: run.update(weights_sha256="00" * 32),
    "training images": lambda run, record: run["dataset"].update(train_sha256="00" * 32),
    "mean": lambda run, record: run["input"].update(mean=0.5),
    "std": lambda run, record: run["input"].update(std=0.5),
    "converter": lambda run, record: record["converter"].update(numpy="0.1"),
    "exporter": lambda run, record: record["runtimes"].update(float="torch 0.1"),
    "runtime of the proof": lambda run, record: record["runtimes"].update(onnx="onnxruntime 0.1"),
    "calibration": lambda run, record: record["calibration"].update(requested=500),
    "backend": lambda run, record: record.update(backend="another"),
    "a file": lambda run, record: record["files"][runs.ONNX_MODEL].update(sha256="00" * 32),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_makes_the_export_again(change: str, tmp_path: Path) -> None:
    run, document, record = exported(tmp_path)
    CHANGES[change](document, record)
    assert not finished(run, document, record, OPTIONS)


def test_a_lower_limit_than_the_proof_had_makes_the_export_again(tmp_path: Path) -> None:
    run, document, record = exported(tmp_path)
    assert finished(run, document, record, replace(OPTIONS, max_int8_drop=0.01))
    assert not finished(run, document, record, replace(OPTIONS, max_int8_drop=0.005))
    assert finished(run, document, record, replace(OPTIONS, max_int8_drop=0.005, int8=False))
