"""Corrupted test samples: what a camera, a microphone or a sensor in the field adds, by the kind of the samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeval.data.corruptions import images, signals, sounds
from edgeval.data.dataset import Dataset, Split
from edgeval.data.sound.features import features
from edgeval.data.sound.wav import clips_behind
from edgeval.errors import UsageError, unknown
from edgeval.records import IMAGE, QUANTIZED

SEVERITIES = (1, 2, 3, 4, 5)
IMAGES = tuple(images.CORRUPTIONS)
SOUNDS = tuple(sounds.CORRUPTIONS)
NAMES = tuple(dict.fromkeys([*IMAGES, *SOUNDS, *signals.WINDOWS, *signals.MAPS, *signals.VECTORS]))
# Run without being named: for pictures those that differ most in kind, for the others all.
DEFAULTS = {
    "pictures": (
        *("gaussian_noise", "impulse_noise", "defocus_blur", "motion_blur"),
        *("fog", "brightness", "contrast", "jpeg_compression"),
    ),
}
FAMILIES = {
    "pictures": IMAGES,
    "sounds": SOUNDS,
    "maps of features": tuple(signals.MAPS),
    "windows of signals": tuple(signals.WINDOWS),
    "vectors of features": tuple(signals.VECTORS),
}


def family(dataset: Dataset) -> str:
    """Which corruptions a data set can have, a key of FAMILIES; UsageError for samples that are quantized already."""
    if dataset.kind == IMAGE:
        return "pictures"
    if dataset.kind == QUANTIZED:
        raise UsageError(
            f"{dataset.spec} has samples that are quantized already, which are not corrupted; give the images, "
            "sounds or features that they were made of"
        )
    if dataset.spec.startswith("wav:"):
        return "sounds"
    return {3: "maps of features", 2: "windows of signals", 1: "vectors of features"}[
        len(dataset.sample_shape)
    ]


def chosen(dataset: Dataset, names: tuple[str, ...]) -> tuple[str, ...]:
    """The corruptions to run: `names`, or the default ones of the data set's samples where none is named.

    UsageError for one that belongs to other samples.
    """
    of = family(dataset)
    for name in names:
        if name not in FAMILIES[of]:
            raise UsageError(
                f"corruption {name} is not for {of}, which {dataset.spec} has; there are {', '.join(FAMILIES[of])}"
            )
    return names or DEFAULTS.get(of, FAMILIES[of])


def corrupted(dataset: Dataset, corruption: str, severity: int, seed: int = 0) -> Dataset:
    """The data set with its test samples corrupted; the training samples stay.

    Equal arguments give equal samples under the same numpy, scipy and Pillow; the result's `info().sha256` is the
    hash of the samples themselves. Sounds are corrupted before their features are computed. UsageError for an unknown
    corruption or severity, or one of other samples.
    """
    if corruption not in NAMES:
        raise unknown("corruption", corruption, NAMES)
    if severity not in SEVERITIES:
        raise UsageError(f"severity {severity} does not exist; it goes from 1 to 5")
    (name,), of = chosen(dataset, (corruption,)), family(dataset)
    rng = np.random.default_rng([seed, severity, *corruption.encode()])
    samples = _changed(dataset, of, name, severity - 1, rng)
    test = Split(samples, dataset.test.labels, dataset.test.groups)
    return replace(dataset, name=f"{dataset.name}, {corruption} {severity}", test=test)


def _changed(dataset: Dataset, of: str, name: str, level: int, rng: np.random.Generator) -> np.ndarray:
    clean = dataset.test.samples
    if of == "pictures":
        return images.on_pixels(clean, name, level, rng)
    if of == "sounds":
        clips, form = clips_behind(dataset)
        return features(np.asarray(sounds.CORRUPTIONS[name](clips, level, rng), np.float32), form)
    kinds = {1: signals.VECTORS, 2: signals.WINDOWS, 3: signals.MAPS}
    return np.asarray(kinds[clean.ndim - 1][name](clean, level, rng), np.float32)
