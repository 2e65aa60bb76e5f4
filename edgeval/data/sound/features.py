"""Sound as a network sees it: one second at 16 kHz, log mel energies or the cepstrum of MLPerf Tiny's keyword network.

The recipe is that of MLPerf Tiny's keyword spotting benchmark (mlcommons/tiny, get_dataset.py), which TensorFlow's
`tf.signal` computes: a clip divided by its largest value; magnitudes of a short-time Fourier transform over 30 ms in
steps of 20 ms under a Hann window, 512 points; 40 triangles on the mel scale from 20 to 4,000 Hz; the natural logarithm
of the sum and 1e-6; of its cosine transform the first 10 coefficients. Composed of numpy and scipy: the libraries that
have it bring a compiler (librosa), a deep learning framework (torchaudio, tensorflow) or another recipe
(python_speech_features).
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np

from edgeval.errors import DataError
from edgeval.inputs import read_input

RATE = 16_000  # samples a second
CLIP = RATE  # samples: one second
WINDOW, STEP, POINTS = 480, 320, 512
MELS, LOWEST_HZ, HIGHEST_HZ = 40, 20.0, 4000.0
COEFFICIENTS = 10
FLOOR = 1e-6
FORMS = {"mfcc": (49, COEFFICIENTS, 1), "logmel": (49, MELS, 1)}


def read_wav(path: Path) -> tuple[np.ndarray, int]:
    """float32 (samples,) from -1 to 1 and the rate in samples a second; several channels are averaged.

    PCM of 8 to 64 bits and floats are read. DataError where the file is no whole wav file, is empty or has values that
    are no numbers.
    """
    from scipy.io import wavfile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)  # chunks of text that it does not know
            rate, data = wavfile.read(io.BytesIO(read_input(path)))
    except Exception as error:  # scipy raises many kinds for a damaged file; all mean that
        reason = (
            error.strerror if isinstance(error, OSError) and error.strerror else str(error).split("\n")[0]
        )
        raise DataError(f"{path} is not a readable wav file ({reason}); remove or replace it") from error
    if rate <= 0 or not data.size:
        raise DataError(f"{path} is empty ({data.shape[0]} samples at {rate} Hz); remove or replace it")
    sound = _unit(data).reshape(len(data), -1).mean(axis=1)
    if not np.isfinite(sound).all():
        raise DataError(f"{path} has samples that are no numbers; remove or replace it")
    return sound.astype(np.float32), int(rate)


def _unit(data: np.ndarray) -> np.ndarray:
    """float64, full scale at 1; 24 bits come from scipy in the upper bytes of 32."""
    if data.dtype.kind == "f":
        return data.astype(np.float64)
    if data.dtype == np.uint8:
        return (data.astype(np.float64) - 128) / 128
    return data.astype(np.float64) / (np.iinfo(data.dtype).max + 1.0)


def resampled(sound: np.ndarray, rate: int) -> np.ndarray:
    """float32 at RATE, by scipy's polyphase filter (Kaiser window, 5.0); the sound itself where it has that rate."""
    if rate == RATE:
        return sound
    from scipy.signal import resample_poly

    common = int(np.gcd(RATE, rate))
    return np.asarray(resample_poly(sound, RATE // common, rate // common), np.float32)


def one_second(sound: np.ndarray) -> np.ndarray:
    """float32 (CLIP,): the middle of a longer sound; a shorter one is followed by silence."""
    start = max(0, (len(sound) - CLIP) // 2)
    part = sound[start : start + CLIP]
    return np.pad(part, (0, CLIP - len(part)))


def features(clips: np.ndarray, form: str) -> np.ndarray:
    """float32 (n, 49, 10, 1) for `mfcc`, (n, 49, 40, 1) for `logmel`, of clips float32 (n, CLIP)."""
    from scipy.fft import dct, rfft

    frames = np.lib.stride_tricks.sliding_window_view(_levelled(clips), WINDOW, axis=1)[:, ::STEP]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    spectrum = np.abs(rfft(frames * hann, POINTS, axis=2))
    energies = np.log(spectrum @ mel_weights() + FLOOR)
    if form == "mfcc":
        energies = dct(energies, type=2, axis=2)[..., :COEFFICIENTS] / np.sqrt(2 * MELS)
    return energies[..., np.newaxis].astype(np.float32)


def _levelled(clips: np.ndarray) -> np.ndarray:
    """float64: each clip divided by its largest value, by the largest magnitude where that is not above 0."""
    clips = clips.astype(np.float64)
    peak = clips.max(axis=1, keepdims=True)
    peak = np.where(peak > 0, peak, np.abs(clips).max(axis=1, keepdims=True))
    return clips / np.where(peak > 0, peak, 1)


def mel_weights() -> np.ndarray:
    """float64 (POINTS / 2 + 1, MELS): triangles with straight sides on the mel scale of HTK, 1127 ln(1 + f / 700); the
    constant part of a frame has no weight."""
    mels = _mel(np.linspace(0, RATE / 2, POINTS // 2 + 1))[:, np.newaxis]
    edges = np.linspace(_mel(LOWEST_HZ), _mel(HIGHEST_HZ), MELS + 2)
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    weights = np.maximum(0, np.minimum((mels - lower) / (centre - lower), (upper - mels) / (upper - centre)))
    weights[0] = 0
    return np.asarray(weights)


def _mel(hertz: float | np.ndarray) -> np.ndarray:
    return np.asarray(1127.0 * np.log1p(np.asarray(hertz) / 700.0))
