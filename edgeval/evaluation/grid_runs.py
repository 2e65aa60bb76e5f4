"""The runs of a grid: what is evaluated of each, and the models that they make together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from edgeval import runs, store
from edgeval.cases.case import ModelCase
from edgeval.documents.files import read_export
from edgeval.documents.run import RunDocument
from edgeval.errors import StoreError
from edgeval.evaluation.exported import FILES
from edgeval.evaluation.subject import Evaluated, Subject
from edgeval.nets.own import code_of
from edgeval.records import preprocessing_of_run
from edgeval.runs import home_of


def run_subject(run: runs.Run, document: RunDocument, stages: Sequence[str]) -> Subject:
    """A run with its verified files for `stages`; StoreError where one is missing or of other weights."""
    files = {stage: FILES.get(stage, runs.INT8_MODEL) for stage in stages}
    for stage, name in files.items():
        if store.listed(run.folder, name) is None:
            raise StoreError(
                f"{run} has no {name} for stage {stage}; run edgeval export --int8 --grid {run.grid.name}, "
                "or choose the stages with --stages"
            )
    _check_export(run, document, files.values())
    return Subject(
        label=str(run),
        folder=run.folder,
        files={stage: store.verified(run.folder, name) for stage, name in files.items()},
        preprocessing=preprocessing_of_run(document),
        network=run.model_id,
        code=code_of(document.get("network"), [home_of(run.grid)]),
    )


def _check_export(run: runs.Run, document: RunDocument, names: Iterable[str]) -> None:
    if set(names) <= {runs.WEIGHTS}:
        return
    record = read_export(run.folder)
    if record["source"].get("weights_sha256") != document["weights_sha256"]:
        raise StoreError(
            f"{run} was exported from other weights than it has now; run edgeval export --int8 --grid {run.grid.name}"
        )


def grouped(
    found: Sequence[runs.Run], documents: Sequence[RunDocument], evaluated: Sequence[Evaluated]
) -> list[ModelCase]:
    """The runs of each model together, ordered by family and parameters."""
    rows = list(zip(found, documents, evaluated, strict=True))
    cases = []
    for model_id in dict.fromkeys(run.model_id for run in found):
        members = [row for row in rows if row[0].model_id == model_id]
        first, document, result = members[0]
        deployed = store.listed(first.folder, runs.INT8_MODEL)
        cases.append(
            ModelCase(
                id=model_id,
                family=first.family,
                seeds={run.seed: outcome.predictions for run, _, outcome in members},
                params=document["params"],
                macs=document["macs"],
                size_bytes=deployed["bytes"] if deployed else None,
                device=result.device,
                layers={run.seed: outcome.layers for run, _, outcome in members if outcome.layers},
                networks={run.seed: document["weights_sha256"] for run, document, _ in members},
            )
        )
    return sorted(cases, key=lambda case: (case.family, case.params or 0))
