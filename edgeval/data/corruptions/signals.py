"""Corrupted features: what sensors and microphones add to windows of signals, to maps of sound and to vectors.

Severities are parts of the spread (standard deviation over the whole test set) of each channel, of a window's length,
or of the channels. They are this project's own: no published benchmark has them for any sensor. Each function takes
float32 samples (n, ...) with the channels last, the severity less one and a generator; the result has the same form.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Corruption = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]


def _spread(samples: np.ndarray) -> np.ndarray:
    """The standard deviation of each channel, float32 (c,)."""
    return np.asarray(samples.std(axis=tuple(range(samples.ndim - 1))), np.float32)


def _noise(samples: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """White noise on every value."""
    part = (0.1, 0.2, 0.3, 0.5, 0.8)[level]
    return samples + part * _spread(samples) * rng.standard_normal(samples.shape, np.float32)


def _channel_dropout(samples: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """One channel of some samples says nothing but its mean: a broken wire, a sensor that hangs."""
    share = (0.2, 0.4, 0.6, 0.8, 1.0)[level]
    dead = rng.integers(samples.shape[-1], size=len(samples))
    hit = (rng.random(len(samples)) < share)[:, None] & (dead[:, None] == np.arange(samples.shape[-1]))
    mean = samples.mean(axis=tuple(range(samples.ndim - 1)))
    return np.where(hit.reshape(len(samples), *[1] * (samples.ndim - 2), -1), mean, samples)


def _saturation(samples: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """A range too small: each channel ends at so many spreads from its mean."""
    reach = (2.5, 2.0, 1.5, 1.0, 0.7)[level] * _spread(samples)
    mean = samples.mean(axis=tuple(range(samples.ndim - 1)))
    return np.clip(samples, mean - reach, mean + reach)


def _drift(samples: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """Each channel of a window wanders off along a line, up or down."""
    reach = (0.25, 0.5, 1.0, 1.5, 2.0)[level]
    slope = rng.uniform(-1, 1, (len(samples), 1, samples.shape[-1])).astype(np.float32)
    ramp = np.linspace(0, 1, samples.shape[1], dtype=np.float32)[:, None]
    return samples + reach * _spread(samples) * slope * ramp


def _sampling_jitter(samples: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """Samples taken too early or too late, in parts of a step, and read by linear interpolation between neighbours."""
    part = (0.1, 0.2, 0.3, 0.4, 0.5)[level]
    steps = samples.shape[1]
    when = np.arange(steps) + part * rng.standard_normal((len(samples), steps))
    when = np.clip(when, 0, steps - 1)
    before = np.minimum(when.astype(int), max(steps - 2, 0))
    weight = (when - before)[..., None].astype(np.float32)
    rows = np.arange(len(samples))[:, None]
    return samples[rows, before] * (1 - weight) + samples[rows, np.minimum(before + 1, steps - 1)] * weight


def _time_shift(samples: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """Moved along the first axis, forward or back, the edge repeated."""
    most = max(1, round((0.04, 0.08, 0.12, 0.16, 0.2)[level] * samples.shape[1]))
    by = rng.integers(1, most + 1, len(samples)) * rng.choice([-1, 1], len(samples))
    rows = np.clip(np.arange(samples.shape[1]) - by[:, None], 0, samples.shape[1] - 1)
    moved: np.ndarray = samples[np.arange(len(samples))[:, None], rows]
    return moved


def _gap(samples: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """A stretch of time that holds its last value: frames that were lost on the way."""
    steps = samples.shape[1]
    length = max(1, round((0.05, 0.1, 0.15, 0.2, 0.3)[level] * steps))
    start = rng.integers(0, steps - length + 1, len(samples))[:, None]
    at = np.broadcast_to(np.arange(steps), (len(samples), steps))
    inside = (at >= start) & (at < start + length)
    held: np.ndarray = samples[
        np.arange(len(samples))[:, None], np.where(inside, np.maximum(start - 1, 0), at)
    ]
    return held


def _gain(samples: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """Each sample is weaker or stronger as a whole, about its channels' means."""
    reach = (0.1, 0.2, 0.3, 0.4, 0.5)[level]
    factor = (1 + reach * rng.choice([-1, 1], len(samples))).astype(np.float32)
    mean = samples.mean(axis=tuple(range(samples.ndim - 1)))
    return mean + (samples - mean) * factor.reshape(-1, *[1] * (samples.ndim - 1))


VECTORS: dict[str, Corruption] = {
    "noise": _noise,
    "channel_dropout": _channel_dropout,
    "saturation": _saturation,
    "gain": _gain,
}
WINDOWS: dict[str, Corruption] = {
    **VECTORS,
    "drift": _drift,
    "sampling_jitter": _sampling_jitter,
    "time_shift": _time_shift,
    "gap": _gap,
}
MAPS: dict[str, Corruption] = {"noise": _noise, "time_shift": _time_shift, "gap": _gap, "gain": _gain}
