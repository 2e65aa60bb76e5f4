"""Tables as people have them, and what is said about those that cannot be read. Reference: the standard csv module."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from edgeval.analysis.document import analyze_table
from edgeval.analysis.inputs.table import read_table
from edgeval.analysis.scaling.curves import curves_of_table
from edgeval.analysis.ship import Floors
from edgeval.errors import DataError, UsageError
from tests.schemas import check

HEADING = "family,size,params,accuracy"


def written(folder: Path, *lines: str) -> Path:
    path = folder / "table.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_percent_and_fraction_are_told_apart(tmp_path: Path) -> None:
    percent = read_table(written(tmp_path, HEADING, "a,1,1000,41.7", "a,2,5000,56%"))
    assert (percent.accuracy_unit, [row.accuracy for row in percent.rows]) == (
        "percent",
        pytest.approx([0.417, 0.56]),
    )
    fraction = read_table(written(tmp_path, HEADING, "a,1,1000,0.417", "a,2,5000,1"))
    assert (fraction.accuracy_unit, [row.accuracy for row in fraction.rows]) == ("fraction", [0.417, 1.0])


def test_ece_has_a_unit_of_its_own(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, HEADING + ",ece", "a,1,1000,41.7,0.013", "a,2,5000,56,"))
    assert (table.ece_unit, [row.ece for row in table.rows]) == ("fraction", [0.013, None])
    table = read_table(written(tmp_path, HEADING + ",ece", "a,1,1000,0.417,1.3", "a,2,5000,0.56,0.9"))
    assert (table.ece_unit, [row.ece for row in table.rows]) == ("percent", pytest.approx([0.013, 0.009]))


def test_marks_spaces_and_unknown_columns(tmp_path: Path) -> None:
    path = written(
        tmp_path, "\ufeffFamily, Size ,PARAMS,accuracy,board", 'a,1,"21,936",0.4,x', "", " a ,2,80_348,0.5,y"
    )
    table = read_table(path)
    assert [(row.family, row.size, row.params) for row in table.rows] == [
        ("a", "1", 21936),
        ("a", "2", 80348),
    ]
    assert table.ignored == ("board",)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["family,size,accuracy", "a,1,0.5"], "no column params"),
        ([], "no column family"),
        ([HEADING], "no lines below"),
        ([HEADING, "a,1,21,936,0.4"], "line 2 has 5 values"),
        ([HEADING, "a,1,4.7M,0.4"], "line 2: params is '4.7M'"),
        ([HEADING, "a,1,0,0.4"], "at least 1"),
        ([HEADING, "a,1,1000,good"], "accuracy is 'good'"),
        ([HEADING, "a,1,1000,nan"], "accuracy is 'nan'"),
        ([HEADING, "a,1,1000,-3"], "accuracy is '-3'"),
        ([HEADING, "a,1,1000,141"], "more than 100 %"),
        ([HEADING, "a,1,1000,0.41", "a,2,5000,56"], "0.41 in line 2 beside 56 in line 3"),
        ([HEADING, "a,1,1000,40", "a,1,1000,41"], "lines 2 and 3 are both"),
        ([HEADING, "a,1,1000,40", "a,2,1000,41"], "lines 2 and 3"),
        ([HEADING + ",seed", "a,1,1000,40,0", "a,1,1001,41,1"], "lines 2 and 3"),
        ([HEADING + ",seed", "a,1,1000,40,x"], "seed is 'x'"),
        ([HEADING, ",1,1000,40"], "line 2 has no family"),
    ],
)
def test_bad_tables_are_named(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_table(written(tmp_path, *lines))


def test_a_missing_or_binary_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read"):
        read_table(tmp_path / "absent.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00family")
    with pytest.raises(DataError, match="cannot read"):
        read_table(tmp_path / "binary.csv")


texts = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8)
rows = st.lists(
    st.tuples(texts, st.integers(1, 10**9), st.floats(0.01, 1)),
    min_size=1,
    max_size=8,
    unique_by=(lambda row: row[0], lambda row: row[1]),
)


@given(rows)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_what_csv_writes_is_read_back(tmp_path: Path, rows: list[tuple[str, int, float]]) -> None:
    path = tmp_path / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADING.split(","))
        writer.writerows(("net", size, params, repr(accuracy)) for size, params, accuracy in rows)
    assert [(row.size, row.params, row.accuracy) for row in read_table(path).rows] == rows


def test_seeds_that_not_every_size_has_are_left_out_and_named(tmp_path: Path) -> None:
    lines = ["a,1,1000,40,0", "a,1,1000,42,1", "a,2,5000,50,1", "a,3,9000,60,1", "a,3,9000,61,2"]
    (curve,) = curves_of_table(read_table(written(tmp_path, HEADING + ",seed", *lines)))
    assert curve.seeds == (1,) and curve.mean.tolist() == pytest.approx([0.58, 0.5, 0.4])
    assert "seeds 1" in curve.warnings[0]
    (curve,) = curves_of_table(read_table(written(tmp_path, HEADING + ",seed", *lines[:2], "a,2,5000,50,7")))
    assert curve.seeds == () and curve.mean.tolist() == pytest.approx([0.59, 0.5])
    assert "mean of each size's own seeds" in curve.warnings[0]


def test_a_size_without_errors_is_left_out_and_named(tmp_path: Path) -> None:
    path = written(tmp_path, HEADING, "a,1,1000,40", "a,2,5000,50", "a,3,9000,100")
    document = analyze_table(read_table(path), path.name)
    check("analysis", document)
    assert document["scaling"][0]["left_out"] == ["3"]
    assert "without errors" in document["warnings"][0]


def test_what_a_table_cannot_give_is_refused(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, HEADING, "a,1,1000,40", "a,2,5000,50"))
    with pytest.raises(UsageError, match="needs --grid"):
        analyze_table(table, "t", Floors(min_class_accuracy=0.1))
    with pytest.raises(UsageError, match="no column ece"):
        analyze_table(table, "t", Floors(max_ece=0.1))
    with pytest.raises(DataError, match="nothing to fit"):
        analyze_table(read_table(written(tmp_path, HEADING, "a,1,1000,40", "b,1,1000,50")), "t")
