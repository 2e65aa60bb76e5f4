"""Corrupted sounds. References: the signal-to-noise ratio by its definition, ITU-T G.711's law in its closed form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from edgeval.data import load_dataset
from edgeval.data.corruptions import SEVERITIES, SOUNDS, corrupted, family
from edgeval.data.corruptions.sounds import CORRUPTIONS
from edgeval.data.sound.features import RATE
from edgeval.errors import DataError

TIME = np.arange(RATE) / RATE
CLIPS = np.stack(
    [np.sin(2 * np.pi * hertz * TIME) * np.exp(-2 * TIME) * 0.4 for hertz in (300, 700, 1500)]
).astype(np.float32)


def changed(name: str, severity: int) -> np.ndarray:
    return np.asarray(CORRUPTIONS[name](CLIPS, severity - 1, np.random.default_rng(severity)))


@pytest.mark.parametrize("name", ["white_noise", "pink_noise"])
@pytest.mark.parametrize(("severity", "decibels"), [(1, 20), (3, 10), (5, 0)])
def test_noise_has_its_ratio_to_the_signal(name: str, severity: int, decibels: float) -> None:
    noise = changed(name, severity) - CLIPS
    ratio = 10 * np.log10((CLIPS**2).mean(axis=1) / (noise**2).mean(axis=1))
    np.testing.assert_allclose(ratio, decibels, atol=0.01)


def test_pink_noise_loses_three_decibels_an_octave() -> None:
    noise = CORRUPTIONS["pink_noise"](np.tile(CLIPS, (40, 1)), 4, np.random.default_rng(0)) - np.tile(
        CLIPS, (40, 1)
    )
    power = (np.abs(np.fft.rfft(noise, axis=1)) ** 2).mean(axis=0)
    octaves = [power[2**k : 2 ** (k + 1)].mean() for k in range(6, 12)]
    np.testing.assert_allclose(10 * np.log10(np.array(octaves[:-1]) / octaves[1:]), 3.01, atol=0.7)


@pytest.mark.parametrize("name", sorted({*SOUNDS} - {"clip_shift"}))  # of a shifted tone only the shift grows
def test_severity_grows(name: str) -> None:
    distance = [float(np.abs(changed(name, severity) - CLIPS).mean()) for severity in SEVERITIES]
    assert distance[0] > 0 and distance[-1] == max(distance)
    assert np.isfinite(CORRUPTIONS[name](np.zeros_like(CLIPS), 4, np.random.default_rng(0))).all()


def test_the_telephone_has_the_steps_of_its_law() -> None:
    seen = changed("telephone", 5)
    assert len(np.unique(np.round(seen[0] / np.abs(CLIPS[0]).max(), 6))) <= 9
    assert np.abs(changed("telephone", 1) - CLIPS).max() < 0.03


def test_clipping_and_shift() -> None:
    peak = np.abs(CLIPS).max(axis=1)
    np.testing.assert_allclose(np.abs(changed("clipping", 2)).max(axis=1), 0.5 * peak, rtol=1e-5)
    click = np.zeros((50, RATE), np.float32)
    click[:, 8000] = 1
    for severity, most in enumerate((800, 1600, 2400, 3200, 4800), 1):
        moved = CORRUPTIONS["clip_shift"](click, severity - 1, np.random.default_rng(0))
        by = np.abs(moved.argmax(axis=1) - 8000)
        assert by.min() >= most // 2 and by.max() <= most and (moved.sum(axis=1) == 1).all()


def test_a_folder_of_sounds_is_corrupted_before_its_features(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for index, clip in enumerate(CLIPS):
        path = tmp_path / "words" / "test" / "abc"[index] / "1.wav"
        path.parent.mkdir(parents=True)
        wavfile.write(path, RATE, (clip * 32767).astype(np.int16))
    clean = load_dataset(f"wav:{tmp_path / 'words'}")
    assert family(clean) == "sounds"
    seen = corrupted(clean, "white_noise", 5)
    assert (
        seen.sample_shape == (49, 10, 1)
        and (seen.test.samples != clean.test.samples).any(axis=(1, 2, 3)).all()
    )
    assert corrupted(clean, "white_noise", 5).info() == seen.info()
    wavfile.write(tmp_path / "words" / "test" / "a" / "1.wav", RATE, (CLIPS[1] * 32767).astype(np.int16))
    with pytest.raises(DataError, match="changed since they were read"):
        corrupted(clean, "white_noise", 5)
