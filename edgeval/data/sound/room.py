"""A clean voice as a microphone in a room hears it: early or late, near or far, with an echo and noise."""

from __future__ import annotations

import numpy as np

from edgeval.data.sound.features import CLIP, RATE, one_second

SNR_DB = (3.0, 20.0)  # of the noise, from the loudest to the faintest
DECAY_S = (0.05, 0.4)  # of the echo, to a thousandth of its amplitude
ECHO = (0.0, 0.5)  # of the echo's energy in the direct sound's
SILENCE = 0.01  # of the largest amplitude: what is quieter before and after a word is cut off


def recorded(voice: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """float32 (CLIP,): `voice` (samples,) at a random place of the second, with echo and noise.

    The echo is exponentially decaying white noise, the usual model of a diffuse room (Polack 1988); the noise is white
    or pink, at a signal-to-noise ratio drawn evenly in decibels.
    """
    heard = _echoed(_trimmed(voice), rng)
    clip = one_second(heard) if len(heard) >= CLIP else _placed(heard, rng)
    return np.asarray(clip + _noise(clip, rng), np.float32)


def _trimmed(voice: np.ndarray) -> np.ndarray:
    loud = np.flatnonzero(np.abs(voice) > SILENCE * np.abs(voice).max(initial=0.0))
    return voice[loud[0] : loud[-1] + 1] if loud.size else voice


def _echoed(voice: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    decay, share = rng.uniform(*DECAY_S), rng.uniform(*ECHO)
    time = np.arange(int(decay * RATE)) / RATE
    tail = rng.normal(size=len(time)) * np.exp(-np.log(1000.0) * time / decay)
    tail *= np.sqrt(share / max(float((tail**2).sum()), 1e-12))
    from scipy.signal import fftconvolve

    return np.asarray(fftconvolve(voice, np.concatenate([[1.0], tail])), np.float64)


def _placed(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    clip = np.zeros(CLIP)
    start = int(rng.integers(0, CLIP - len(sound) + 1))
    clip[start : start + len(sound)] = sound
    return clip


def _noise(clip: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    white = np.fft.rfft(rng.normal(size=CLIP))
    if rng.random() < 0.5:  # pink: equal energy in every octave
        white /= np.sqrt(np.maximum(np.arange(len(white)), 1.0))
    noise = np.fft.irfft(white, CLIP)
    ratio = 10 ** (-rng.uniform(*SNR_DB) / 10)
    return np.asarray(noise * np.sqrt(ratio * (clip**2).mean() / max(float((noise**2).mean()), 1e-12)))
