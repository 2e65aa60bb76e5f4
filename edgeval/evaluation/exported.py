"""What `edgeval export` leaves of a user's own network, as a model of the chain: a folder with export.json."""

from __future__ import annotations

from pathlib import Path

from edgeval import runs, store
from edgeval.cases.case import ModelCase
from edgeval.documents.export import ExportDocument
from edgeval.documents.files import read_export
from edgeval.errors import StoreError
from edgeval.evaluation.subject import Evaluated, Subject
from edgeval.nets.code import Code
from edgeval.nets.own import code_of
from edgeval.records import preprocessing_from

FILES = {
    "float": runs.WEIGHTS,
    "onnx": runs.ONNX_MODEL,
    "int8": runs.INT8_MODEL,
    "tflm": runs.INT8_MODEL,
}


def is_exported(folder: Path) -> bool:
    """Whether this is the folder of one exported network: an own one's, or a trained run's."""
    return (folder / runs.EXPORT_JSON).is_file()


def exported_record(folder: Path) -> ExportDocument:
    """The folder's export.json; StoreError where it is damaged or of an older edgeval."""
    record = read_export(folder)
    try:
        _ = (record["dataset"]["spec"], record["dataset"]["sha256"], record["source"]["network"])
        _ = ([entry["sha256"] for entry in record["files"].values()], record["input"]["mean"])
    except (KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            f"{folder / runs.EXPORT_JSON} has not the form of this edgeval's exports ({error!r}); export it again"
        ) from error
    return record


def exported_stages(record: ExportDocument) -> tuple[str, ...]:
    """The host stages whose file the export made; float where it came from a state dict."""
    there = {*record["files"], *([runs.WEIGHTS] if "weights_sha256" in record["source"] else [])}
    return tuple(stage for stage, name in FILES.items() if name in there)


def exported_subject(folder: Path, record: ExportDocument) -> Subject:
    """The folder's verified files by stage, with the preprocessing they were exported with.

    Raises StoreError where a file is missing, damaged or of another export.
    """
    expected: dict[str, str | None] = {name: entry["sha256"] for name, entry in record["files"].items()}
    expected[runs.WEIGHTS] = record["source"].get("weights_sha256")
    stages = exported_stages(record)
    for name in dict.fromkeys(FILES[stage] for stage in stages):
        if store.sha256_file(store.verified(folder, name)) != expected[name]:
            raise StoreError(
                f"{folder / name} is not the file that {runs.EXPORT_JSON} is about; export it again"
            )
    files = {stage: folder / FILES[stage] for stage in stages}
    if runs.INT8_MODEL in record["files"]:
        files.update(dict.fromkeys(("host", "emulated", "board"), folder / runs.INT8_MODEL))
    preprocessing, network = preprocessing_from(record["input"]), record["source"]["network"]
    return Subject(str(folder), folder, files, preprocessing, network, _code(folder, record))


def _code(folder: Path, record: ExportDocument) -> Code | None:
    """What builds the network of a run, where it is not edgeval's."""
    source = {key.removeprefix("code_"): str(value) for key, value in record["source"].items()}
    return code_of(source, folder.resolve().parents[:4]) if "build" in source else None


def exported_case(folder: Path, record: ExportDocument, result: Evaluated) -> ModelCase:
    """What a comparison needs of an evaluated export, named after its folder."""
    name, deployed = folder.resolve().name, record["files"].get(runs.INT8_MODEL)
    return ModelCase(
        id=name,
        family=name,
        seeds={0: result.predictions},
        size_bytes=deployed["bytes"] if deployed else None,
        device=result.device,
        layers={0: result.layers} if result.layers else {},
        networks={0: network_sha256(record)},
    )


def network_sha256(record: ExportDocument) -> str:
    """SHA-256 of what all files of an export were made from: the weights, or the user's ONNX file."""
    source = record["source"]
    return str(source.get("weights_sha256") or source["onnx_sha256"])


def network_of(model: Path) -> str | None:
    """`network_sha256` of a file that lies in the folder of its export; None for any other file."""
    if not is_exported(model.parent):
        return None
    try:
        record = exported_record(model.parent)
    except StoreError:
        return None  # the file alone is judged, and nothing of that record is needed for it
    known = {entry["sha256"] for entry in record["files"].values()}
    return network_sha256(record) if store.sha256_file(model) in known else None
