"""The examples of docs/API.md, run in a folder with what they name. Reference: the outputs written there."""

from __future__ import annotations

import doctest
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.tiny_model import write_tiny_images, write_tiny_model

DOCS = Path(__file__).parents[2] / "docs" / "API.md"
TABLE = Path(__file__).parents[1] / "analysis" / "paper_table2.csv"
CLASSES = ("cat", "dog", "frog", "ship")


def write_answers(path: Path, lost: int) -> None:
    """400 images, all right but the first `lost` dogs."""
    labels = np.arange(400) % 4
    answers = labels.copy()
    answers[np.flatnonzero(labels == 1)[:lost]] = 0
    rows = [
        f"{k},{CLASSES[label]},{CLASSES[top1]}"
        for k, (label, top1) in enumerate(zip(labels, answers, strict=True))
    ]
    path.write_text("\n".join(["id,label,top1", *rows]) + "\n")


def test_the_examples_of_the_docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    write_answers(tmp_path / "pc.csv", 0)
    write_answers(tmp_path / "board.csv", 30)
    write_tiny_model(tmp_path / "model.tflite")
    write_tiny_images(tmp_path / "images.npz")
    shutil.copy(TABLE, tmp_path / "accuracies.csv")
    failed, run = doctest.testfile(
        str(DOCS), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE, encoding="utf-8"
    )
    assert (failed, run > 20) == (0, True)
