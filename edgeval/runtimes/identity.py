"""What makes the outputs of a stage beside its model, its images and its firmware, known without opening it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import metadata, util
from pathlib import Path

from edgeval import store
from edgeval.records import Preprocessing
from edgeval.runtimes import ModelSource
from edgeval.runtimes.base import THREADS
from edgeval.runtimes.interpreters import choose
from edgeval.runtimes.preprocess import infer_preprocessing
from edgeval.runtimes.tflite_file import classifier, read_tflite
from edgeval.runtimes.versions import DELEGATES, library

# Counts up when edgeval prepares inputs, cuts a stage into batches or reads outputs in another way: every stage of
# every grid is then evaluated again.
METHOD = 1
INT8_STAGES = ("int8", "tflm", "host", "emulated", "board")


@dataclass(frozen=True)
class Identity:
    """The fields of Provenance that `source` and what is installed here decide."""

    runtime: str
    preprocessing: Preprocessing
    delegate: str | None
    threads: int
    network: str | None
    method: int = METHOD


def identity(source: ModelSource) -> Identity:
    """Raises ToolError without the stage's library, ModelError where the input of the model leaves its preprocessing
    open or the file is damaged."""
    return Identity(
        runtime=library(source.stage, source.runner, source.interpreter),
        preprocessing=preprocessing_of(source),
        delegate=choose(source.interpreter).delegate
        if source.stage == "int8"
        else DELEGATES.get(source.stage),
        threads=THREADS,
        network=_network(source) if source.stage == "float" else None,
    )


def preprocessing_of(source: ModelSource) -> Preprocessing:
    """The one that was asked for; else that of an int8 model's input, else pixel / 255, or the
    samples as they are where they are no images."""
    if source.preprocessing is not None or source.stage not in INT8_STAGES:
        return source.preprocessing or Preprocessing(kind=source.kind)
    form = classifier(read_tflite(source.path), str(source.path))
    return infer_preprocessing(form.input_scale, form.input_zero_point, source.kind)


def _network(source: ModelSource) -> str:
    """A network's name, with the hash of the code that builds it and the version of the library that it builds on."""
    if source.code is not None:
        return f"{source.network}, {source.code.build}, code {source.code.sha256[:16]}"
    try:
        torchvision = metadata.version("torchvision")
    except metadata.PackageNotFoundError:
        torchvision = "absent"
    return f"{source.network}, code {_code_sha256()[:16]}, torchvision {torchvision}"


@cache
def _code_sha256() -> str:
    found = util.find_spec("edgeval.nets")
    folder = Path(found.origin).parent if found and found.origin else Path()
    return store.sha256_bytes(b"".join(path.read_bytes() for path in sorted(folder.glob("*.py"))))
