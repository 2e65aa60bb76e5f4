"""run.json: one trained network, what it was trained on and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from edgeval.documents.fields import Count, Fraction, OfKind, PerChannel, SchemaVersion, Sha256, Some


class TrainedOn(TypedDict):
    """The data set; `spec` opens it again, `sha256` is of its test split, `train_sha256` of its training split."""

    name: str
    spec: str
    sha256: Sha256
    train_sha256: Sha256
    classes: Sequence[str]


class Input(OfKind):
    """Pixels; a network sees (pixel / 255 - mean) / std."""

    height: Some
    width: Some
    channels: Some
    mean: PerChannel
    std: PerChannel


class Recipe(TypedDict):
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


class RunDocument(TypedDict):
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
