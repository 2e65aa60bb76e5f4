"""Exports of trained runs, resumable and safe among several processes, and of a user's own network."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import cast

from edgeval import runs, store
from edgeval.data import load_dataset
from edgeval.data.loading import located
from edgeval.documents.export import ExportDocument
from edgeval.documents.files import EXPORT_JSON, publish, read_export
from edgeval.documents.run import RunDocument
from edgeval.errors import DataError, ModelError, StoreError
from edgeval.export.artifacts import Artifacts, make
from edgeval.export.material import CALIBRATION_SAMPLES, CALIBRATION_SEED, Material, prepare
from edgeval.export.network import Network, from_run, source_of_run
from edgeval.export.parity import MAX_INT8_DROP, WARN_INT8_DROP
from edgeval.export.worker import Converter, converter, default_backend
from edgeval.locks import claim
from edgeval.progress import progress, say
from edgeval.records import preprocessing_from, preprocessing_of_run
from edgeval.turns import turn

CLAIM = ".export.claim"
POLL_S = 1.0  # between looks at runs that another process is exporting


@dataclass(frozen=True)
class Options:
    """`dataset` None takes the one the runs were trained on; `max_int8_drop` is a fraction of accuracy."""

    int8: bool = False
    dataset: str | None = None
    data_dir: Path | None = None
    calibration: int = CALIBRATION_SAMPLES
    max_int8_drop: float = MAX_INT8_DROP
    backend: str = field(default_factory=default_backend)


@dataclass(frozen=True)
class Result:
    """What happened to one network: `exported`, `finished` before, or `refused` for `reason`.

    `record` is export.json; `seconds` is what the export took here.
    """

    label: str
    state: str
    record: ExportDocument | None = None
    seconds: float = 0.0
    reason: str | None = None


@dataclass(frozen=True)
class Bench:
    """What the exports of a command share; `converter` is None where int8 is not wanted."""

    material: Material
    converter: Converter | None
    options: Options


@contextlib.contextmanager
def bench(dataset: str, options: Options) -> Iterator[Bench]:
    """Load the images while the converter's libraries load; DataError where the images cannot be used."""
    with contextlib.ExitStack() as stack:
        worker = stack.enter_context(converter(options.backend)) if options.int8 else None
        material = prepare(load_dataset(dataset, options.data_dir), options.calibration)
        if worker is not None:
            worker.versions()  # a missing library shows here, before any work
        yield Bench(material, worker, options)


def export_runs(selected: Sequence[runs.Run], options: Options) -> list[Result]:
    """Export each run into its folder, skipping those that are finished and still valid.

    A network that cannot be exported, or fails its proof, is a result of state `refused`; the others go on.
    Raises StoreError, DataError or ToolError, which concern all of them.
    """
    documents = {run: run.document() for run in selected}
    results = {run: _finished(run, documents[run], options) for run in selected}
    waiting = [run for run in selected if results[run] is None]
    if not waiting:
        return [result for result in results.values() if result is not None]
    trained_on = documents[waiting[0]]["dataset"]
    with (
        bench(options.dataset or located(trained_on["spec"], waiting[0].grid), options) as shared,
        progress(len(selected), "export", "net", done=len(selected) - len(waiting)) as bar,
    ):
        while waiting:
            for run in waiting:
                results[run] = _try(run, documents[run], shared)
                bar.update(results[run] is not None)
            left = [run for run in waiting if results[run] is None]
            if left == waiting:
                time.sleep(POLL_S)
            waiting = left
    return [result for result in results.values() if result is not None]


def export_own(network: Callable[[Material], Network], dataset: str, out: Path, options: Options) -> Result:
    """Export a user's own network into the folder `out`; raises ModelError where it is refused."""
    start = time.monotonic()
    with bench(dataset, options) as shared, turn(out / CLAIM, f"exporting to {out}"):
        own = network(shared.material)
        made = _make(own, shared)
        if own.weights is not None:
            store.publish(out, runs.WEIGHTS, own.weights)  # so that stage float runs from this folder
        _publish(out, made)
    return Result(str(out), "exported", made.record, time.monotonic() - start)


def _try(run: runs.Run, document: RunDocument, shared: Bench) -> Result | None:
    """Export a run; None where another process is at it."""
    with claim(run.folder / CLAIM) as owned:
        if not owned:
            return None
        return _finished(run, document, shared.options) or _export(run, document, shared)


def _export(run: runs.Run, document: RunDocument, shared: Bench) -> Result:
    start = time.monotonic()
    _check_dataset(run, document, shared.material)
    try:
        made = _make(from_run(run, document, shared.material), shared)
    except ModelError as error:
        return Result(str(run.folder), "refused", reason=str(error))
    _publish(run.folder, made)
    return Result(str(run.folder), "exported", made.record, time.monotonic() - start)


def _make(network: Network, shared: Bench) -> Artifacts:
    made = make(network, shared.material, shared.converter, shared.options.max_int8_drop)
    drop = made.record["int8"]["parity"]["drop"] if made.record["int8"] else 0.0
    if drop >= WARN_INT8_DROP:
        say(f"warning: {network.label}: int8 loses {100 * drop:.1f} points of accuracy; see edgeval compare")
    return made


def _publish(folder: Path, made: Artifacts) -> None:
    for name, data in made.files.items():
        store.publish(folder, name, data)
    publish(folder, EXPORT_JSON, made.record)


def _check_dataset(run: runs.Run, document: RunDocument, material: Material) -> None:
    expected, seen = document["dataset"]["train_sha256"], material.calibration.train_sha256
    if seen != expected:
        raise DataError(
            f"{run} was trained on {document['dataset']['spec']} with SHA-256 {expected[:12]}, the training images "
            f"given have {seen[:12]}; name that set with --dataset"
        )


def _finished(run: runs.Run, document: RunDocument, options: Options) -> Result | None:
    """The result of an earlier export, where it is whole and was made of the same weights in the same way."""
    try:
        record = read_export(run.folder)
        hashes = {name: store.sha256_file(store.verified(run.folder, name)) for name in record["files"]}
    except (StoreError, KeyError):
        return None  # an export can always be made again, unlike a training
    valid = (
        _same_libraries(record)
        and preprocessing_from(record["input"]) == preprocessing_of_run(document)
        and record["source"] == source_of_run(run, document)
        and record["calibration"]["requested"] == options.calibration
        and record["calibration"]["seed"] == CALIBRATION_SEED
        and record["calibration"]["train_sha256"] == document["dataset"]["train_sha256"]
        and {name: entry["sha256"] for name, entry in record["files"].items()} == hashes
        and (not options.int8 or (record.get("backend") == options.backend and _small_drop(record, options)))
    )
    return Result(str(run.folder), "finished", record) if valid else None


def _small_drop(record: ExportDocument, options: Options) -> bool:
    """Whether there is an int8 file whose proof passes today's limit as well."""
    return record["int8"] is not None and record["int8"]["parity"]["drop"] <= options.max_int8_drop


def _same_libraries(record: ExportDocument) -> bool:
    """Whether exporter and converter are those that made the files; what is not installed cannot make them again."""
    told = dict(record.get("converter") or {})
    for runtime in cast("dict[str, str]", record["runtimes"]).values():
        name, _, told[name] = runtime.partition(" ")
    for name, version in told.items():
        with contextlib.suppress(metadata.PackageNotFoundError):
            if metadata.version(name) != version:
                return False
    return True
