"""A data set as whole tensors on the device of the training, and batches of it as a network takes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor

from edgeval.data import Dataset
from edgeval.data.sound.features import FORMS
from edgeval.records import FEATURES, IMAGE, Preprocessing
from edgeval.runtimes.preprocess import normalised
from edgeval.training import augment, augment_series
from edgeval.training.recipe import Recipe

PREPROCESSING = Preprocessing()  # of images


@dataclass(frozen=True)
class DeviceData:
    """Images: train uint8 (n, h + 2 padding, w + 2 padding, c), test uint8 (m, h, w, c). Features: both float32
    (n, ...), preprocessed. Labels int64."""

    train: Tensor
    train_labels: Tensor
    test: Tensor
    test_labels: Tensor
    flip: bool
    preprocessing: Preprocessing = PREPROCESSING

    @classmethod
    def of(cls, dataset: Dataset, recipe: Recipe, device: torch.device) -> DeviceData:
        told = preprocessing_for(dataset)
        train, test = (
            torch.from_numpy(split.samples if dataset.kind == IMAGE else normalised(split.samples, told)).to(
                device
            )
            for split in (dataset.train, dataset.test)
        )
        if dataset.kind == IMAGE:
            train = augment.padded(train, recipe.crop_padding)
        labels = (torch.from_numpy(split.labels).to(device) for split in (dataset.train, dataset.test))
        train_labels, test_labels = labels
        return cls(train, train_labels, test, test_labels, recipe.flip and dataset.mirrored, told)


def preprocessing_for(dataset: Dataset) -> Preprocessing:
    """Pixels / 255 of images; features with mean 0 and standard deviation 1 in each channel of the training split.

    The numbers are float32, so that every stage computes with the same. A channel that never changes is only shifted.
    """
    if dataset.kind == IMAGE:
        return PREPROCESSING
    samples = dataset.train.samples
    rows = samples.reshape(-1, samples.shape[-1])
    mean, std = rows.mean(axis=0, dtype=np.float64), rows.std(axis=0, dtype=np.float64)
    std[std < 1e-6 * np.maximum(1, np.abs(mean))] = 1
    numbers = [tuple(map(float, told.astype(np.float32))) for told in (mean, std)]
    return Preprocessing(numbers[0], numbers[1], FEATURES)


def training_batch(data: DeviceData, picks: Tensor, recipe: Recipe, generator: Generator) -> Tensor:
    """The augmented samples `picks` (b,) as the network's float32 input in torch's order."""
    if data.preprocessing.kind == IMAGE:
        return augment.to_input(_images(data, picks, recipe, generator), data.preprocessing)
    return in_torch_order(_series(data.train[picks], recipe, generator))


def _images(data: DeviceData, picks: Tensor, recipe: Recipe, generator: Generator) -> Tensor:
    images = augment.random_crops(data.train, picks, recipe.crop_padding, generator)
    if data.flip:
        images = augment.random_flip(images, generator)
    if recipe.cutout:
        images = augment.cutout(images, recipe.cutout, generator)
    return images


def _series(batch: Tensor, recipe: Recipe, generator: Generator) -> Tensor:
    """Noise on everything; the others on samples with an axis of time, rotation on (time, channels) alone."""
    if batch.ndim > 2:
        if recipe.time_shift_steps:
            batch = augment_series.time_shift(batch, recipe.time_shift_steps, generator)
        if recipe.gain_std:
            energies = tuple(batch.shape[1:]) == FORMS["logmel"]
            batch = augment_series.gain(batch, recipe.gain_std, energies, generator)
        if recipe.scaling_std:
            batch = augment_series.scaling(batch, recipe.scaling_std, generator)
        if recipe.rotation_degrees and batch.ndim == 3:
            batch = augment_series.rotation(batch, recipe.rotation_degrees, generator)
    if recipe.noise_std:
        batch = augment_series.noise(batch, recipe.noise_std, generator)
    for axis, most in ((1, recipe.mask_steps), (2, recipe.mask_features)):
        if most and batch.ndim > 2:
            batch = augment_series.masks(batch, most, axis, generator)
    return batch


def to_network(samples: Tensor, data: DeviceData) -> Tensor:
    """Samples of the test split as the network's float32 input in torch's order."""
    if data.preprocessing.kind == IMAGE:
        return augment.to_input(samples, data.preprocessing)
    return in_torch_order(samples)


def in_torch_order(batch: Tensor) -> Tensor:
    """Channels from the last place to the first after the batch."""
    return batch.movedim(-1, 1) if batch.ndim > 2 else batch
