"""What is stored, as frozen dataclasses, and how predictions go to a file and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
IMAGE, FEATURES, QUANTIZED = KINDS = ("image", "features", "quantized")  # of samples; docs/DATA.md
PerChannel = float | Sequence[float]  # one for all channels, or one for each
FAILED = -1  # top1 of a sample whose inference failed: it counts as an error


@dataclass(frozen=True)
class Preprocessing:
    """How a sample becomes the network's float input, as data that travels with every run, export and prediction.

    A value x of the last axis' channel i becomes (x * unit - mean[i]) / std[i], where unit is 1/255 for kind `image`
    and 1 for `features` and `quantized`. `mean` and `std` have one number for all channels or one for each; a plain
    number is taken as one for all. The default leaves features as they are and makes the int8 input of an exported
    image model exactly pixel - 128 (scale 1/255, zero point -128), so a device needs no arithmetic to prepare it.
    """

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    kind: str = IMAGE

    def __post_init__(self) -> None:
        """Raises UsageError where a value would become no float32 number, or the two differ in their channels."""
        for name in ("mean", "std"):
            object.__setattr__(self, name, _numbers(getattr(self, name), 0.0))
        _check_preprocessing(self)

    def __str__(self) -> str:
        """The formula, e.g. `(pixel / 255 - 0.5) / 0.25`; channels in brackets."""
        value = "pixel / 255" if self.kind == IMAGE else "value"
        mean, std = _channels_text(self.mean), _channels_text(self.std)
        shifted = value if mean == "0" else f"({value} - {mean})"
        if std == "1":
            return ("value as it is" if self.kind != IMAGE else value) if mean == "0" else shifted
        return f"{shifted} / {std}"

    @property
    def channels(self) -> int | None:
        """How many channels it is for; None where one number holds for all."""
        most = max(len(self.mean), len(self.std))
        return None if most == 1 else most

    @property
    def is_default(self) -> bool:
        """Whether neither a mean nor a std changes a value."""
        return set(self.mean) == {0.0} and set(self.std) == {1.0}

    def document(self) -> dict[str, Any]:
        """As JSON: a single number as before there were channels, and `kind` where it is not `image`."""
        both = {
            name: list(told) if len(told) > 1 else told[0]
            for name, told in (("mean", self.mean), ("std", self.std))
        }
        return both if self.kind == IMAGE else {**both, "kind": self.kind}


def preprocessing_of(mean: PerChannel | None, std: PerChannel | None) -> Preprocessing | None:
    """That of --mean and --std; None where neither is given. Its kind is that of the data it is applied to."""
    if mean is None and std is None:
        return None
    return Preprocessing(_numbers(mean, 0.0), _numbers(std, 1.0))


def _numbers(told: PerChannel | None, default: float) -> tuple[float, ...]:
    if told is None:
        return (default,)
    return (float(told),) if isinstance(told, int | float) else tuple(float(value) for value in told)


def preprocessing_from(document: Mapping[str, Any]) -> Preprocessing:
    """From `Preprocessing.document`, and from documents of before there were kinds; further keys are left alone.

    Raises KeyError or TypeError where the form is another, UsageError where it is no preprocessing.
    """
    mean, std = (_numbers(document[name], 0.0) for name in ("mean", "std"))
    return Preprocessing(mean, std, document.get("kind", IMAGE))


def preprocessing_of_run(document: Mapping[str, Any]) -> Preprocessing:
    """The one that a network was trained with, from its run.json."""
    return preprocessing_from(document["input"])


def _check_preprocessing(told: Preprocessing) -> None:
    mean, std = np.array(told.mean), np.array(told.std)
    if told.kind not in KINDS:
        raise UsageError(f"kind '{told.kind}' of a preprocessing is none of {', '.join(KINDS)}")
    if not (mean.size and std.size) or (mean.size != std.size and 1 not in (mean.size, std.size)):
        raise UsageError(
            f"--mean has {mean.size} numbers and --std {std.size}; give one for all channels or one for each"
        )
    formula = "(pixel / 255 - mean) / std" if told.kind == IMAGE else "(value - mean) / std"
    if not (np.isfinite(mean).all() and np.isfinite(std).all() and (std > 0).all()):
        raise UsageError(
            f"mean {_channels_text(told.mean)} and std {_channels_text(told.std)} are not a preprocessing; --mean and "
            f"--std of {formula} are finite numbers, std above 0"
        )
    with np.errstate(over="ignore"):
        largest = np.max(np.maximum(np.abs(mean), np.abs(1 - mean)) / std)
    if largest > np.finfo(np.float32).max:
        raise UsageError(
            f"mean {_channels_text(told.mean)} and std {_channels_text(told.std)} take values out of float32; check "
            "--mean and --std"
        )


def _channels_text(told: tuple[float, ...]) -> str:
    values = [f"{value:.6g}" for value in told]
    return values[0] if len(set(values)) == 1 else f"[{', '.join(values)}]"


@dataclass(frozen=True)
class DatasetInfo:
    """Which data a figure comes from. `sha256` covers the test samples, labels and class names."""

    name: str
    sha256: str
    samples: int
    classes: tuple[str, ...]
    kind: str = IMAGE

    def document(self) -> dict[str, Any]:
        """As JSON: `kind` where it is not `image`, as before there were kinds."""
        told = {**asdict(self), "classes": list(self.classes)}
        return told if self.kind != IMAGE else {key: told[key] for key in told if key != "kind"}


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
        "provenance": provenance_document(predictions.provenance),
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


def provenance_document(provenance: Provenance) -> dict[str, Any]:
    """A provenance as JSON."""
    told = provenance.preprocessing
    return {
        **asdict(provenance),
        "dataset": provenance.dataset.document(),
        "preprocessing": None if told is None else told.document(),
    }


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
    preprocessing = None if seen is None else preprocessing_from(seen)
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
