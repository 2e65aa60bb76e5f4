"""run.json: one trained network, what it was trained on and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypedDict

from edgeval.documents.fields import Count, Fraction, Limits, OfKind, PerChannel, SchemaVersion, Sha256, Some


class TrainedOn(TypedDict):
    """The data set; `spec` opens it again, `sha256` is of its test split, `train_sha256` of its training split."""

    name: str
    spec: str
    sha256: Sha256
    train_sha256: Sha256
    classes: Sequence[str]


class _Shape(OfKind, total=False):
    """Images have height, width and channels; other samples have a shape, (time, channels) and so on."""

    height: Some
    width: Some
    channels: Some
    shape: Sequence[Some]


class Input(_Shape):
    """A network sees (pixel / 255 - mean) / std, of samples that are no images (value - mean) / std."""

    mean: PerChannel
    std: PerChannel


class _Package(TypedDict, total=False):
    """Of an installed package, with its version."""

    package: str


class Network(_Package):
    """What built a network that is not edgeval's: a user's FILE.py:function, or a function of an installed package;
    `sha256` is of its sources."""

    name: str
    build: str
    sha256: Sha256


class _LaterSettings(TypedDict, total=False):
    """Absent in older documents: sgd, and none of the others."""

    optimizer: Annotated[str, Limits(enum=["sgd", "adamw"])]
    warmup_epochs: Count
    label_smoothing: Fraction
    mixup: float  # alpha of the Beta distribution of shares, 0 for none
    ema_decay: Fraction  # a step, 0 for none
    time_shift_steps: Count
    noise_std: float
    gain_std: float
    mask_steps: Count
    mask_features: Count
    scaling_std: float
    rotation_degrees: float


class Recipe(_LaterSettings):
    """The settings of the training, as in grid.toml."""

    epochs: Some
    batch_size: Some
    learning_rate: float
    final_learning_rate: float
    momentum: float
    weight_decay: float
    crop_padding: Count  # pixels
    flip: bool
    cutout: Count  # pixels, 0 for none
    evaluate_every: Some  # epochs
    threads: Some


class Final(TypedDict):
    """After the last epoch."""

    train_loss: float
    train_accuracy: Fraction
    test_accuracy: Fraction


class Versions(TypedDict):
    edgeval: str
    python: str
    torch: str


class _Own(TypedDict, total=False):
    """Present where a network is not one of edgeval's."""

    network: Network


class RunDocument(_Own):
    """`seconds` is training alone, over all interruptions; `device` the machine that trained."""

    schema_version: SchemaVersion
    arch: str
    size: str
    seed: Count
    params: Some
    macs: Some
    dataset: TrainedOn
    input: Input
    recipe: Recipe
    epochs: Some
    final: Final
    seconds: float
    images_per_s: float
    threads: Some
    device: str
    versions: Versions
    weights_sha256: Sha256
