"""Imported predictions: what was written comes back, and what is wrong is named with its line.

Reference: the drawn samples themselves, written with the csv module and numpy; figures against counts by hand.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from edgeval.compare.document import compare
from edgeval.errors import DataError, EdgevalError, StoreError, UsageError
from edgeval.gate.terms import quick_terms
from edgeval.imports.folder import Origin, Reading, import_predictions, imported_cases
from edgeval.records import FAILED

QUICK = settings(
    max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@dataclass(frozen=True)
class Drawn:
    """Samples as drawn: ids, class names, labels and top1 as indices, logits (n, classes) or None."""

    ids: list[str]
    classes: list[str]
    labels: list[int]
    top1: list[int]
    logits: np.ndarray | None


NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=8)


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    ids = draw(st.lists(NAMES, min_size=1, max_size=12, unique=True))
    classes = draw(
        st.lists(
            NAMES.filter(lambda name: not name.isdigit() and name != "-1"),
            min_size=2,
            max_size=5,
            unique=True,
        )
    )
    index = st.integers(0, len(classes) - 1)
    labels = draw(st.lists(index, min_size=len(ids), max_size=len(ids)))
    if draw(st.booleans()):
        seed = draw(st.integers(0, 2**32 - 1))
        logits = np.random.default_rng(seed).normal(size=(len(ids), len(classes))).astype(np.float32)
        return Drawn(ids, classes, labels, logits.argmax(1).tolist(), logits)
    failing = st.one_of(index, st.just(FAILED))
    return Drawn(ids, classes, labels, draw(st.lists(failing, min_size=len(ids), max_size=len(ids))), None)


def write_csv(path: Path, seen: Drawn, by_name: bool, with_top1: bool, delimiter: str) -> None:
    def named(index: int) -> str:
        return seen.classes[index] if by_name and index >= 0 else str(index)

    columns = [] if seen.logits is None else [f"logit_{name}" for name in seen.classes]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["id", "label", *(["top1"] if with_top1 else []), *columns])
        for row, sample in enumerate(seen.ids):
            scores = [] if seen.logits is None else [repr(float(value)) for value in seen.logits[row]]
            top1 = [named(seen.top1[row])] if with_top1 else []
            writer.writerow([sample, named(seen.labels[row]), *top1, *scores])


@QUICK
@given(seen=drawn(), by_name=st.booleans(), top1=st.booleans(), delimiter=st.sampled_from(",;\t"))
def test_csv_round_trip(
    tmp_path_factory: pytest.TempPathFactory, seen: Drawn, by_name: bool, top1: bool, delimiter: str
) -> None:
    folder = tmp_path_factory.mktemp("import")
    write_csv(folder / "a.csv", seen, by_name, top1 or seen.logits is None, delimiter)
    made = import_predictions(
        folder / "a.csv", folder / "out", Origin("net", "int8"), Reading({}, seen.classes)
    )
    (case,) = imported_cases(folder / "out")
    for predictions in (made, case.seeds[0]["int8"]):
        assert predictions.provenance.dataset.classes == tuple(seen.classes)
        assert predictions.labels.tolist() == seen.labels
        assert predictions.top1.tolist() == seen.top1
        if seen.logits is None:
            assert predictions.scores.shape == (len(seen.ids), 0)
        else:
            np.testing.assert_array_equal(predictions.scores, seen.logits)


@QUICK
@given(seen=drawn(), as_text=st.booleans())
def test_npz_round_trip_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, seen: Drawn, as_text: bool
) -> None:
    folder = tmp_path_factory.mktemp("import")
    arrays = {
        "ids": np.array(seen.ids),
        "labels": np.array(seen.labels),
        "class_names": np.array(seen.classes),
    }
    if as_text:
        arrays["labels"] = np.array([seen.classes[label] for label in seen.labels])
    scores = {"top1": np.array(seen.top1)} if seen.logits is None else {"logits": seen.logits}
    np.savez(folder / "a.npz", **arrays, **scores)
    order = np.random.default_rng(0).permutation(len(seen.ids))
    mixed = {
        name: values if name == "class_names" else values[order]
        for name, values in {**arrays, **scores}.items()
    }
    np.savez(folder / "b.npz", **mixed)
    first = import_predictions(folder / "a.npz", folder / "out", Origin("net", "int8"))
    second = import_predictions(folder / "b.npz", folder / "out", Origin("net", "tflm"))
    np.testing.assert_array_equal(first.labels, seen.labels)
    for name in ("ids", "labels", "top1", "scores"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


@QUICK
@given(data=st.binary(max_size=200), suffix=st.sampled_from([".csv", ".npz"]))
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str
) -> None:
    folder = tmp_path_factory.mktemp("import")
    (folder / f"a{suffix}").write_bytes(b"id,label,top1\n" + data if suffix == ".csv" else data)
    try:
        made = import_predictions(folder / f"a{suffix}", folder / "out", Origin("net", "int8"))
    except EdgevalError as error:
        assert f"a{suffix}" in str(error)
    else:
        assert len(made.labels) == len(made.top1) > 0


def imported(
    folder: Path, text: str, stage: str = "int8", classes: Sequence[str] = (), name: str = "a.csv"
) -> None:
    (folder / name).write_text(text)
    import_predictions(folder / name, folder / "out", Origin("net", stage), Reading({}, classes))


WRONG = {
    "empty": ("", "is empty"),
    "no samples": ("id,label,top1\n", "has no samples"),
    "no id": ("name,label,top1\n1,0,0\n", "id is missing"),
    "no prediction": ("id,label\n1,0\n", "neither top1 nor scores"),
    "short line": ("id,label,top1\n1,0,0\n2,0\n", "line 3 has 2 fields, the header has 3"),
    "duplicate": ("id,label,top1\n7,0,0\n8,0,0\n7,1,1\n", "line 4: duplicate id '7', first in .*line 2"),
    "no class": ("id,label,top1\n1,cat,cat\n2,dog,cta\n", "line 3, column top1: 'cta' is no class; did you mean 'cat'"),
    "out of range": ("id,label,top1\n1,0,1\n2,3,0\n", "line 3, column label: '3' is no class; there are 3 classes"),
    "failed label": ("id,label,top1\n1,-1,1\n", "line 2, column label: '-1' is no class"),
    "text score": ("id,label,logit_0,logit_1\n1,0,1.5,x\n", "line 2, column logit_1: 'x' is not a number"),
    "nan score": ("id,label,logit_0,logit_1\n1,0,1.5,0\n2,1,nan,2\n", "line 3: a score is not a number"),
    "no probabilities": ("id,label,prob_0,prob_1\n1,0,3.5,1\n", "line 2: these probabilities do not sum to 1"),
    "other top1": ("id,label,top1,prob_0,prob_1\n1,0,1,0.9,0.1\n", "line 2: top1 is not the class with the largest"),
    "two kinds": ("id,label,prob_0,logit_0\n1,0,1,1\n", "both prob_ and logit_"),
    "column twice": ("id,label,top1,top1\n1,0,0,0\n", "column top1 twice"),
    "open quote": ('id,label,top1\n1,0,"0\n', "is not CSV"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(name: str, tmp_path: Path) -> None:
    text, message = WRONG[name]
    classes = ("cat", "dog", "frog") if "cat" in text else ("a", "b", "c") if "range" in name else ()
    with pytest.raises(DataError, match=message):
        imported(tmp_path, text, classes=classes)
    assert not (tmp_path / "out" / "testset.json").exists()


FIRST = "id,label,top1\n1,cat,cat\n2,dog,cat\n3,dog,dog\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,label,top1\n1,cat,cat\n2,dog,dog\n", "lacks 1 of 3 ids .*first '3'"),
        (FIRST + "4,cat,cat\n", r"line 5: id '4' is not in the test set"),
        ("id,label,top1\n1,cat,cat\n2,cat,cat\n3,dog,dog\n", "line 3, column label: 'cat', but .* says 'dog'"),
        ("id,label,top1\n1,cat,cat\n2,dog,frog\n3,dog,dog\n", "line 3, column top1: 'frog' is no class"),
    ],
    ids=["missing id", "new id", "other label", "new class"],
)  # fmt: skip
def test_a_second_file_must_be_about_the_same_samples(text: str, message: str, tmp_path: Path) -> None:
    imported(tmp_path, FIRST)
    with pytest.raises(DataError, match=message):
        imported(tmp_path, text, "tflm", name="b.csv")


def test_a_board_may_have_run_a_part(tmp_path: Path) -> None:
    imported(tmp_path, FIRST)
    imported(tmp_path, "id,label,top1\n3,dog,-1\n1,cat,cat\n", "board", name="b.csv")
    (case,) = imported_cases(tmp_path / "out")
    assert case.seeds[0]["board"].ids.tolist() == [0, 2]
    assert case.seeds[0]["board"].top1.tolist() == [0, FAILED]


def test_without_scores_there_is_no_calibration_error(tmp_path: Path) -> None:
    imported(tmp_path, FIRST)
    imported(tmp_path, FIRST.replace("2,dog,cat", "2,dog,dog"), "board", name="b.csv")
    document = compare(imported_cases(tmp_path / "out"), terms=quick_terms(5.0, 1.0))
    (model,) = document["models"]
    figures = model["stages"]["int8"]
    assert figures["accuracy"] == 2 / 3
    assert [figures[name] for name in ("ece", "mean_confidence", "top5_accuracy", "reliability")] == [
        None
    ] * 4
    assert "without scores" in figures["confidence_source"]
    (step,) = model["transitions"]
    assert (step["gained"], step["lost"], step["verdict"]) == (1, 0, "not comparable")
    assert model["provenance"][0]["model_sha256"] is None
    assert document["gate"]["verdict"] == "incomplete"  # three images can show no loss


def test_names_and_columns_of_other_tools(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("path;truth;pred;time\nx.png;cat;dog;3\ny.png;dog;dog;4\n")
    columns = {"id": "path", "label": "truth", "top1": "pred"}
    made = import_predictions(tmp_path / "a.csv", tmp_path / "out", Origin("net", "board"), Reading(columns))
    assert made.provenance.dataset.classes == ("cat", "dog")
    assert made.errors.tolist() == [True, False]


def test_usage_errors(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(FIRST)
    for origin, message in (
        (Origin("net", "gpu"), "unknown stage"),
        (Origin("../net", "int8"), "model name"),
    ):
        with pytest.raises(UsageError, match=message):
            import_predictions(tmp_path / "a.csv", tmp_path / "out", origin)
    with pytest.raises(StoreError, match=r"testset\.json"):
        imported_cases(tmp_path / "out")
    with pytest.raises(DataError, match="cannot be read"):
        import_predictions(tmp_path / "b.csv", tmp_path / "out", Origin("net", "int8"))


def test_a_group_column_is_kept_and_hashed(tmp_path: Path) -> None:
    """Samples of one group have one number; without a group a sample stands alone."""
    grouped = "id,label,top1,group\n1,cat,cat,walk\n2,dog,cat,walk\n3,dog,dog,\n4,dog,dog,\n"
    first = FIRST + "4,dog,dog\n"
    for name, text in (("plain", first), ("grouped", grouped)):
        (tmp_path / name).mkdir()
        imported(tmp_path / name, text)
    imported(tmp_path / "grouped", first, "tflm", name="b.csv")
    (plain,), (case,) = (imported_cases(tmp_path / name / "out") for name in ("plain", "grouped"))
    assert plain.seeds[0]["int8"].groups is None
    for stage in ("int8", "tflm"):
        groups = case.seeds[0][stage].groups
        assert groups is not None
        assert groups.tolist() == [0, 0, 1, 2]
    shas = {one.seeds[0]["int8"].provenance.dataset.sha256 for one in (plain, case)}
    assert len(shas) == 2
    for folder, text in (("grouped", grouped.replace("walk,", "run,", 1).replace("1,cat,cat,walk", "1,cat,cat,run")),
                         ("plain", grouped)):  # fmt: skip
        with pytest.raises(DataError, match="other groups"):
            imported(tmp_path / folder, text, "host", name="c.csv")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["cat", "\x1b[2J"], "cannot be shown in one line of text"),
        (["cat", "cafe\u0301", "caf\u00e9"], "have the same name"),
    ],
)
def test_labels_that_are_no_class_names_are_refused(values: list[str], words: str, tmp_path: Path) -> None:
    path = tmp_path / "pc.csv"
    path.write_text(
        "id,label,top1\n" + "".join(f"{row},{value},{value}\n" for row, value in enumerate(values))
    )
    with pytest.raises(DataError, match=words) as caught:
        import_predictions(path, tmp_path / "imported", Origin("net", "int8"), Reading())
    assert "\n" not in str(caught.value)
