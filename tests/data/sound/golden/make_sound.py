"""Makes sound.npz: what TensorFlow's tf.signal gives for three sounds, called as mlcommons/tiny's get_dataset.py does.

Run it in an environment of its own with tensorflow (2.19.0 made the file that is here): python make_sound.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

RATE = 16_000


def main() -> None:
    clips = sounds()
    logmel, mfcc = zip(*(features(clip) for clip in clips), strict=True)
    weights = tf.signal.linear_to_mel_weight_matrix(40, 257, RATE, 20.0, 4000.0)
    np.savez_compressed(
        Path(__file__).parent / "sound.npz",
        clips=clips,
        weights=weights.numpy(),
        logmel=np.array(logmel, np.float32),
        mfcc=np.array(mfcc, np.float32),
        origin=np.array(f"tensorflow {tf.__version__}, tf.signal"),
    )


def sounds() -> np.ndarray:
    """int16 (3, RATE): a falling chirp, a burst of noise between silences, a tone in noise."""
    random, t = np.random.default_rng(7), np.arange(RATE) / RATE
    chirp = np.sin(2 * np.pi * (300 + 1200 * t) * t) * np.exp(-3 * t) * 0.3
    burst = random.normal(0, 0.05, RATE) * (t > 0.3) * (t < 0.6)
    tone = 0.2 * np.sin(2 * np.pi * 440 * t) + 0.01 * random.normal(size=RATE)
    return np.round(np.stack([chirp, burst, tone]).astype(np.float32) * 32767).astype(np.int16)


def features(clip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The logarithms of the mel energies (49, 40), and the first 10 cepstral coefficients (49, 10)."""
    wave = tf.cast(clip, tf.float32)
    wave = wave / tf.reduce_max(wave)
    spectrum = tf.abs(
        tf.signal.stft(
            wave, frame_length=480, frame_step=320, fft_length=None, window_fn=tf.signal.hann_window
        )
    )
    weights = tf.signal.linear_to_mel_weight_matrix(40, spectrum.shape[-1], RATE, 20.0, 4000.0)
    energies = tf.math.log(tf.tensordot(spectrum, weights, 1) + 1e-6)
    return energies.numpy(), tf.signal.mfccs_from_log_mel_spectrograms(energies)[..., :10].numpy()


if __name__ == "__main__":
    main()
