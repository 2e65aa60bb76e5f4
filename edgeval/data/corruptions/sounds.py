"""Corrupted sounds: what rooms, microphones and telephones do to a clip before its features are computed.

Noise has the signal-to-noise ratios that keyword spotting is commonly tested at (20 to 0 dB); the other severities are
this project's own. Each function takes clips float32 (n, samples) at 16 kHz from -1 to 1, the severity less one and a
generator; the result has the same form.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgeval.data.sound.features import RATE

Corruption = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]
QUIETEST = 1e-4  # root mean square of a clip that noise is measured against at least


def _level(clips: np.ndarray) -> np.ndarray:
    """Root mean square, (n, 1)."""
    return np.maximum(np.sqrt(np.mean(clips.astype(np.float64) ** 2, axis=1, keepdims=True)), QUIETEST)


def _at_ratio(clips: np.ndarray, noise: np.ndarray, level: int) -> np.ndarray:
    ratio_db = (20, 15, 10, 5, 0)[level]
    return clips + noise / _level(noise) * _level(clips) * 10 ** (-ratio_db / 20)


def _white_noise(clips: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    return _at_ratio(clips, rng.standard_normal(clips.shape), level)


def _pink_noise(clips: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """Power falls with frequency, as that of wind, traffic and rooms does."""
    from scipy.fft import irfft, rfft

    spectrum = rfft(rng.standard_normal(clips.shape), axis=1)
    spectrum[:, 1:] /= np.sqrt(np.arange(1, spectrum.shape[1]))
    spectrum[:, 0] = 0
    return _at_ratio(clips, irfft(spectrum, clips.shape[1], axis=1), level)


def _reverberation(clips: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """Folded with a room: the direct sound, then noise that falls by 60 dB within the room's reverberation time."""
    from scipy.signal import fftconvolve

    seconds = (0.1, 0.2, 0.4, 0.6, 1.0)[level]
    time = np.arange(round(seconds * RATE)) / RATE
    tail = rng.standard_normal((len(clips), len(time))) * 10 ** (-3 * time / seconds)
    tail *= 0.7 / _level(tail) / np.sqrt(len(time))
    tail[:, 0] = 1
    wet = fftconvolve(clips, tail, axes=1)[:, : clips.shape[1]]
    return np.asarray(wet / np.maximum(np.abs(wet).max(axis=1, keepdims=True), 1e-9)) * _peak(clips)


def _clipping(clips: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """A microphone driven too far: what exceeds that part of the peak is cut."""
    limit = (0.7, 0.5, 0.35, 0.2, 0.1)[level] * _peak(clips)
    return np.clip(clips, -limit, limit)


def _time_shift(clips: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """Earlier or later, silence in the gap."""
    most = round((0.05, 0.1, 0.15, 0.2, 0.3)[level] * RATE)
    by = rng.integers(most // 2, most + 1, len(clips)) * rng.choice([-1, 1], len(clips))
    moved = np.zeros_like(clips)
    for row, shift in enumerate(by.tolist()):
        source = clips[row, max(0, -shift) : len(clips[row]) - max(0, shift)]
        moved[row, max(0, shift) : max(0, shift) + len(source)] = source
    return moved


def _telephone(clips: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """The mu-law of ITU-T G.711 (mu = 255), with fewer and fewer steps."""
    steps, mu = (2**7, 2**6, 2**5, 2**4, 2**3)[level], 255.0
    peak = np.maximum(_peak(clips), 1e-9)
    pressed = np.sign(clips) * np.log1p(mu * np.abs(clips) / peak) / np.log1p(mu)
    stepped = np.rint(pressed * steps / 2) / (steps / 2)
    return np.sign(stepped) * np.expm1(np.abs(stepped) * np.log1p(mu)) / mu * peak


def _peak(clips: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(clips).max(axis=1, keepdims=True))


CORRUPTIONS: dict[str, Corruption] = {
    "white_noise": _white_noise,
    "pink_noise": _pink_noise,
    "reverberation": _reverberation,
    "clipping": _clipping,
    "clip_shift": _time_shift,
    "telephone": _telephone,
}
