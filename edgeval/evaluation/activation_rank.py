"""The stable ranks of a grid's trained networks, measured once and kept in the run folders for the analysis."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from edgeval import runs, store
from edgeval.data.calibration import class_balanced
from edgeval.documents.run import RunDocument
from edgeval.errors import StoreError
from edgeval.evaluation.chain import grid_dataset
from edgeval.evaluation.grid_runs import run_subject
from edgeval.metrics.spectrum import stable_rank_of_moments
from edgeval.progress import progress
from edgeval.records import preprocessing_of_run

IMAGES = 1000  # test images, class-balanced
SEED = 0


def measure_ranks(grid: Path, data_dir: Path | None = None) -> None:
    """Measure the finished runs of a grid whose weights or images are new; the others are left as they are.

    Raises StoreError without a finished run, DataError where the test images are not those of the training,
    ToolError without torch.
    """
    found = runs.finished_runs(grid)
    if not found:
        raise StoreError(f"{grid} has no finished run; run edgeval train-grid first")
    dataset = grid_dataset(grid, found[0].document()["dataset"], data_dir=data_dir)
    positions = class_balanced(dataset.test, IMAGES, SEED)
    test_sha256 = dataset.info().sha256
    with progress(len(found), "stable ranks", unit="run") as bar:
        for run in found:
            document = run.document()
            key = {
                "weights_sha256": document["weights_sha256"],
                "dataset_sha256": test_sha256,
                "images": len(positions),
                "preprocessing": preprocessing_of_run(document).document(),
            }
            if not _measured(run, key):
                layers = _layers(run, document, dataset.test.samples[positions], len(dataset.classes))
                record = {"schema_version": store.SCHEMA_VERSION, **key, "layers": layers}
                store.publish(run.folder, runs.ACTIVATION_RANK, store.json_bytes(record))
            bar.update(1)


def _measured(run: runs.Run, key: dict[str, Any]) -> bool:
    if not store.is_finished(run.folder, runs.ACTIVATION_RANK):
        return False
    kept = store.read_json(run.folder / runs.ACTIVATION_RANK)
    return all(kept.get(name) == value for name, value in key.items())


def _layers(run: runs.Run, document: RunDocument, samples: Any, classes: int) -> list[dict[str, Any]]:
    from edgeval.nets import build
    from edgeval.runtimes.activations import activation_moments
    from edgeval.runtimes.pytorch import load_state

    subject = run_subject(run, document, ("float",))
    built = build(run.model_id, classes, samples.shape[1:], subject.code)
    network = load_state(built, subject.files["float"])
    moments = activation_moments(network, samples, preprocessing_of_run(document))
    ranks = {
        name: stable_rank_of_moments(seen.rows, seen.total, seen.products) for name, seen in moments.items()
    }
    return [
        {"layer": name, "features": len(moments[name].total), **asdict(rank)} for name, rank in ranks.items()
    ]
