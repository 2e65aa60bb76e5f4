"""Outputs of vendors' runners, and arrays. References: what was written; scikit-learn's own predictions.

The log has the lines of the accuracy runs in the MLPerf Tiny v1.3 results, the npz the arrays that ST's tools name in
their reports of a validation.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

import edgeval
from edgeval.errors import DataError, UsageError

SAMPLE = """0726.015620 ulp-mlperf: Loading file {name} segment {segment}
0726.015622 ulp-mlperf: Load complete.
Running inference with 0/1 (warmup/measured) iterations ...
done
0726.015622 ulp-mlperf: Performance results for window {number}:
0726.015622 ulp-mlperf:   # Inferences :             1
0726.015622 ulp-mlperf:   Runtime      :      0.090 sec.
0726.015622 ulp-mlperf:   Throughput   :     11.150 inf./sec.
0726.015622 ulp-mlperf:   m-results    : {results}
"""
FILES = ("emu_s_002009.bin", "taxi_s_001241.bin", "mongrel_s_000686.bin")
RESULTS = ([0.02, 0.0, 0.977], [0.004, 0.99, 0.004], [0.5, 0.3, 0.199])


def log(folder: Path, segment: int = 0, cut: int = 0) -> Path:
    text = "Logging initialized. Writing output to sessions\\20250726_015618\\log.txt\n" + "".join(
        SAMPLE.format(name=name, number=number, results=list(row), segment=segment)
        for number, (name, row) in enumerate(zip(FILES, RESULTS, strict=True), 1)
    )
    (folder / "log.txt").write_text(text[: len(text) - cut] if cut else text)
    return folder / "log.txt"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "y_labels.csv").write_text("other.bin,3,0\n" + "".join(
        f"{name},3,{label}\n" for name, label in zip(reversed(FILES), (2, 1, 2), strict=True)
    ))  # fmt: skip
    return tmp_path


def test_a_runners_log_pairs_results_and_labels_by_file(folder: Path) -> None:
    made = edgeval.import_predictions(log(folder), "net", "board", labels="y_labels.csv").predictions
    assert made.labels.tolist() == [2, 1, 2] and made.top1.tolist() == [2, 1, 0]
    assert made.score_kind == "probabilities"
    assert made.scores == pytest.approx(np.array(RESULTS), abs=1e-6)


@pytest.mark.parametrize(
    ("segment", "cut", "labels", "message"),
    [
        (1, 0, "y_labels.csv", "has several segments"),
        (0, 60, "y_labels.csv", "mongrel_s_000686.bin has no m-results"),
        (0, 0, None, "has no true classes"),
        (0, 0, "missing.csv", "cannot be read"),
        (0, 0, "few.csv", r"does not have emu_s_002009.bin, which .*log.txt ran \(2 such files\)"),
    ],
)
def test_a_log_that_cannot_be_read_is_refused(
    segment: int, cut: int, labels: str | None, message: str, folder: Path
) -> None:
    (folder / "few.csv").write_text("taxi_s_001241.bin,3,1\n")
    with pytest.raises(DataError, match=message):
        edgeval.import_predictions(log(folder, segment, cut), "net", "board", labels=labels)


def test_sts_validation_gives_both_sides(folder: Path) -> None:
    rng = np.random.default_rng(0)
    original, labels = rng.normal(size=(40, 4)), rng.integers(0, 4, 40)
    np.savez(
        "network_val_io.npz",
        m_outputs_1=original,
        c_outputs_1=original.reshape(40, 1, 1, 4).astype(np.float32),
    )
    (folder / "truth.csv").write_text(
        "id,label\n" + "".join(f"s{k},{label}\n" for k, label in enumerate(labels))
    )
    board = edgeval.import_predictions("network_val_io.npz", "net", "board", labels="truth.csv").predictions
    float_ = edgeval.import_predictions(
        "network_val_io.npz", "net", "float", labels="truth.csv", columns={"scores": "m_outputs_1"}
    ).predictions
    for made in (board, float_):
        assert made.score_kind == "logits" and made.labels.tolist() == labels.tolist()
        assert made.top1.tolist() == original.argmax(axis=1).tolist()
    np.savez(folder / "short.npz", labels=labels[:5])
    with pytest.raises(DataError, match="has 5 labels"):
        edgeval.import_predictions("network_val_io.npz", "other", "board", labels="short.npz", out="new")


def test_labels_beside_a_file_that_has_its_own_are_refused(folder: Path) -> None:
    (folder / "pc.csv").write_text("id,label,top1\na,0,0\nb,1,1\n")
    with pytest.raises(UsageError, match="leave --labels out"):
        edgeval.import_predictions("pc.csv", "net", "int8", labels="y_labels.csv")


def test_scikit_learn_in_one_line(folder: Path) -> None:
    data, labels = load_iris(return_X_y=True)
    names = ("setosa", "versicolor", "virginica")
    net = LogisticRegression(max_iter=500).fit(data, labels)
    first = edgeval.import_arrays(labels, net.predict_proba(data), "iris", "float", classes=names).predictions
    second = edgeval.import_arrays(labels, net.predict(data), "iris", "int8", classes=names).predictions
    assert first.score_kind == "probabilities" and second.score_kind == "none"
    assert first.top1.tolist() == second.top1.tolist() == net.predict(data).tolist()
    assert first.provenance.dataset.classes == names
    assert edgeval.compare(predictions="imported", history="none").verdict == "pass"


def test_kerass_shapes(folder: Path) -> None:
    """One-hot labels, a column of labels, logits, and a sigmoid's single column."""
    labels = np.array([0, 1, 1, 0])
    sigmoid = np.array([[0.1], [0.8], [0.4], [0.3]], np.float32)
    made = edgeval.import_arrays(
        np.eye(2)[labels], sigmoid, "net", "float", ids=["a", "b", "c", "d"]
    ).predictions
    assert made.top1.tolist() == [0, 1, 0, 0] and made.score_kind == "probabilities"
    logits = np.array([[2.0, -1], [0, 3], [1, 0], [4, 1]])
    made = edgeval.import_arrays(labels[:, None], logits, "net", "int8", ids=["a", "b", "c", "d"]).predictions
    assert made.top1.tolist() == [0, 1, 0, 0] and made.score_kind == "logits"


@pytest.mark.parametrize(
    ("labels", "predictions", "message"),
    [
        (np.zeros((4, 3)), np.zeros(4), "not one-hot"),
        ([0, 1], [0, 1, 1], "predictions has 3 rows, labels has 2"),
        ([0, 1], [[1.2], [0.1]], "no probability of the second of two classes"),
        ([0, 1], [["a", "b"], ["c", "d"]], "expected numbers"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    labels: object, predictions: object, message: str, folder: Path
) -> None:
    with pytest.raises(DataError, match=message):
        edgeval.import_arrays(labels, predictions, "net", "float")
