"""Sounds as features. References: TensorFlow's tf.signal as MLPerf Tiny calls it (golden/sound.npz, made by
golden/make_sound.py, says its version), scipy's own wav writer, and the tones that were written."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.io import wavfile

from edgeval.data import load_dataset
from edgeval.data.sound import features as sound
from edgeval.errors import DataError

GOLDEN = np.load(Path(__file__).parent / "golden" / "sound.npz")
TONE = np.sin(2 * np.pi * 440 * np.arange(sound.RATE) / sound.RATE)


def write(root: Path, name: str, data: np.ndarray, rate: int = sound.RATE) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    wavfile.write(path, rate, data)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("form", ["mfcc", "logmel"])
def test_features_are_tensorflows(form: str) -> None:
    """TensorFlow computes in float32; near the floor of the logarithm that shows in the third digit."""
    seen = sound.features(GOLDEN["clips"].astype(np.float32) / 32768, form)
    assert seen.shape == (3, *sound.FORMS[form]) and seen.dtype == np.float32
    np.testing.assert_allclose(seen[..., 0], GOLDEN[form], rtol=0, atol=0.01)


def test_mel_weights_are_tensorflows() -> None:
    np.testing.assert_allclose(sound.mel_weights(), GOLDEN["weights"], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("dtype", "scale", "shift"),
    [
        (np.int16, 32767, 0),
        (np.int32, 2**31 - 1, 0),
        (np.uint8, 127, 128),
        (np.float32, 1, 0),
        (np.float64, 1, 0),
    ],
)
def test_every_form_of_a_wav_is_read_in_full_scale(
    dtype: type, scale: int, shift: int, tmp_path: Path
) -> None:
    stereo = np.stack([TONE, np.zeros_like(TONE)], axis=1) * scale + shift
    write(tmp_path, "a.wav", stereo.astype(dtype))
    read, rate = sound.read_wav(tmp_path / "a.wav")
    assert (read.dtype, rate) == (np.float32, sound.RATE)
    np.testing.assert_allclose(read, TONE / 2, atol=1 / 127 if dtype == np.uint8 else 1e-4)


def test_24_bits_are_read_in_full_scale(tmp_path: Path) -> None:
    """Written by hand: scipy reads this form and does not write it."""
    samples = (TONE * (2**23 - 1)).astype("<i4")
    data = samples.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    header = b"RIFF" + np.uint32(36 + len(data)).tobytes() + b"WAVEfmt " + np.uint32(16).tobytes()
    header += np.array([1, 1], "<u2").tobytes() + np.array([16000, 48000], "<u4").tobytes()
    header += np.array([3, 24], "<u2").tobytes() + b"data" + np.uint32(len(data)).tobytes()
    (tmp_path / "a.wav").write_bytes(header + data)
    read, _ = sound.read_wav(tmp_path / "a.wav")
    np.testing.assert_allclose(read, TONE, atol=1e-6)


@given(st.integers(0, 400), st.integers(0, 399), st.binary(min_size=1, max_size=4))
def test_a_damaged_wav_is_sound_or_one_line(cut: int, at: int, garbage: bytes) -> None:
    buffer = io.BytesIO()
    wavfile.write(buffer, 16000, (TONE[:180] * 9000).astype(np.int16))
    data = bytearray(buffer.getvalue())
    data[at : at + len(garbage)] = garbage
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(data[:cut])
        file.flush()
        try:
            read, rate = sound.read_wav(Path(file.name))
        except DataError as error:
            assert "\n" not in str(error)
        else:
            assert np.isfinite(read).all() and rate > 0 and len(read)


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100, 48_000])
def test_another_rate_is_resampled_to_the_same_tone(rate: int) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(rate) / rate).astype(np.float32)
    seen = sound.resampled(tone, rate)
    assert len(seen) == sound.RATE
    inside = slice(400, -400)  # the filter's ends see silence around the tone
    np.testing.assert_allclose(seen[inside], TONE[inside], atol=0.01)


def test_a_folder_of_sounds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "words"
    loud = (TONE * 9000).astype(np.int16)
    write(root, "train/yes/1.wav", loud)
    write(root, "train/no/1.wav", loud[:8000])
    write(root, "test/yes/eva/1.wav", np.tile(loud, 3))
    write(root, "test/yes/eva/2.WAV", loud)
    write(
        root,
        "test/no/1.wav",
        (np.sin(2 * np.pi * 440 * np.arange(8000) / 8000) * 9000).astype(np.int16),
        8000,
    )
    write(root, "test/no/2.wav", loud * 0)
    (root / "test" / "no" / "readme.txt").write_text("no sound")
    seen = load_dataset(f"wav:{root}")
    told = capsys.readouterr().err
    assert (seen.kind, seen.sample_shape, seen.classes) == ("features", (49, 10, 1), ("no", "yes"))
    assert (len(seen.train), seen.test.labels.tolist()) == (2, [0, 0, 1, 1])
    assert seen.test.groups is not None and seen.test.groups.tolist() == [0, 1, 2, 2]
    expected = sound.features(loud[np.newaxis] / np.float32(32768), "mfcc")
    np.testing.assert_array_equal(seen.test.samples[[3]], expected)
    for note in ("resampled to 16,000 Hz: 1 of 8,000 Hz", "1 sounds are longer", "1 sounds are shorter",
                 "1 sounds are silent", "1 files of"):  # fmt: skip
        assert note in told
    assert load_dataset(f"wav:{root}@logmel").sample_shape == (49, 40, 1)


def test_features_come_from_the_cache_until_a_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "words"
    write(root, "test/yes/1.wav", (TONE[:9000] * 9000).astype(np.int16))
    first = load_dataset(f"wav:{root}")
    asked: list[str] = []
    compute = sound.features
    monkeypatch.setattr(sound, "features", lambda clips, form: asked.append(form) or compute(clips, form))
    capsys.readouterr()
    assert load_dataset(f"wav:{root}").info() == first.info()
    assert not asked and "1 sounds are shorter" in capsys.readouterr().err  # said each time
    write(root, "test/yes/1.wav", (TONE[:9000] * 90).astype(np.int16) + 1)
    assert load_dataset(f"wav:{root}").info() != first.info()
    assert asked == ["mfcc"]


def test_a_damaged_cache_is_made_again(tmp_path: Path) -> None:
    root = tmp_path / "words"
    write(root, "test/yes/1.wav", (TONE * 9000).astype(np.int16))
    first = load_dataset(f"wav:{root}")
    (kept,) = (tmp_path / "cache" / "edgeval").glob("wav-*.npz")
    kept.write_bytes(kept.read_bytes()[:100])
    assert load_dataset(f"wav:{root}").info() == first.info()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"no sound", "is not a readable wav file"),
        (b"", "is not a readable wav file"),
    ],
)
def test_a_file_that_is_no_sound_is_named(data: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "test" / "yes").mkdir(parents=True)
    (tmp_path / "test" / "yes" / "1.wav").write_bytes(data)
    with pytest.raises(DataError, match=rf"1\.wav {message}"):
        load_dataset(f"wav:{tmp_path}")


def test_numbers_that_are_none_and_empty_sounds_are_named(tmp_path: Path) -> None:
    write(tmp_path, "test/yes/1.wav", np.array([0.0, np.nan], np.float32))
    with pytest.raises(DataError, match="has samples that are no numbers"):
        load_dataset(f"wav:{tmp_path}")
    write(tmp_path, "test/yes/1.wav", np.zeros(0, np.int16))
    with pytest.raises(DataError, match=r"is empty|is not a readable wav"):
        load_dataset(f"wav:{tmp_path}")
    with pytest.raises(DataError, match="'mel' is none of the forms of a sound, mfcc, logmel"):
        load_dataset(f"wav:{tmp_path}@mel")
    with pytest.raises(DataError, match=r"has no folder 'test'.*expected PATH/test/CLASS/SOUND"):
        load_dataset(f"wav:{tmp_path / 'test'}")
