"""export.json: the exported files of one network, and the proof that they are the same network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from edgeval.documents.fields import Count, Fraction, OfKind, PerChannel, SchemaVersion, Sha256, Some


class _Source(TypedDict, total=False):
    """One of both: of a run's weights, or of the ONNX file that was given."""

    weights_sha256: Sha256
    onnx_sha256: Sha256
    code_name: str  # these four: of a run whose network is not edgeval's, as in its run.json
    code_build: str
    code_sha256: Sha256
    code_package: str


class Source(_Source):
    """What was exported: a run's model id, or the name of a user's own network."""

    network: str


class _Spec(TypedDict, total=False):
    """Absent in older documents."""

    spec: str  # opens the data set again


class ExportData(_Spec):
    """The data set whose training images calibrate and whose test images prove; `classes` is their number."""

    name: str
    sha256: Sha256
    classes: Some


class ExportInput(OfKind):
    """`shape` is (height, width, channels), (time, channels) or (features,); a network sees (pixel / 255 - mean) / std,
    of samples that are no images (value - mean) / std."""

    shape: Sequence[Some]
    mean: PerChannel
    std: PerChannel


class Calibration(TypedDict):
    """The training images that calibrated int8, fewer than requested where there are not as many."""

    requested: Some
    samples: Some
    seed: Count
    sha256: Sha256  # of their positions
    train_sha256: Sha256


class ParitySamples(TypedDict):
    """The test images of the proof; the hash is of their positions."""

    samples: Some
    sha256: Sha256


class _Float(TypedDict, total=False):
    """Absent for a given ONNX file, which is the reference itself."""

    float: str


class Runtimes(_Float):
    """Library and version that gave the scores of the proof."""

    onnx: str


class OnnxParity(TypedDict):
    """ONNX against torch: the largest difference of a score, in the unit of the scores."""

    samples: Some
    max_abs_difference: float
    tolerance: float
    flipped_labels: Count


class Int8Form(TypedDict):
    """Input and output of the int8 file; real value = scale * (int8 - zero_point)."""

    input_shape: Sequence[Some]
    input_scale: float
    input_zero_point: int
    classes: Some
    output_scale: float
    output_zero_point: int
    ends_in_softmax: bool


class Int8Parity(TypedDict):
    """int8 against float; `drop` is positive where int8 is worse."""

    samples: Some
    float_accuracy: Fraction
    int8_accuracy: Fraction
    drop: float
    flipped_labels: Count


class Int8(TypedDict):
    """The int8 file; `operators` counts each kind."""

    runtime: str
    form: Int8Form
    operators: dict[str, Some]
    parity: Int8Parity


class ExportedFile(TypedDict):
    sha256: Sha256
    bytes: Some


class _Converter(TypedDict, total=False):
    """What made the int8 file, with the versions of its libraries; absent without int8."""

    backend: str  # absent in older documents too
    converter: dict[str, str]


class ExportDocument(_Converter):
    """`onnx` is None for a given ONNX file, `int8` where none was asked for; `files` by name."""

    schema_version: SchemaVersion
    edgeval: str
    source: Source
    dataset: ExportData
    input: ExportInput
    calibration: Calibration
    parity_samples: ParitySamples
    runtimes: Runtimes
    onnx: OnnxParity | None
    int8: Int8 | None
    files: dict[str, ExportedFile]
