"""`words12`: twelve words spoken by espeak-ng; the sound that needs no network."""

from __future__ import annotations

import contextlib
import itertools
import re
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from edgeval import store
from edgeval.data.dataset import Dataset, Split, checked
from edgeval.data.readers.npz import load_npz, npz_of
from edgeval.data.sound import features, room
from edgeval.errors import DataError, StoreError, ToolError
from edgeval.progress import progress

NAME = "words12"
PROGRAM = "espeak-ng"
VERSION = 1  # counts changes of the recipe; part of the cached file's name
SEED = 20261
WORDS = ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go", "forward", "backward")
ACCENTS = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029")
VARIANTS = (*(f"m{number}" for number in range(1, 9)), *(f"f{number}" for number in range(1, 6)))
TAKES = 2  # of each word by each speaker
TEST_EVERY = 3  # every third speaker is heard in the test set only
TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Utterance:
    """One word by one speaker; `pitch` 0 to 99 and `speed` in words a minute as espeak-ng takes them."""

    word: int
    speaker: int
    voice: str
    pitch: int
    speed: int


def load_words() -> Dataset:
    """The dataset, spoken on first use (about a minute) and then read from the user's cache folder.

    features float32 (n, 49, 10, 1), the mfcc of `edgeval.data.sound.features`; no speaker of the test set is heard in
    training, and `groups` has the speaker. The same versions of espeak-ng, numpy and scipy give the same values;
    `Dataset.info().sha256` names them. Raises ToolError where espeak-ng is not installed.
    """
    path = store.cache_folder() / f"{NAME}-{_made_with()}.npz"
    with contextlib.suppress(DataError):  # absent, or damaged: then it is spoken again
        return load_npz(path, NAME, NAME)
    _check_voices(_list("en"), _list("variant"))
    dataset = speak_words(WORDS, speakers())
    with contextlib.suppress(StoreError):  # a cache that cannot be written only costs time
        store.write_bytes(path, npz_of(dataset))
    return dataset


def speakers() -> list[str]:
    """The voices, an accent and a variant each, in an order that mixes both."""
    voices = [f"{accent}+{variant}" for accent, variant in itertools.product(ACCENTS, VARIANTS)]
    order = np.random.default_rng(SEED).permutation(len(voices))
    return [voices[index] for index in order]


def speak_words(words: Sequence[str], voices: Sequence[str], takes: int = TAKES) -> Dataset:
    """Every word by every voice, `takes` times; every TEST_EVERY-th voice is in the test split."""
    rng = np.random.default_rng(SEED)
    said = [
        Utterance(word, speaker, voice, int(rng.integers(25, 75)), int(rng.integers(130, 200)))
        for speaker, voice in enumerate(voices)
        for word in range(len(words))
        for _ in range(takes)
    ]
    clips = _spoken(words, said)
    heard = np.stack([room.recorded(clip, np.random.default_rng([SEED, n])) for n, clip in enumerate(clips)])
    samples = np.asarray(features.features(heard, "mfcc"), np.float32)
    speaker = np.array([one.speaker for one in said], np.int64)
    labels = np.array([one.word for one in said], np.int64)
    tested = speaker % TEST_EVERY == 0
    train, test = (Split(samples[part], labels[part], speaker[part]) for part in (~tested, tested))
    return checked(Dataset(NAME, NAME, train, test, tuple(words), mirrored=False), NAME)


def _spoken(words: Sequence[str], said: Sequence[Utterance]) -> list[np.ndarray]:
    """float32 sounds at 16 kHz; the program runs once a word, several at a time."""
    with ThreadPoolExecutor() as pool, progress(len(said), f"{NAME}: speaking", unit="word") as bar:
        clips = []
        for clip in pool.map(partial(_say, words), said):
            clips.append(clip)
            bar.update(1)
    return clips


def _say(words: Sequence[str], one: Utterance) -> np.ndarray:
    command = [
        PROGRAM,
        "-v",
        one.voice,
        "-p",
        str(one.pitch),
        "-s",
        str(one.speed),
        "--stdout",
        words[one.word],
    ]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolError(
            f"{' '.join(command)} failed: {error}; check the installation of {PROGRAM}"
        ) from error
    sound, rate = features.decoded(done.stdout, " ".join(command))
    return features.resampled(sound, rate)


def _made_with() -> str:
    """A short name for everything that the values depend on."""
    import scipy

    made = (
        VERSION,
        SEED,
        WORDS,
        ACCENTS,
        VARIANTS,
        TAKES,
        _program_version(),
        np.__version__,
        scipy.__version__,
    )
    return store.sha256_bytes(repr(made).encode())[:12]


def _check_voices(languages: str, variants: str) -> None:
    """ToolError where a voice is missing: the program would speak with another one and say nothing."""
    missing = [accent for accent in ACCENTS if accent not in languages.split()]
    missing += [variant for variant in VARIANTS if f"!v/{variant}" not in variants.split()]
    if missing:
        raise ToolError(
            f"{PROGRAM} has no voice {missing[0]}; install all of its data: apt install espeak-ng-data"
        )


def _list(kind: str) -> str:
    return subprocess.run(
        [PROGRAM, f"--voices={kind}"], capture_output=True, text=True, timeout=TIMEOUT_S
    ).stdout


def _program_version() -> str:
    if shutil.which(PROGRAM) is None:
        raise ToolError(f"{NAME} is spoken by {PROGRAM}, which is not installed: apt install {PROGRAM}")
    told = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, timeout=TIMEOUT_S).stdout
    match = re.search(r"(\d+\.[\w.+-]+)", told)
    return match.group(1) if match else told.strip()
