"""The finished predictions of a grid, read and checked; nothing is evaluated here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from edgeval import runs, store, targets
from edgeval.analysis.inputs.costs import Budget, read_costs
from edgeval.analysis.inputs.measured import Measured, Model, measure, one_dataset
from edgeval.errors import StoreError, UsageError
from edgeval.progress import progress
from edgeval.records import STAGES, DatasetInfo, preprocessing_of_run, read_predictions

MODEL_FILES = {"float": runs.WEIGHTS, "onnx": runs.ONNX_MODEL}  # all other stages run the int8 file
# Without a runner behind the target: what QEMU or Renode computed is a cross-check of Unicorn, no second figure.
PREDICTION_FILE = re.compile(
    rf"{runs.PREDICTIONS}/({'|'.join(STAGES)})(?:-({'|'.join(targets.names())}))?\.npz"
)


@dataclass
class _Found:
    """What one model's runs have."""

    runs: dict[int, dict[str, Measured]] = field(default_factory=dict)
    params: int = 0
    macs: int | None = None
    size_bytes: int | None = None


def read_grid(
    grid: Path, target: str | None = None, budget: Budget | None = None
) -> tuple[list[Model], DatasetInfo, list[str]]:
    """The models of a grid, their data set, and warnings about runs that lack a stage.

    Every prediction file is checked against its manifest and against the model that it was made with. `target`
    names whose device predictions are meant where a grid has several, `budget` the target whose profiles are read.
    Raises StoreError where there are none,
    one is damaged or one belongs to an earlier model, UsageError where two targets are there and none is named.
    """
    finished = runs.finished_runs(grid)
    found: dict[str, _Found] = {}
    datasets = []
    with progress(len(finished), "reading predictions", unit="run") as bar:
        for run in finished:
            of_model = found.setdefault(run.model_id, _Found())
            of_model.runs[run.seed], seen = _read_run(run, target)
            datasets += seen
            _describe(of_model, run)
            bar.update(1)
    if not datasets:
        raise StoreError(
            f"{grid} has {len(finished)} finished runs and no predictions; "
            f"run edgeval compare --grid {grid.name} first"
        )
    families = {run.model_id: run.family for run in finished}
    costs, unprofiled = read_costs(finished, budget) if budget else ({}, [])
    models = [
        Model(
            name,
            families[name],
            of.params,
            of.runs,
            of.macs,
            of.size_bytes,
            device=costs[name].figures if name in costs else None,
            unfit=costs[name].reasons if name in costs else (),
        )
        for name, of in found.items()
    ]
    return models, one_dataset(datasets), [*_gaps(models), *unprofiled]


def _read_run(run: runs.Run, target: str | None) -> tuple[dict[str, Measured], list[DatasetInfo]]:
    measured, datasets = {}, []
    trained_with = preprocessing_of_run(run.document())
    for stage, name in _prediction_files(run, target).items():
        seen = read_predictions(store.verified(run.folder, name))
        model = store.listed(run.folder, MODEL_FILES.get(stage, runs.INT8_MODEL))
        if model is None or model["sha256"] != seen.provenance.model_sha256:
            raise StoreError(
                f"{run.folder / name} was made with another model file than the one there now; "
                f"run edgeval compare --grid {run.grid.name} to evaluate again"
            )
        if seen.provenance.preprocessing != trained_with:
            raise StoreError(
                f"{run.folder / name} was made with other preprocessing ({seen.provenance.preprocessing}) than {run} "
                f"was trained with ({trained_with}); run edgeval compare --grid {run.grid.name} to evaluate again"
            )
        measured[stage] = measure(seen)
        datasets.append(seen.provenance.dataset)
    return measured, datasets


def _prediction_files(run: runs.Run, target: str | None) -> dict[str, str]:
    """Stage -> file of a run, of one target."""
    chosen: dict[str, str] = {}
    for name in store.names(run.folder):
        match = PREDICTION_FILE.fullmatch(name)
        if match is None or (target and match[2] not in (None, target)):
            continue
        if match[1] in chosen:
            raise UsageError(
                f"{run} has {chosen[match[1]]} and {name}; name one target, for example --target {match[2]}"
            )
        chosen[match[1]] = name
    return chosen


def _describe(model: _Found, run: runs.Run) -> None:
    document = run.document()
    deployed = store.listed(run.folder, runs.INT8_MODEL)
    model.params, model.macs = document["params"], document["macs"]
    model.size_bytes = deployed["bytes"] if deployed else model.size_bytes


def _gaps(models: list[Model]) -> list[str]:
    """A sentence for every run that lacks a stage which another run has."""
    present = {stage for model in models for stages in model.runs.values() for stage in stages}
    return [
        f"{model.id} seed {seed} has no predictions for {', '.join(missing)}; it is left out there"
        for model in models
        for seed, stages in sorted(model.runs.items())
        if (missing := [stage for stage in STAGES if stage in present and stage not in stages])
    ]
