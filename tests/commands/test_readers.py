"""Folders of sounds and grey pictures, CSV windows and a Python file from the file to the report on an emulated target.

Reference: the same arrays as an npz file, which tests/commands/test_kinds.py compares with the tflite-micro wheel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import wavfile

from edgeval.api.comparison import compare
from edgeval.data import load_dataset
from tests.tiny_features import CLASSES, features, write_dense

COUNT = 12
LABELS = np.arange(COUNT) % CLASSES
RNG = np.random.default_rng(2)


def sounds(root: Path) -> str:
    for row, label in enumerate(LABELS):
        path = root / "test" / "abc"[label] / f"{row:02d}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        time = np.arange(16_000) / 16_000
        tone = np.sin(2 * np.pi * (300 + 200 * label) * time) * 9000 + RNG.normal(0, 300, 16_000)
        wavfile.write(path, 16_000, tone.astype(np.int16))
    return f"wav:{root}"


def windows(root: Path) -> str:
    samples, labels = features((16, 2), COUNT)
    lines = ["id,label,time,ax,ay"] + [
        f"{row},{'abc'[label]},{step / 50},{samples[row, step, 0]},{samples[row, step, 1]}"
        for row, label in enumerate(labels)
        for step in range(16)
    ]
    root.mkdir()
    (root / "w.csv").write_text("\n".join(lines))
    return f"csv:{root / 'w.csv'}"


def grey(root: Path) -> str:
    for row, label in enumerate(LABELS):
        path = root / "test" / "abc"[label] / f"{row:02d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(RNG.integers(0, 256, (16, 16), np.uint8)).save(path)
    return f"folder:{root}@16"


def function(root: Path) -> str:
    root.mkdir()
    (root / "mine.py").write_text(
        "import numpy as np\n\n\ndef load():\n"
        "    rng = np.random.default_rng(0)\n"
        "    return {'x_test': rng.normal(size=(12, 20)), 'y_test': np.arange(12) % 3}\n"
    )
    return f"py:{root / 'mine.py'}:load"


@pytest.mark.parametrize(
    ("made", "shape", "mean"),
    [
        (sounds, (49, 10, 1), None),
        (windows, (16, 2), None),
        (grey, (16, 16, 1), 0.5),
        (function, (20,), None),
    ],
)
def test_from_the_file_to_the_report(
    made: Callable[[Path], str],
    shape: tuple[int, ...],
    mean: float | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    spec = made(tmp_path / "data")
    dataset = load_dataset(spec)
    assert dataset.sample_shape == shape
    scale = 40.0 if made is sounds else 1.0  # cepstral coefficients reach further than the input of the model
    model = write_dense(tmp_path / "m.tflite", shape)
    asked = {"mean": mean, "std": None if scale == 1 else scale}
    result = compare(model=model, dataset=spec, target="stm32f407", out=tmp_path / "r", jobs=1, **asked)  # type: ignore[arg-type]
    np.savez(
        tmp_path / "same.npz",
        x_test=dataset.test.samples,
        y_test=dataset.test.labels,
        class_names=dataset.classes,
    )
    same = compare(
        model=model,
        dataset=f"npz:{tmp_path / 'same.npz'}",
        stages="host",
        out=tmp_path / "s",
        jobs=1,
        **asked,  # type: ignore[arg-type]
    )
    expected = same.cases[0].seeds[0]["host"].output_int8
    assert expected is not None and len(np.unique(expected)) > 3
    for stage in ("tflm", "host", "emulated"):
        np.testing.assert_array_equal(result.cases[0].seeds[0][stage].output_int8, expected)
    result.save()
    page = (tmp_path / "r" / "report.html").read_text()
    assert "test sample" in page and result.document["dataset"]["samples"] == COUNT
