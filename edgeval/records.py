"""What is stored, as frozen dataclasses, and how predictions go to a file and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from edgeval.errors import StoreError, UsageError
from edgeval.inputs import LARGEST_FILE_BYTES, read_arrays
from edgeval.store import npz_bytes

SCHEMA_VERSION = 2  # of prediction files; 1 did not say which preprocessing made them
STAGES = ("float", "onnx", "int8", "tflm", "host", "emulated", "board")
NO_SCORES = "none"  # score_kind of predictions that are top-1 only
FAILED = -1  # top1 of a sample whose inference failed: it counts as an error


@dataclass(frozen=True)
class Preprocessing:
    """How a uint8 pixel p becomes the network's float input: (p / 255 - mean) / std.

    Scalar for all channels. The default, p / 255, makes the int8 input of an exported model exactly
    p - 128 (scale 1/255, zero point -128), so a device needs no arithmetic to prepare an image.
    """

    mean: float = 0.0
    std: float = 1.0

    def __post_init__(self) -> None:
        """Raises UsageError where a pixel would become no float32 number."""
        if not (np.isfinite([self.mean, self.std]).all() and self.std > 0):
            raise UsageError(
                f"mean {self.mean} and std {self.std} are not a preprocessing; --mean and --std of "
                "(pixel / 255 - mean) / std are finite numbers, std above 0"
            )
        if max(abs(self.mean), abs(1 - self.mean)) / self.std > np.finfo(np.float32).max:
            raise UsageError(
                f"mean {self.mean} and std {self.std} take pixels out of float32; check --mean and --std"
            )

    def __str__(self) -> str:
        """The formula, e.g. `(pixel / 255 - 0.5) / 0.25`."""
        shifted = "pixel / 255" if self.mean == 0 else f"(pixel / 255 - {self.mean:.6g})"
        return shifted if self.std == 1 and self.mean == 0 else f"{shifted} / {self.std:.6g}"


def preprocessing_of_run(document: Mapping[str, Any]) -> Preprocessing:
    """The one that a network was trained with, from its run.json."""
    return Preprocessing(document["input"]["mean"], document["input"]["std"])


@dataclass(frozen=True)
class DatasetInfo:
    """Which data a figure comes from. `sha256` covers the test images, labels and class names."""

    name: str
    sha256: str
    samples: int
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Provenance:
    """Where a prediction file comes from: everything that would make it stale when changed.

    What belongs to the file that runs (weights, converter, calibration) is in `model_sha256`, what belongs to the
    images (corruption, their size, classes) in the data set's hash. The rest is None where predictions were imported.
    """

    stage: str
    model_sha256: str | None  # None where predictions were imported without their model
    dataset: DatasetInfo
    runtime: str  # library and version, e.g. "tflite-runtime 2.14.0"
    target: str | None = None
    engine: str | None = None
    firmware_sha256: str | None = None
    preprocessing: Preprocessing | None = None
    delegate: str | None = None  # what computes in place of the runtime's own kernels
    threads: int | None = None
    network: str | None = None  # stage float: name and hash of the code that builds it
    method: int | None = None  # edgeval.runtimes.identity.METHOD


@dataclass(frozen=True)
class Predictions:
    """One prediction per evaluated sample of a stage.

    ids int64 (n,): positions in the dataset's test split; labels int64 (n,); top1 int64 (n,), FAILED where
    the inference failed; scores float32 (n, classes): logits or probabilities as `score_kind` says, rows of
    failed samples are zero, (n, 0) where it says none; output_int8 int8 (n, classes) with `output_scale` and
    `output_zero_point` where the stage has an int8 output. `file` is where they were read from. groups int64 (n,):
    which samples hang together (one recording, patient, burst), None where each stands alone.
    """

    provenance: Provenance
    ids: np.ndarray
    labels: np.ndarray
    top1: np.ndarray
    scores: np.ndarray
    score_kind: str  # "logits" | "probabilities" | "none": imported top-1 predictions may lack them
    output_int8: np.ndarray | None = None
    output_scale: float = 0.0
    output_zero_point: int = 0
    notes: dict[str, Any] = field(default_factory=dict)
    file: Path | None = None
    groups: np.ndarray | None = None

    @property
    def errors(self) -> np.ndarray:
        """bool (n,): which samples are wrong; a failed sample is wrong."""
        return self.top1 != self.labels


def predictions_bytes(predictions: Predictions) -> bytes:
    """The npz of a prediction file; equal predictions give equal bytes."""
    header = {
        "schema_version": SCHEMA_VERSION,
        "provenance": asdict(predictions.provenance),
        "score_kind": predictions.score_kind,
        "output_scale": predictions.output_scale,
        "output_zero_point": predictions.output_zero_point,
        "notes": predictions.notes,
    }
    arrays: dict[str, np.ndarray] = {
        "ids": predictions.ids.astype(np.int64),
        "labels": predictions.labels.astype(np.int64),
        "top1": predictions.top1.astype(np.int64),
        **_scores(predictions),
        "header": np.frombuffer(json.dumps(header).encode(), np.uint8),
    }
    if predictions.output_int8 is not None:
        arrays["output_int8"] = predictions.output_int8.astype(np.int8)
    if predictions.groups is not None:
        arrays["groups"] = predictions.groups.astype(np.int64)
    return npz_bytes(**arrays)


def _scores(predictions: Predictions) -> dict[str, np.ndarray]:
    kind = predictions.score_kind
    if kind == NO_SCORES:
        return {}
    if kind not in ("logits", "probabilities"):
        raise ValueError(f"score_kind is '{kind}', expected 'logits', 'probabilities' or '{NO_SCORES}'")
    return {kind: predictions.scores.astype(np.float32)}


def read_predictions(path: Path) -> Predictions:
    """Read a prediction file; StoreError where it is damaged, of another schema or inconsistent."""
    try:
        arrays = read_arrays(path, LARGEST_FILE_BYTES)
        header = json.loads(arrays["header"].tobytes())
    except (OSError, ValueError, KeyError, RecursionError) as error:
        raise StoreError(f"{path} is not a whole prediction file ({error}); evaluate again") from error
    if header.get("schema_version") != SCHEMA_VERSION:
        raise StoreError(
            f"{path} has schema version {header.get('schema_version')}, this edgeval reads {SCHEMA_VERSION}; "
            "evaluate or import again"
        )
    try:
        return _from_arrays(path, header, arrays)
    except (KeyError, TypeError, AttributeError, UsageError) as error:
        raise StoreError(f"{path} has not the form of predictions ({error!r}); evaluate again") from error


def _from_arrays(path: Path, header: dict[str, Any], arrays: dict[str, np.ndarray]) -> Predictions:
    provenance = dict(header["provenance"])
    dataset = dict(provenance.pop("dataset"))
    dataset["classes"] = tuple(dataset["classes"])
    kind = header["score_kind"]
    scores = np.zeros((len(arrays["ids"]), 0), np.float32) if kind == NO_SCORES else arrays[kind]
    rows = {len(scores), *(len(arrays[key]) for key in ("ids", "labels", "top1", "groups") if key in arrays)}
    if len(rows) != 1:
        raise StoreError(f"{path} has arrays of different lengths {sorted(rows)}; evaluate again")
    seen = provenance.pop("preprocessing")
    preprocessing = None if seen is None else Preprocessing(**seen)
    return Predictions(
        provenance=Provenance(dataset=DatasetInfo(**dataset), preprocessing=preprocessing, **provenance),
        ids=arrays["ids"],
        labels=arrays["labels"],
        top1=arrays["top1"],
        scores=scores,
        score_kind=kind,
        output_int8=arrays.get("output_int8"),
        output_scale=header["output_scale"],
        output_zero_point=header["output_zero_point"],
        notes=header["notes"],
        file=path,
        groups=arrays.get("groups"),
    )
