"""`words12`: spoken, heard in a room, turned into features. Reference: the definitions of signal-to-noise ratio and of
the features, and espeak-ng itself where it is installed."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from hypothesis import given, strategies as st

from edgeval.data import load_dataset
from edgeval.data.sound import features, room, words
from edgeval.errors import ToolError

spoken = pytest.mark.skipif(shutil.which(words.PROGRAM) is None, reason="espeak-ng is not installed")


def tone(samples: int) -> np.ndarray:
    return np.sin(np.arange(samples) / 5).astype(np.float32)


@spoken
def test_a_test_speaker_is_never_heard_in_training_and_every_word_is_said_by_everybody() -> None:
    dataset = words.speak_words(("yes", "stop"), words.speakers()[:6], takes=2)
    train, test = dataset.train, dataset.test
    assert train.groups is not None and test.groups is not None
    assert set(train.groups) == {1, 2, 4, 5} and set(test.groups) == {0, 3}
    assert np.bincount(train.labels).tolist() == [8, 8] and np.bincount(test.labels).tolist() == [4, 4]
    assert dataset.sample_shape == (49, 10, 1) and dataset.kind == "features"
    again = words.speak_words(("yes", "stop"), words.speakers()[:6], takes=2)
    assert again.info().sha256 == dataset.info().sha256
    assert len(np.unique(train.samples.reshape(len(train), -1), axis=0)) == len(
        train
    )  # no two takes are alike


@spoken
def test_all_voices_are_there() -> None:
    words._check_voices(words._list("en"), words._list("variant"))


def test_a_missing_voice_is_not_replaced_by_another() -> None:
    accents = " ".join(words.ACCENTS)
    with pytest.raises(ToolError, match="no voice m8; install"):
        words._check_voices(accents, " ".join(f"!v/{one}" for one in words.VARIANTS if one != "m8"))
    with pytest.raises(ToolError, match="no voice en-029; install"):
        words._check_voices(accents.replace("en-029", ""), " ".join(f"!v/{one}" for one in words.VARIANTS))


def test_without_the_program_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolError, match="apt install espeak-ng"):
        load_dataset("words12")


def test_every_speaker_is_one_voice() -> None:
    assert len(set(words.speakers())) == len(words.ACCENTS) * len(words.VARIANTS)


@given(st.integers(0, 2**32 - 1), st.integers(100, 2 * features.CLIP))
def test_a_room_gives_a_whole_second_with_noise_in_the_stated_range(seed: int, samples: int) -> None:
    rng = np.random.default_rng(seed)
    clip = tone(features.CLIP)
    noise = room._noise(clip, rng)
    ratio_db = 10 * np.log10((clip**2).mean() / (noise**2).mean())
    assert room.SNR_DB[0] - 1e-6 <= ratio_db <= room.SNR_DB[1] + 1e-6
    heard = room.recorded(tone(samples), rng)
    assert heard.shape == (features.CLIP,) and heard.dtype == np.float32 and np.isfinite(heard).all()


def test_silence_stays_silent() -> None:
    assert not room.recorded(np.zeros(1000, np.float32), np.random.default_rng(0)).any()
